"""Callbacks that do what no callback should: a row with a traceback, siblings that run, next events unharmed."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.db.models.signals import post_save

from django_github_app.execution import batches
from django_github_app.models import EventLog, EventStatus, HandlerRun, Installation, RunStatus
from django_github_app.observe.redaction import MAX_ERROR_LENGTH, MAX_TRACEBACK_LENGTH
from django_github_app.process import loop as loops
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store


class Mute(Exception):
    """Has neither a text nor a representation."""

    def __str__(self) -> str:
        raise SystemExit("in __str__")

    def __repr__(self) -> str:
        raise KeyboardInterrupt


class Wordless(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value]  # noqa: PLE0307 - as people get it wrong

    __repr__ = __str__


class Odd(Exception):
    """Says of itself what makes no sense."""

    at = "tomorrow"
    status_code = "none"
    __notes__ = [Mute(), "\0"]  # type: ignore[list-item]  # anything may stand there


def raise_nul() -> None:
    raise ValueError("a\0b \ud800 c")


def raise_nul_name() -> None:
    raise type("Na\ud800me\0", (Exception,), {})("odd")


def raise_long() -> None:
    raise ValueError("long " * 2_000_000)


def recurse() -> None:
    recurse_too()


def recurse_too() -> None:
    recurse()


def run_out_of_memory() -> None:
    raise MemoryError


def raise_many() -> None:
    errors = []
    for number in range(300):
        try:
            raise ValueError("x" * 1000 + str(number))
        except ValueError as error:
            errors.append(error)
    raise BaseExceptionGroup("many", [*errors, SystemExit(1), Mute()])


def raise_in_a_circle() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    raise first


def raise_mute() -> None:
    raise Mute


def raise_wordless() -> None:
    raise Wordless


def raise_odd() -> None:
    raise Odd


def raise_stop_iteration() -> None:
    raise StopIteration("of the callback")


def raise_stop_async_iteration() -> None:
    raise StopAsyncIteration


def raise_generator_exit() -> None:
    raise GeneratorExit


def exit_after_commit() -> None:
    with transaction.atomic():
        Installation.objects.create(installation_id=78, data={})
        transaction.on_commit(lambda: sys.exit("in on_commit"))


def exit_in_a_receiver() -> None:
    def receiver(**kwargs: Any) -> None:
        sys.exit("in a receiver")

    post_save.connect(receiver, sender=Installation)
    try:
        Installation.objects.create(installation_id=79, data={})
    finally:
        post_save.disconnect(receiver, sender=Installation)


FAILURES = [
    raise_nul,
    raise_nul_name,
    raise_long,
    recurse,
    run_out_of_memory,
    raise_many,
    raise_in_a_circle,
    raise_mute,
    raise_wordless,
    raise_odd,
    raise_stop_iteration,
    raise_stop_async_iteration,
    raise_generator_exit,
    exit_after_commit,
    exit_in_a_receiver,
]


def run_three(worker_type: str) -> dict[str, list[HandlerRun]]:
    """Run three events and return the ledger by callback."""
    rows = [store("push", worker_type=worker_type) for _ in range(3)]  # type: ignore[arg-type]
    batches.process([row.pk for row in rows], worker_type)
    found: dict[str, list[HandlerRun]] = {}
    # Not of what else was pending, or due again, which a woken worker runs too.
    for run in HandlerRun.objects.filter(event_id__in=[row.pk for row in rows]).order_by("id"):
        found.setdefault(run.handler.rsplit(".", 1)[-1], []).append(run)
    assert not EventLog.objects.filter(status=EventStatus.PROCESSING).exists()
    return found


def register(gh: GitHubRouter, spoil: Callable[[], Any], kind: str) -> None:
    if kind == "async def":

        @gh.event("push")
        async def spoiler(event: Any) -> Any:
            result = spoil()
            return await result if asyncio.iscoroutine(result) else result

        @gh.event("push")
        async def sibling(event: Any) -> None:
            await EventLog.objects.acount()
    else:

        @gh.event("push")
        def spoiler(event: Any) -> Any:
            return spoil()

        @gh.event("push")
        def sibling(event: Any) -> None:  # type: ignore[misc]  # the other kind
            with transaction.atomic():
                EventLog.objects.count()


def labels(found: list[HandlerRun]) -> list[str]:
    return [RunStatus(run.status).label for run in found]


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("spoil", FAILURES, ids=lambda spoil: spoil.__name__)
def test_whatever_comes_out_of_a_callback_is_a_row_with_its_traceback(
    gh: GitHubRouter, worker_type: str, spoil: Callable[[], Any], kind: str, configure: Callable[..., None]
) -> None:
    configure(SLOW_AFTER=60.0)
    asks = spoil in (exit_after_commit, exit_in_a_receiver)
    register(gh, sync_to_async(spoil) if asks and kind == "async def" else spoil, kind)
    found = run_three(worker_type)
    assert labels(found["sibling"]) == ["succeeded"] * 3
    assert labels(found["spoiler"]) == ["retrying"] * 3
    for run in found["spoiler"]:
        assert 0 < len(run.error or "") <= MAX_ERROR_LENGTH
        assert 0 < len(run.traceback or "") <= MAX_TRACEBACK_LENGTH
        assert "spoiler" in (run.traceback or "") or spoil in (raise_long, raise_many, recurse)


class Exits:
    def __del__(self) -> None:
        sys.exit("in __del__")


def leave_something_that_exits() -> None:
    circle: list[Any] = [Exits()]
    circle.append(circle)
    del circle  # else it would be collected later, in the middle of another test
    gc.collect()


def return_a_coroutine() -> Any:
    return asyncio.sleep(0, "awaited")


def return_a_generator() -> Any:
    return (sys.exit(1) for _ in range(3))


def close_the_connection() -> None:
    connection.close()


def change_isolation() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


def set_a_timeout() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 1")
        cursor.execute("SET search_path = nowhere")


def start_a_thread_that_exits() -> None:
    thread = threading.Thread(target=lambda: sys.exit(1))
    thread.start()
    thread.join()


def read_only_transaction() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")


HARMLESS = [
    leave_something_that_exits,
    return_a_coroutine,
    return_a_generator,
    close_the_connection,
    change_isolation,
    set_a_timeout,
    start_a_thread_that_exits,
    read_only_transaction,
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("spoil", HARMLESS, ids=lambda spoil: spoil.__name__)
def test_what_a_callback_leaves_behind_harms_nobody(
    gh: GitHubRouter, worker_type: str, spoil: Callable[[], Any], configure: Callable[..., None]
) -> None:
    configure(SLOW_AFTER=60.0)
    register(gh, spoil, "def")

    @gh.event("push")
    def writes(event: Any) -> None:
        with transaction.atomic():
            Installation.objects.update_or_create(installation_id=80, defaults={"data": {}})

    found = run_three(worker_type)
    assert labels(found["sibling"]) == ["succeeded"] * 3
    assert labels(found["writes"]) == ["succeeded"] * 3
    assert labels(found["spoiler"]) == ["succeeded"] * 3
    # Of threads that collect at once all but one do nothing: what they left would exit in the middle of another test.
    gc.collect()


def test_what_an_async_callback_leaves_in_the_shared_thread_harms_nobody(
    gh: GitHubRouter, worker_type: str, configure: Callable[..., None]
) -> None:
    configure(SLOW_AFTER=60.0)

    def leave_open() -> None:
        transaction.atomic().__enter__()
        Installation.objects.create(installation_id=81, data={})

    @gh.event("push")
    async def opens(event: Any) -> None:
        await sync_to_async(leave_open)()

    @gh.event("push")
    async def tells(event: Any) -> None:
        await sync_to_async(change_isolation)()

    @gh.event("push")
    async def writes(event: Any) -> None:
        await Installation.objects.aupdate_or_create(installation_id=82, defaults={"data": {}})

    found = run_three(worker_type)
    assert labels(found["writes"]) == ["succeeded"] * 3
    assert list(Installation.objects.values_list("installation_id", flat=True)) == [82]


def test_a_callback_may_delete_its_own_event(gh: GitHubRouter, worker_type: str) -> None:
    seen: list[int] = []

    @gh.event("push", ref="refs/heads/gone")
    def deletes(event: Any) -> None:
        EventLog.objects.filter(delivery=event.delivery_id).delete()

    @gh.event("push")
    def sibling(event: Any) -> None:
        seen.append(1)

    rows = [
        store("push", worker_type=worker_type, ref=f"refs/heads/{branch}")  # type: ignore[arg-type]
        for branch in ("main", "gone", "main")
    ]
    batches.process([row.pk for row in rows], worker_type)
    assert len(seen) == 3
    assert [row.status for row in EventLog.objects.order_by("id")] == [EventStatus.DONE] * 2


def test_a_callback_may_delete_its_earlier_run(gh: GitHubRouter, worker_type: str) -> None:
    @gh.event("push")
    def first(event: Any) -> None:
        pass

    @gh.event("push")
    def deletes(event: Any) -> None:
        HandlerRun.objects.all().delete()

    found = run_three(worker_type)
    assert labels(found["deletes"])[-1] == "succeeded"
    assert set(EventLog.objects.values_list("status", flat=True)) == {EventStatus.DONE}


def stop_the_loop() -> None:
    asyncio.get_running_loop().stop()


def exit_on_the_loop() -> None:
    asyncio.get_running_loop().call_soon(sys.exit, "on the loop")


def cancel_everything() -> None:
    for task in asyncio.all_tasks():
        task.cancel()


def set_an_exception_handler() -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: sys.exit("in the handler"))


LOOPS = [
    stop_the_loop,
    exit_on_the_loop,
    set_an_exception_handler,
    cancel_everything,
]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("spoil", LOOPS, ids=lambda spoil: spoil.__name__)
def test_whatever_a_callback_does_to_the_loop_events_end_and_the_next_ones_run(
    gh: GitHubRouter, worker_type: str, spoil: Callable[[], Any], configure: Callable[..., None]
) -> None:
    configure(SLOW_AFTER=60.0)
    spoiled: list[int] = []

    @gh.event("push")
    async def spoiler(event: Any) -> None:
        if not spoiled:
            spoiled.append(1)
            spoil()
        await asyncio.sleep(0.05)

    @gh.event("push")
    async def sibling(event: Any) -> None:
        await asyncio.sleep(0)

    run_three(worker_type)
    HandlerRun.objects.all().delete()
    found = run_three(worker_type)
    assert labels(found["sibling"]) == ["succeeded"] * 3
    assert labels(found["spoiler"]) == ["succeeded"] * 3
    loops.get_loop().set_exception_handler(None)
