"""The sync twin of an async method, and the reverse."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from django_github_app.process.sync import async_to_sync_method, sync_to_async_method


class Thing:
    def __init__(self, number: int) -> None:
        self.number = number

    async def aadd(self, more: int, *, twice: bool = False) -> int:
        """Add."""
        return self.number + more * (2 if twice else 1)

    add = async_to_sync_method(aadd)

    def where(self, fail: bool = False) -> int:
        """Say which thread this is."""
        if fail:
            raise LookupError(self.number)
        return threading.get_ident()

    awhere = sync_to_async_method(where)


def test_the_sync_twin_returns_what_the_coroutine_does() -> None:
    assert Thing(1).add(2, twice=True) == 5


async def test_the_async_twin_runs_in_another_thread_and_raises_what_the_method_does() -> None:
    assert await Thing(1).awhere() != threading.get_ident()
    with pytest.raises(LookupError):
        await Thing(1).awhere(fail=True)


@pytest.mark.parametrize(("twin", "of"), [(Thing.add, Thing.aadd), (Thing.awhere, Thing.where)])
def test_a_twin_has_the_docstring_of_its_original(twin: Any, of: Any) -> None:
    assert twin.__doc__ == of.__doc__
