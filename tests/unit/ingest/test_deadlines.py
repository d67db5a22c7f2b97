"""One timer for all bodies that an event loop waits for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from django_github_app.ingest.deadlines import BodyDeadlines, deadlines_of_running_loop


@pytest.fixture(autouse=True)
def _soon(settings: Any) -> None:
    settings.GITHUB_APP = {"BODY_TIMEOUT": 0.02}


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


async def test_who_waits_too_long_is_cancelled_and_nobody_else() -> None:
    deadlines = BodyDeadlines(asyncio.get_running_loop())
    tasks = [asyncio.create_task(wait(deadlines, seconds)) for seconds in (5, 0, 0.005)]
    assert await asyncio.gather(*tasks) == ["late", "in time", "in time"]
    assert [task.cancelling() for task in tasks] == [0, 0, 0]


async def test_those_that_began_later_have_the_same_time() -> None:
    deadlines = BodyDeadlines(asyncio.get_running_loop())
    first = asyncio.create_task(wait(deadlines, 5))
    await asyncio.sleep(0.015)
    second = asyncio.create_task(wait(deadlines, 0.015))
    assert await asyncio.gather(first, second) == ["late", "in time"]


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
