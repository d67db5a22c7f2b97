"""The loop's thread survives what a callback does to it, and is missed when it is gone."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import NoReturn

import pytest

from django_github_app.process import loop as loops
from django_github_app.process.loop import LoopGone, get_loop, run_on_loop, stop_loop


async def alive() -> str:
    return threading.current_thread().name


@pytest.mark.parametrize("error", [SystemExit(2), KeyboardInterrupt()], ids=repr)
def test_what_ends_a_program_does_not_end_the_loop(error: BaseException) -> None:
    loop = get_loop()
    thread = loops.loop_thread()

    async def exits() -> NoReturn:
        raise error

    with pytest.raises(type(error)):
        run_on_loop(exits(), 10)

    def exits_in_a_handle() -> NoReturn:
        raise error

    loop.call_soon_threadsafe(exits_in_a_handle)
    assert run_on_loop(alive(), 10) == "github-loop"
    assert (get_loop(), loops.loop_thread()) == (loop, thread)


def test_a_callback_that_stops_the_loop_stops_nothing() -> None:
    async def stops() -> str:
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0.01)
        return "went on"

    assert run_on_loop(stops(), 10) == "went on"
    assert run_on_loop(alive(), 10) == "github-loop"


def test_a_loop_whose_thread_is_gone_is_noticed_by_who_waits_and_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loops, "LOOK_EVERY", 0.05)
    stop_loop()
    first = get_loop()
    running = loops._process.get()

    async def never() -> None:
        await asyncio.sleep(60)

    def end() -> None:
        time.sleep(0.1)
        running.stopping = True  # as a thread that has died
        first.call_soon_threadsafe(first.stop)

    threading.Thread(target=end).start()
    with pytest.raises(LoopGone):
        run_on_loop(never(), 30)
    assert get_loop() is not first
    assert run_on_loop(alive(), 10) == "github-loop"
    for task in asyncio.all_tasks(first):
        task.cancel()
    first.run_until_complete(asyncio.sleep(0))
    first.close()


def test_a_loop_that_was_given_up_closes_itself_once_it_is_free_and_whoever_waits_on_it_hears_of_it() -> None:
    stop_loop()
    first, thread = get_loop(), loops.loop_thread()
    release, closed = threading.Event(), threading.Event()
    heard: list[BaseException] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            closed.set()

    async def blocks() -> None:
        release.wait(30)

    def wait() -> None:
        try:
            run_on_loop(waits(), 30)
        except BaseException as error:
            heard.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    run_on_loop(asyncio.sleep(0), 5)
    asyncio.run_coroutine_threadsafe(blocks(), first)
    loops.abandon_loop()
    assert get_loop() is not first
    assert run_on_loop(alive(), 10) == "github-loop"
    release.set()
    assert thread is not None
    thread.join(10)
    waiting.join(10)
    assert first.is_closed()
    assert closed.is_set()
    assert [type(error) for error in heard] == [LoopGone]
