"""One timer for all bodies that an event loop waits for."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from django_github_app.ingest.deadlines import BodyDeadlines, deadlines_of_running_loop


@pytest.fixture(autouse=True)
def _soon(settings: Any) -> None:
    settings.GITHUB_APP = {"BODY_TIMEOUT": 0.02}


class _OwnClock(selectors.DefaultSelector):
    """Waits for nothing: its clock goes on by as much as it was asked to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


def run(work: Coroutine[Any, Any, list[str]]) -> list[str]:
    """Run in a loop with a clock of its own: on a busy machine a few milliseconds may be half a second."""
    clock = _OwnClock()
    loop = asyncio.SelectorEventLoop(clock)
    loop.time = lambda: clock.now  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work)


async def wait(deadlines: BodyDeadlines, seconds: float) -> str:
    task = deadlines.begin()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if deadlines.end(task):
            return "late"
        raise
    deadlines.end(task)
    return "in time"


def test_who_waits_too_long_is_cancelled_and_nobody_else() -> None:
    async def bodies() -> list[str]:
        deadlines = BodyDeadlines(asyncio.get_running_loop())
        tasks = [asyncio.create_task(wait(deadlines, seconds)) for seconds in (5, 0, 0.015)]
        results = await asyncio.gather(*tasks)
        assert [task.cancelling() for task in tasks] == [0, 0, 0]
        return results

    assert run(bodies()) == ["late", "in time", "in time"]


def test_those_that_began_later_have_the_same_time() -> None:
    async def bodies() -> list[str]:
        deadlines = BodyDeadlines(asyncio.get_running_loop())
        first = asyncio.create_task(wait(deadlines, 5))
        await asyncio.sleep(0.015)
        second = asyncio.create_task(wait(deadlines, 0.015))
        return [*await asyncio.gather(first, second)]

    assert run(bodies()) == ["late", "in time"]


async def test_whoever_else_cancels_a_task_is_obeyed() -> None:
    deadlines = BodyDeadlines(asyncio.get_running_loop())
    task = asyncio.create_task(wait(deadlines, 5))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_no_task_has_no_deadline() -> None:
    assert not BodyDeadlines(asyncio.get_running_loop()).end(None)


async def test_a_thread_has_one_for_its_loop_and_another_loop_another() -> None:
    mine = deadlines_of_running_loop()
    assert deadlines_of_running_loop() is mine

    async def other() -> BodyDeadlines:
        return deadlines_of_running_loop()

    assert await asyncio.to_thread(asyncio.run, other()) is not mine
