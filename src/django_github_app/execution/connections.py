"""The database connections that callbacks find, in their own thread and in the one that async callbacks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from django_github_app.errors import GitHubAppError
from django_github_app.process.per_process import PerProcess
from django_github_app.sql.connections import looks_odd, make_fit, watch_thread

__all__ = [
    "TransactionLeftOpen",
    "heal",
    "looks_odd_beside",
    "make_fit",
    "refuse_open_transaction",
    "watch_beside",
    "watch_thread",
    "with_connections",
]


class TransactionLeftOpen(GitHubAppError):
    """The callback left a database transaction open; what it did there was rolled back."""


async def heal(*, failed: bool) -> list[str]:
    """As `make_fit`, in the thread in which asynchronous callbacks use the database."""
    return await sync_to_async(make_fit)(failed=failed)


class _Beside:
    """What that thread has open, looked at from others: to go there after each callback would cost more than it."""

    opened: list[Any] | None = None


_beside = PerProcess(_Beside)


async def watch_beside() -> None:
    beside = _beside.get()
    if beside.opened is None:
        beside.opened = await sync_to_async(watch_thread)()


def looks_odd_beside() -> bool:
    opened = _beside.get().opened
    return opened is not None and looks_odd(opened)


def refuse_open_transaction(aliases: list[str]) -> NoReturn:
    raise TransactionLeftOpen(
        f"The callback left a transaction open on {', '.join(aliases)}; what it did there was rolled back."
    )


def with_connections(callback: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    # Outside a request nobody else closes connections that broke or grew old.
    close_old_connections()
    watch_thread()
    failed = True
    try:
        result = callback(*args, **kwargs)
        failed = False
    finally:
        given_up = make_fit(failed=failed)
        close_old_connections()
    if given_up:
        refuse_open_transaction(given_up)
    return result
