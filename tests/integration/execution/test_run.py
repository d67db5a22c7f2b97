"""Long callbacks: their own limits, checkpoints that the next attempt goes on from, and the end of their worker."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from django_github_app.broker import stopping
from django_github_app.context import AsyncEventContext, SyncEventContext
from django_github_app.errors import RunInterrupted, RunLost, SoftTimeout
from django_github_app.execution import batches
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.routing import GitHubRouter, Retry
from django_github_app.sql import claims
from django_github_app.testing.deliver import deliver, process, store
from tests.integration.execution.test_event import make_due, runs

KINDS = pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]) -> Iterator[Callable[..., None]]:
    """Tell this worker to stop, with a grace of so many seconds."""
    configure(SLOW_AFTER=0.1)
    batches.close()
    moment: list[float | None] = [None]
    monkeypatch.setattr(stopping, "asked_at", lambda: moment[0])

    def stop(grace: float) -> None:
        configure(SLOW_AFTER=0.1, SHUTDOWN_GRACE=grace)
        moment[0] = time.monotonic()

    yield stop
    moment[0] = None


def register(gh: GitHubRouter, asynchronous: bool, steps: Callable[[Any], Any], **limits: Any) -> None:
    """Register a callback that calls ``steps`` with its context: that returns what it is to wait for, in turn."""
    if asynchronous:

        @gh.event("push", **limits)
        async def long(context: AsyncEventContext) -> None:
            for one in steps(context):
                if one is not None:
                    await (asyncio.sleep(one) if isinstance(one, float) else one)
    else:

        @gh.event("push", **limits)
        def long(context: SyncEventContext) -> None:  # type: ignore[misc]  # the other kind
            for one in steps(context):
                if isinstance(one, float):
                    until = time.monotonic() + one
                    while time.monotonic() < until:  # a thread is interrupted between two instructions
                        time.sleep(0.01)


@KINDS
def test_a_callback_may_run_longer_than_the_others_and_not_longer_than_it_says(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool, configure: Callable[..., None]
) -> None:
    configure(HANDLER_TIMEOUT=0.2)
    register(gh, asynchronous, lambda context: [0.4], timeout=5)
    assert runs(deliver("push", worker_type=worker_type)) == {"long": ("succeeded", 1)}
    with GitHubRouter.isolated():
        register(GitHubRouter(), asynchronous, lambda context: [3.0], timeout=0.3, retry=1)
        row = deliver("push", worker_type=worker_type)
        assert runs(row) == {"long": ("dead", 1)}
        assert (row.runs.get().error or "").startswith("HandlerTimeout")


def test_failures_are_tried_again_as_the_callback_says(gh: GitHubRouter, worker_type: Any) -> None:
    @gh.event("push", retry=Retry(attempts=2, backoff=1000, on=KeyError))
    def named(event: Any) -> None:
        raise KeyError

    @gh.event("push", retry=Retry(on=KeyError))
    def other(event: Any) -> None:
        raise OSError

    row = deliver("push", worker_type=worker_type)
    assert runs(row) == {"named": ("retrying", 1), "other": ("dead", 1)}
    due = row.runs.get(handler__endswith="named").next_attempt_at
    assert due is not None
    assert (due - row.received_at).total_seconds() > 700
    make_due(row)
    process(row)
    assert runs(row)["named"] == ("dead", 2)


@KINDS
def test_the_next_attempt_goes_on_from_the_last_checkpoint(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool
) -> None:
    done: list[int] = []

    def steps(context: Any) -> Any:
        for step in range((context.last_checkpoint or {"done": 0})["done"], 4):
            done.append(step)
            yield context.checkpoint({"done": step + 1})
            assert context.last_checkpoint == {"done": step + 1}
            if step == 1 and done.count(1) == 1:
                raise OSError

    register(gh, asynchronous, steps)
    row = deliver("push", worker_type=worker_type)
    assert runs(row) == {"long": ("retrying", 1)}
    make_due(row)
    process(row)
    assert runs(row) == {"long": ("succeeded", 2)}
    assert done == [0, 1, 2, 3]
    assert row.runs.get().checkpoint is None


@KINDS
def test_a_checkpoint_that_is_too_large_is_told_and_not_tried_again(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool
) -> None:
    register(gh, asynchronous, lambda context: (context.checkpoint("x" * n) for n in [70_000]))
    row = deliver("push", worker_type=worker_type)
    assert row.status == EventStatus.DEAD
    assert "does not fit into the ledger" in (row.runs.get().error or "")


@KINDS
def test_past_its_soft_limit_a_callback_ends_at_its_next_checkpoint(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool
) -> None:
    reached: list[str] = []

    def steps(context: Any) -> Any:
        yield context.checkpoint(1)
        yield 0.15
        try:
            context.raise_if_cancelled()
        except SoftTimeout:
            reached.append("asked")
        yield context.checkpoint(2)
        reached.append("too far")

    register(gh, asynchronous, steps, soft=0.1, timeout=30)
    row = deliver("push", worker_type=worker_type)
    assert runs(row) == {"long": ("retrying", 1)}
    assert (row.runs.get().error or "").startswith("SoftTimeout")
    assert row.runs.get().checkpoint == "2"
    assert reached == ["asked"]


@KINDS
def test_a_run_whose_event_was_taken_over_ends_at_its_checkpoint_and_says_nothing(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool
) -> None:
    reached: list[Any] = []

    def take_over(pk: int) -> None:
        EventLog.objects.filter(pk=pk).update(attempts=7)
        connections.close_all()

    def steps(context: Any) -> Any:
        # From another thread: a coroutine may not use the database.
        thread = threading.Thread(target=take_over, args=[context.event_id])
        thread.start()
        thread.join()
        yield context.checkpoint(1)
        reached.append("too far")

    register(gh, asynchronous, steps)
    row = deliver("push", worker_type=worker_type)
    assert reached == []
    assert not row.runs.exists()
    assert (row.status, row.attempts) == (EventStatus.PROCESSING, 7)
    claims.release([(row.pk, 7)])


@KINDS
def test_a_callback_that_outlasts_the_grace_is_handed_back_and_goes_on_elsewhere(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool, stop: Callable[[float], None]
) -> None:
    seen: list[Any] = []

    def steps(context: Any) -> Any:
        seen.append(context.last_checkpoint)
        if len(seen) > 1:
            return
        yield context.checkpoint("half")
        stop(0.2)
        yield 20.0

    register(gh, asynchronous, steps, timeout=60)
    began = time.monotonic()
    row = deliver("push", worker_type=worker_type)
    assert time.monotonic() - began < 10
    wait_for(lambda: EventLog.objects.get(pk=row.pk).status == EventStatus.PENDING)
    run = row.runs.get()
    assert (run.status, run.attempts, run.error) == (RunStatus.STARTED, 0, None)
    process(row)
    # A batch of which only long callbacks are left does not keep its thread.
    wait_for(lambda: runs(row) == {"long": ("succeeded", 1)})
    assert seen == [None, "half"]
    assert row.lost_leases == 0


@KINDS
def test_near_the_end_of_the_grace_a_checkpoint_is_the_place_to_end(
    gh: GitHubRouter, worker_type: Any, asynchronous: bool, stop: Callable[[float], None]
) -> None:
    seen: list[Any] = []

    def steps(context: Any) -> Any:
        seen.append(context.last_checkpoint)
        if len(seen) > 1:
            return
        stop(3600)
        yield context.checkpoint("early")
        stop(0)
        yield context.checkpoint("last")
        seen.append("too far")

    register(gh, asynchronous, steps)
    row = deliver("push", worker_type=worker_type)
    wait_for(lambda: EventLog.objects.get(pk=row.pk).status == EventStatus.PENDING)
    process(row)
    assert seen == [None, "last"]
    assert runs(row) == {"long": ("succeeded", 1)}


def test_a_callback_without_limits_of_its_own_is_left_alone_when_its_worker_stops(
    gh: GitHubRouter, worker_type: Any, stop: Callable[[float], None]
) -> None:
    def steps(context: Any) -> Any:
        stop(0)
        yield 0.5

    register(gh, worker_type == "async", steps)
    assert runs(deliver("push", worker_type=worker_type)) == {"long": ("succeeded", 1)}


@pytest.mark.parametrize("worker_type", ["async"])
def test_a_long_callback_keeps_no_thread_of_its_worker(
    gh: GitHubRouter, worker_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    @gh.event("push", timeout=3600)
    async def long(event: Any) -> None:
        while not released.is_set():
            await asyncio.sleep(0.02)

    row = store("push", worker_type=worker_type)
    began = time.monotonic()
    batches.process([row.pk], worker_type)  # returns although the callback runs
    assert time.monotonic() - began < 10
    assert EventLog.objects.get(pk=row.pk).status == EventStatus.PROCESSING
    assert batches._process.get().keeper.batches()
    released.set()
    wait_for(lambda: EventLog.objects.get(pk=row.pk).status == EventStatus.DONE)
    wait_for(lambda: not batches._process.get().keeper.batches())


def test_an_interruption_that_a_callback_swallows_is_raised_once() -> None:
    assert not issubclass(RunInterrupted, Exception)
    assert issubclass(RunLost, RunInterrupted)


def test_a_run_in_a_transaction_of_a_test_has_checkpoints_too(db: None) -> None:
    with GitHubRouter.isolated():
        register(GitHubRouter(), True, lambda context: [context.checkpoint(1)])
        row = deliver("push", worker_type="sync")
    assert HandlerRun.objects.get(event=row).status == RunStatus.SUCCEEDED


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
