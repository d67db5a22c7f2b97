"""Async is written once; the sync twin of a method is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from asgiref.sync import async_to_sync, sync_to_async

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


def async_to_sync_method(
    method: Callable[Concatenate[S, P], Coroutine[Any, Any, R]],
) -> Callable[Concatenate[S, P], R]:
    """Return a method that runs the coroutine method to its end and returns its result."""

    @wraps(method)
    def sync_method(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        return async_to_sync(method)(self, *args, **kwargs)

    return cast("Callable[Concatenate[S, P], R]", sync_method)


def sync_to_async_method(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, R]]:
    """Return a coroutine method that runs the method in a thread: the reverse, for work in transactions."""

    @wraps(method)
    async def async_method(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await sync_to_async(method)(self, *args, **kwargs)

    return async_method
