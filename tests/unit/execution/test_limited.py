"""Coroutines within a time limit: whose TimeoutError it was, and what a cancellation of their own comes to."""

from __future__ import annotations

import asyncio

import pytest

from django_github_app.errors import HandlerTimeout
from django_github_app.execution import limited


async def test_past_the_limit_it_is_a_timeout_of_the_callback() -> None:
    with pytest.raises(HandlerTimeout):
        async with limited.time_limit(0.01):
            await asyncio.sleep(5)


async def test_a_timeout_of_its_own_stays_one() -> None:
    with pytest.raises(TimeoutError, match="mine"):
        async with limited.time_limit(5):
            raise TimeoutError("mine")


async def test_what_ends_a_program_is_returned_and_not_raised() -> None:
    async def leave() -> None:
        raise SystemExit(3)

    value, error = await limited.caught(leave())
    assert value is None
    assert isinstance(error, SystemExit)


async def test_a_task_that_cancelled_itself_goes_on() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await limited.absorb_cancellation()
    await asyncio.sleep(0)
    assert not task.cancelling()
