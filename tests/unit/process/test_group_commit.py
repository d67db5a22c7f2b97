"""Group commit under pressure: what waits is bounded in bytes, and what was given up is forgotten."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator, Sequence

import pytest

from django_github_app.process.group_commit import GroupCommit, GroupFull


class Item:
    """Something big, whose end can be seen."""

    def __init__(self, size: int = 1) -> None:
        self.size = size


class Held:
    """A group whose flush waits until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.seen: list[int] = []
        self.group: GroupCommit[Item, int] = GroupCommit(
            self._flush, name="held", size=lambda item: item.size, most_bytes=100
        )

    def _flush(self, items: Sequence[Item]) -> list[int | Exception]:
        self.begun.set()
        assert self.go.wait(10)
        self.seen += [item.size for item in items]
        return [item.size for item in items]


@pytest.fixture
def held() -> Iterator[Held]:
    one = Held()
    yield one
    one.go.set()
    one.group.close()


def test_what_was_given_up_is_neither_kept_nor_flushed(held: Held) -> None:
    first = held.group.put(Item(10))
    assert held.begun.wait(10)
    item = Item(20)
    gone = weakref.ref(item)
    with pytest.raises(TimeoutError):
        held.group.submit(item, timeout=0.01)
    del item
    gc.collect()
    assert gone() is None
    held.go.set()
    assert first.result(10) == 10
    held.group.close()
    assert held.seen == [10]


def test_a_coroutine_that_gave_up_leaves_nothing_behind_either(held: Held) -> None:
    held.group.put(Item(10))
    assert held.begun.wait(10)

    async def give_up() -> weakref.ref[Item]:
        item = Item(20)
        with pytest.raises(TimeoutError):
            await held.group.asubmit(item, timeout=0.01)
        return weakref.ref(item)

    gone = asyncio.run(give_up())
    gc.collect()
    assert gone() is None


def test_bytes_are_bounded_and_free_again_when_they_are_flushed_or_given_up(held: Held) -> None:
    first = held.group.put(Item(60))
    assert held.begun.wait(10)
    with pytest.raises(GroupFull):
        held.group.submit(Item(41), timeout=1)
    with pytest.raises(TimeoutError):
        held.group.submit(Item(40), timeout=0.01)
    second = held.group.put(Item(40))
    held.go.set()
    assert (first.result(10), second.result(10)) == (60, 40)
    assert held.group.submit(Item(100), timeout=10) == 100


def test_one_item_larger_than_the_limit_is_taken_when_nothing_else_waits(held: Held) -> None:
    held.go.set()
    assert held.group.submit(Item(1000), timeout=10) == 1000
