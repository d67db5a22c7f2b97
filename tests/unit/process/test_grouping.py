"""Group commit: callers that arrive during a flush share the next; each gets its own result."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_github_app.process.group_commit import MANY, GroupCommit, GroupFull

Make = Callable[..., GroupCommit[Any, Any]]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[GroupCommit[Any, Any]] = []

    def make(flush: Callable[[Sequence[Any]], Sequence[Any]], **options: Any) -> GroupCommit[Any, Any]:
        group: GroupCommit[Any, Any] = GroupCommit(flush, name="test-group", **options)
        made.append(group)
        return group

    yield make
    for group in made:
        group.close()
    assert "test-group" not in [thread.name for thread in threading.enumerate()]


def double(items: Sequence[int]) -> list[int]:
    return [2 * item for item in items]


class Gate:
    """A flush that waits until it may go on, and remembers its groups."""

    def __init__(self) -> None:
        self.groups: list[list[Any]] = []
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        self.groups.append(list(items))
        self.entered.set()
        assert self.open.wait(10)
        return list(items)


def test_a_lone_caller_gets_its_result_at_once(make: Make) -> None:
    group = make(double)
    group.submit(0)
    started = time.perf_counter()
    assert [group.submit(n) for n in range(100)] == [2 * n for n in range(100)]
    # A patience of any length that can be felt, a hundred times; a busy machine takes a second for it.
    assert time.perf_counter() - started < 10


def test_those_who_come_during_a_flush_share_the_next_in_their_order(make: Make) -> None:
    gate = Gate()
    group = make(gate)
    first = group.put("first")
    gate.entered.wait(5)
    rest = [group.put(n) for n in range(10)]
    gate.open.set()
    assert first.result(5) == "first"
    assert [future.result(5) for future in rest] == list(range(10))
    assert gate.groups == [["first"], list(range(10))]


def test_a_group_is_no_larger_than_its_limit(make: Make) -> None:
    gate = Gate()
    group = make(gate, most=4)
    futures = [group.put(n) for n in range(11)]
    gate.open.set()
    assert [future.result(5) for future in futures] == list(range(11))
    assert max(map(len, gate.groups)) <= 4
    assert [n for items in gate.groups for n in items] == list(range(11))


def test_an_exception_among_the_results_is_its_callers_alone(make: Make) -> None:
    def flush(items: Sequence[int]) -> list[Any]:
        return [ValueError(item) if item % 2 else item for item in items]

    group = make(flush)
    futures = [group.put(n) for n in range(6)]
    assert [future.result(5) for future in futures[::2]] == [0, 2, 4]
    for n in (1, 3, 5):
        with pytest.raises(ValueError, match=str(n)):
            futures[n].result(5)


def test_a_flush_that_raises_fails_its_group_and_not_the_next(make: Make) -> None:
    broken = True

    def flush(items: Sequence[int]) -> list[int]:
        if broken:
            raise OSError("no disk")
        return double(items)

    group = make(flush)
    for _ in range(2):
        with pytest.raises(OSError, match="no disk"):
            group.submit(1, 5)
    broken = False
    assert group.submit(1, 5) == 2


def test_a_flush_that_forgets_an_item_fails_its_group_instead_of_leaving_it_waiting(make: Make) -> None:
    group = make(lambda items: [])
    for _ in range(2):
        with pytest.raises(RuntimeError, match="0 results for 1 items"):
            group.submit(1, 5)


def test_a_caller_that_waits_too_long_is_told_so_and_its_item_is_dropped_unless_it_is_under_way(
    make: Make,
) -> None:
    gate = Gate()
    group = make(gate)
    with pytest.raises(TimeoutError, match="test-group"):
        group.submit("slow", 0.01)

    async def wait() -> None:
        with pytest.raises(TimeoutError, match="test-group"):
            await group.asubmit("slow too", 0.01)

    asyncio.run(wait())
    gate.open.set()
    assert group.submit("next", 5) == "next"
    assert [item for items in gate.groups for item in items] == ["slow", "next"]


def test_more_waiting_than_there_is_room_for_is_refused(make: Make) -> None:
    gate = Gate()
    group = make(gate, most_waiting=3)
    group.post("flushing")
    gate.entered.wait(5)
    waiting = [group.put(n) for n in range(3)]
    with pytest.raises(GroupFull, match="3 items"):
        group.submit(4)
    with pytest.raises(GroupFull):
        group.post(4)
    with pytest.raises(GroupFull):
        asyncio.run(group.asubmit(4))
    gate.open.set()
    assert [future.result(5) for future in waiting] == [0, 1, 2]
    assert group.submit("later", 5) == "later"


def test_a_caller_that_cancelled_does_not_stop_the_others(make: Make) -> None:
    gate = Gate()
    group = make(gate)
    group.post("flushing")
    gate.entered.wait(5)
    kept = group.put(2)

    async def give_up() -> None:
        task = asyncio.ensure_future(group.asubmit(3))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())
    gate.open.set()
    assert kept.result(5) == 2
    assert group.submit("next", 5) == "next"


def test_items_for_which_nobody_waits_are_held_for_those_that_come_next(make: Make) -> None:
    gate = Gate()
    gate.open.set()
    group = make(gate, patience=60)
    held = [group.put(n, patient=True) for n in range(5)]
    assert not gate.entered.wait(0.1)
    assert group.submit("urgent", 5) == "urgent"
    assert [pending.result(5) for pending in held] == list(range(5))
    assert gate.groups == [[0, 1, 2, 3, 4, "urgent"]]


def test_they_are_not_held_for_longer_than_patience_nor_by_one_that_is_urgent(make: Make) -> None:
    group = make(double, patience=0.02)
    assert group.put(1, patient=True).result(5) == 2
    group = make(double, patience=60)
    urgent, patient = group.put(1), group.put(2, patient=True)
    assert urgent.result(5) == 2
    group.close()
    assert patient.result(0) == 4


def test_closing_flushes_what_waits_and_the_next_item_starts_again(make: Make) -> None:
    gate = Gate()
    stopped: list[str] = []
    group = make(gate, on_stop=lambda: stopped.append(threading.current_thread().name))
    futures = [group.put(n) for n in range(5)]
    gate.open.set()
    group.close()
    assert [future.result(0) for future in futures] == list(range(5))
    assert stopped == ["test-group"]
    group.close()
    assert group.submit("again", 5) == "again"


def test_what_comes_in_while_it_closes_is_never_left_waiting(make: Make) -> None:
    group = make(double)
    stop = threading.Event()

    def close_often() -> None:
        while not stop.is_set():
            group.close()

    with ThreadPoolExecutor(5) as pool:
        closing = pool.submit(close_often)
        try:
            results = list(pool.map(lambda n: group.submit(n, 5), range(1500)))
        finally:
            stop.set()
        closing.result(5)
    assert results == [2 * n for n in range(1500)]


def test_thousands_of_concurrent_threads_and_coroutines_each_get_their_own_result(make: Make) -> None:
    sizes: list[int] = []

    def flush(items: Sequence[int]) -> list[int]:
        sizes.append(len(items))
        return double(items)

    group = make(flush)

    def in_a_loop(start: int) -> list[int]:
        async def all_at_once() -> list[int]:
            return await asyncio.gather(*(group.asubmit(n, 30) for n in range(start, start + 1000)))

        return asyncio.run(all_at_once())

    def in_a_thread(start: int) -> list[int]:
        return [group.submit(n, 30) for n in range(start, start + 100)]

    with ThreadPoolExecutor(10) as pool:
        loops = [pool.submit(in_a_loop, 1000 * i) for i in range(4)]
        threads = [pool.submit(in_a_thread, 10_000 + 100 * i) for i in range(6)]
        for i, future in enumerate(loops):
            assert future.result(30) == [2 * n for n in range(1000 * i, 1000 * i + 1000)]
        for i, future in enumerate(threads):
            assert future.result(30) == [2 * n for n in range(10_000 + 100 * i, 10_100 + 100 * i)]
    assert sum(sizes) == 4600
    assert len(sizes) < 2300


def test_a_coroutine_gets_the_exception_of_its_item(make: Make) -> None:
    group = make(lambda items: [ValueError(item) for item in items])

    async def fail() -> None:
        with pytest.raises(ValueError, match="7"):
            await group.asubmit(7)
        with pytest.raises(ValueError, match="8"):
            await group.asubmit(8, 5)

    asyncio.run(fail())


def test_a_loop_that_is_gone_does_not_stop_the_others(make: Make) -> None:
    gate = Gate()
    group = make(gate)

    async def leave() -> None:
        waiting = asyncio.ensure_future(group.asubmit("gone"))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(leave())
    gate.open.set()
    assert group.submit("here", 5) == "here"
    gc.collect()  # a future whose exception nobody fetched would speak up here


def test_a_posted_item_needs_nobody_to_wait_for_it(make: Make) -> None:
    seen: list[int] = []

    def flush(items: Sequence[int]) -> list[Any]:
        seen.extend(items)
        return [ValueError() for _ in items]

    group = make(flush)
    for n in range(5):
        group.post(n)
    group.close()
    assert seen == list(range(5))


def test_after_a_large_group_the_thread_rests_so_that_the_next_is_as_large(make: Make) -> None:
    sizes: list[int] = []

    def flush(items: Sequence[int]) -> Sequence[int]:
        sizes.append(len(items))
        return items

    group = make(flush, rest=0.5, patience=60)
    first = [group.put(number, patient=True) for number in range(MANY)]
    group.submit(0)
    assert all(pending.result(10) is not None for pending in first)
    late = []
    for number in range(5):  # one by one, and still one group
        late.append(group.put(number))
        time.sleep(0.01)
    assert [pending.result(10) for pending in late] == list(range(5))
    assert sum(sizes) == MANY + 1 + 5
    assert sizes[-1] == 5


def test_after_a_small_group_nobody_rests(make: Make) -> None:
    group = make(double, rest=60)
    assert [group.submit(number) for number in range(3)] == [0, 2, 4]
