"""What is being handled right now, for the calls that are made meanwhile."""

from __future__ import annotations

import asyncio

from django_github_app.github.current import CurrentCall, current_call, current_delivery


async def test_each_task_has_its_own_and_what_it_starts_has_it_too() -> None:
    async def inside() -> tuple[str | None, int]:
        call = current_call.get()
        assert call is not None
        return current_delivery.get(), call.position

    async def handle(number: int) -> tuple[str | None, int]:
        current_delivery.set(f"d-{number}")
        current_call.set(CurrentCall("app.handler", number))
        await asyncio.sleep(0)
        return await asyncio.create_task(inside())

    assert await asyncio.gather(handle(1), handle(2)) == [("d-1", 1), ("d-2", 2)]
    assert (current_delivery.get(), current_call.get()) == (None, None)


def test_an_attempt_begins_without_replies() -> None:
    assert CurrentCall("app.handler").replies == 0
