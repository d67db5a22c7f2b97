"""One event: whatever its callbacks, predicates and payload do, it ends in the ledger and its neighbours run."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from django.db import InternalError, OperationalError
from django.utils import timezone

from django_github_app.errors import RetryLater, UserError
from django_github_app.execution import batches
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.process import loop as loops
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims
from django_github_app.testing.deliver import deliver, process, store


class Custom(BaseException):
    pass


WAYS_OUT = [SystemExit(2), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), Custom("own")]


def runs(row: EventLog) -> dict[str, tuple[str, int]]:
    return {
        run.handler.rsplit(".", 1)[-1]: (RunStatus(run.status).label, run.attempts)
        for run in row.runs.order_by("id")
    }


def make_due(row: EventLog) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at=past)
    HandlerRun.objects.filter(event=row).update(next_attempt_at=past)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])
@pytest.mark.parametrize("error", WAYS_OUT, ids=lambda error: type(error).__name__)
def test_every_way_out_of_a_callback_is_a_row_with_its_traceback_and_is_tried_again(
    gh: GitHubRouter, worker_type: Any, error: BaseException, asynchronous: bool
) -> None:
    if asynchronous:

        @gh.event("issues")
        async def leaving(event: Any) -> None:
            raise error
    else:

        @gh.event("issues")
        def leaving(event: Any) -> None:  # type: ignore[misc]  # the other kind
            raise error

    @gh.event("issues")
    async def sibling(event: Any) -> None:
        await asyncio.sleep(0)

    row = deliver("issues", worker_type=worker_type)
    assert row.status == EventStatus.RETRYING
    assert runs(row) == {"leaving": ("retrying", 1), "sibling": ("succeeded", 1)}
    run = row.runs.get(status=RunStatus.RETRYING)
    assert (run.error or "").startswith(type(error).__name__)
    assert "in leaving" in (run.traceback or "")
    assert deliver("issues", number=2, worker_type=worker_type).status == EventStatus.RETRYING


def test_what_exits_each_time_is_dead_in_the_end(
    gh: GitHubRouter, worker_type: Any, configure: Callable[..., None]
) -> None:
    configure(MAX_ATTEMPTS=2)

    @gh.event("issues")
    def leaving(event: Any) -> NoReturn:
        raise SystemExit("usage: …")

    row = deliver("issues", worker_type=worker_type)
    make_due(row)
    process(row)
    assert (row.status, runs(row)) == (EventStatus.DEAD, {"leaving": ("dead", 2)})


def test_a_task_that_a_callback_started_and_that_exits_leaves_the_loop_alive(
    gh: GitHubRouter, worker_type: Any
) -> None:
    async def child() -> NoReturn:
        raise SystemExit(3)

    @gh.event("issues")
    async def leaving(event: Any) -> None:
        await asyncio.gather(child(), asyncio.sleep(0.01))

    loop = loops.get_loop()
    row = deliver("issues", worker_type=worker_type)
    assert runs(row) == {"leaving": ("retrying", 1)}
    assert loops.get_loop() is loop
    assert loops.run_on_loop(asyncio.sleep(0, "alive"), 5) == "alive"


def test_a_callback_that_cancels_itself_ends_neither_its_event_nor_its_siblings(
    gh: GitHubRouter, worker_type: Any
) -> None:
    @gh.event("issues")
    async def waits(event: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    @gh.event("issues")
    async def returns(event: Any) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    @gh.event("issues")
    async def sibling(event: Any) -> None:
        await asyncio.sleep(0.01)

    row = deliver("issues", worker_type=worker_type)
    assert row.status == EventStatus.RETRYING
    found = runs(row)
    assert found["waits"] == ("retrying", 1)
    assert found["sibling"] == ("succeeded", 1)


@pytest.mark.parametrize("error", [SystemExit(2), ValueError("odd")], ids=repr)
def test_a_predicate_that_raises_is_its_own_registrations_failure(
    gh: GitHubRouter, worker_type: Any, error: BaseException
) -> None:
    seen: list[str] = []

    def predicate(value: Any) -> bool:
        if not seen:
            raise error
        return False

    @gh.event("issues", action=predicate)
    def choosy(event: Any) -> None:
        seen.append("choosy")

    @gh.event("issues")
    def sibling(event: Any) -> None:
        seen.append("sibling")

    row = deliver("issues", worker_type=worker_type)
    assert row.status == EventStatus.RETRYING
    assert runs(row) == {"choosy": ("retrying", 1), "sibling": ("succeeded", 1)}
    assert "in predicate" in (row.runs.get(status=RunStatus.RETRYING).traceback or "")
    make_due(row)
    process(row)  # the predicate says no now: nothing is left open
    assert row.status == EventStatus.DONE
    assert runs(row) == {"choosy": ("succeeded", 1), "sibling": ("succeeded", 1)}
    assert seen == ["sibling"]


@pytest.mark.parametrize(
    "payload",
    [
        {"action": "created", "comment": [], "issue": {"number": 1}},
        {"action": "created", "comment": {"body": "@test-app hi", "user": None}, "issue": None},
        {
            "action": "created",
            "comment": {"body": "@test-app hi"},
            "issue": "?",
            "repository": 7,
            "sender": [],
        },
    ],
)
def test_a_payload_of_an_odd_shape_does_not_stop_a_callback_that_does_not_care(
    gh: GitHubRouter, worker_type: Any, payload: dict[str, Any]
) -> None:
    seen: list[int] = []

    @gh.mention(username="test-app")
    def mentioned(event: Any) -> None: ...

    @gh.command("deploy")
    def deploy(event: Any) -> None: ...

    @gh.event("issue_comment")
    def plain(event: Any) -> None:
        seen.append(1)

    row = deliver("issue_comment", payload=payload, worker_type=worker_type)
    assert seen == [1]
    assert row.status != EventStatus.PROCESSING
    assert runs(row)["plain"] == ("succeeded", 1)


def test_the_next_event_of_the_lane_runs_whatever_the_first_ones_registrations_do(
    gh: GitHubRouter, worker_type: Any
) -> None:
    @gh.event("issues", issue__title=lambda title: 1 / (title != "bad"))
    def choosy(event: Any) -> None: ...

    bad = store("issues", number=3, title="bad", worker_type=worker_type)
    good = store("issues", number=3, title="good", worker_type=worker_type)
    batches.process([bad.pk], worker_type)
    good.refresh_from_db()
    assert (good.status, good.lost_leases) == (EventStatus.DONE, 0)


def test_a_failure_of_ours_around_the_callbacks_is_a_row_too(
    gh: GitHubRouter, worker_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> NoReturn:
        raise RuntimeError("nobody thought of that")

    gh.add(lambda event: None, "issues")
    monkeypatch.setattr("django_github_app.execution.event._event_of", broken)
    first, second = (store("issues", number=3, worker_type=worker_type) for _ in range(2))
    batches.process([first.pk], worker_type)
    for row in (first, second):
        row.refresh_from_db()
        assert row.status == EventStatus.RETRYING
        assert "nobody thought of that" in (row.runs.get().error or "")
    monkeypatch.undo()
    make_due(first)
    process(first)
    assert first.status == EventStatus.DONE
    assert set(first.runs.values_list("status", flat=True)) == {RunStatus.SUCCEEDED}


@pytest.mark.parametrize("at", [dt.datetime(2999, 1, 1), "tomorrow"], ids=repr)  # noqa: DTZ001 - that is the point
def test_a_time_without_a_zone_or_none_at_all_costs_only_its_own_callback(
    gh: GitHubRouter, worker_type: Any, at: Any
) -> None:
    @gh.event("issues")
    def later(event: Any) -> None:
        error = RetryLater()
        error.at = at
        raise error if isinstance(at, str) else RetryLater(at=at)

    gh.add(lambda event: None, "issues")
    row = deliver("issues", worker_type=worker_type)
    assert row.status == EventStatus.RETRYING
    assert sorted(row.runs.values_list("status", flat=True)) == [RunStatus.RETRYING, RunStatus.SUCCEEDED]


def test_an_exception_whose_text_cannot_be_shown_is_recorded(gh: GitHubRouter, worker_type: Any) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise ValueError

    @gh.event("issues")
    def odd(event: Any) -> None:
        raise Odd

    row = deliver("issues", worker_type=worker_type)
    assert runs(row) == {"odd": ("retrying", 1)}
    assert (row.runs.get().error or "").startswith("Odd")


def test_a_user_error_that_cannot_be_told_stays_one(
    gh: GitHubRouter, worker_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> NoReturn:
        raise RuntimeError

    monkeypatch.setattr("django_github_app.execution.commands.tell", broken)

    @gh.event("issues")
    def refusing(event: Any) -> None:
        raise UserError("no")

    assert runs(deliver("issues", worker_type=worker_type)) == {"refusing": ("rejected", 1)}


# The ledger loses nothing


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), InternalError("read-only"), TypeError("adapting failed")], ids=repr
)
def test_a_run_whose_own_record_fails_is_recorded_with_the_outcome(
    gh: GitHubRouter,
    worker_type: Any,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    configure: Callable[..., None],
) -> None:
    configure(LEASE_SECONDS=0.3, OUTAGE_PATIENCE=0)
    finish, failed = claims.finish, threading.Event()

    def failing(outcomes: Any, runs: Any = ()) -> Any:
        if not outcomes:  # an intermediate record
            failed.set()
            raise error
        return finish(outcomes, runs)

    monkeypatch.setattr(claims, "finish", failing)

    @gh.event("issues")
    def first(event: Any) -> None: ...

    @gh.event("issues")
    def second(event: Any) -> None:
        raise ValueError("its error and its count are not lost either")

    @gh.event("issues")
    def third(event: Any) -> None:
        assert failed.wait(10)

    row = deliver("issues", worker_type=worker_type)
    assert runs(row) == {"first": ("succeeded", 1), "second": ("retrying", 1), "third": ("succeeded", 1)}
    assert row.status == EventStatus.RETRYING


def test_an_outcome_outlives_a_database_that_is_away_for_longer_than_a_lease(
    gh: GitHubRouter, worker_type: Any, monkeypatch: pytest.MonkeyPatch, configure: Callable[..., None]
) -> None:
    configure(LEASE_SECONDS=0.2)
    finish, tries = claims.finish, []

    def away(outcomes: Any, runs: Any = ()) -> Any:
        tries.append(1)
        if len(tries) < 4:  # 0.1 + 0.2 + 0.4 seconds
            raise OperationalError("the server is away")
        return finish(outcomes, runs)

    monkeypatch.setattr(claims, "finish", away)
    calls: list[int] = []

    @gh.event("issues")
    def handler(event: Any) -> None:
        calls.append(1)

    row = deliver("issues", worker_type=worker_type)
    assert (calls, runs(row), row.status) == ([1], {"handler": ("succeeded", 1)}, EventStatus.DONE)


def test_an_event_that_was_taken_over_begins_no_second_callback_here(
    gh: GitHubRouter, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that holds the interpreter's lock keeps leases from being renewed."""
    configure(LEASE_SECONDS=0.3)
    monkeypatch.setattr(batches, "_renew", lambda claims: None)
    batches.close()
    batches._process.take()
    calls: list[str] = []

    @gh.event("push")
    def hog(event: Any) -> None:
        calls.append("hog")
        if len(calls) == 1:
            threading.Event().wait(0.5)
            claims.take_back(limit=10, max_lost=9)
            pending = EventLog.objects.filter(status=EventStatus.PENDING).values_list("pk", flat=True)
            assert len(claims.claim(list(pending), lease=60)) == 2  # another worker has both

    @gh.event("push")
    def second(event: Any) -> None:
        calls.append("second")

    rows = [store("push", worker_type="sync") for _ in range(2)]
    batches.process([row.pk for row in rows], "sync")
    assert calls == ["hog"]
    batches.close()
    batches._process.take()


# Events that are not kept


def test_an_event_that_is_not_kept_leaves_nothing_in_the_ledger(
    gh: GitHubRouter, worker_type: Any, configure: Callable[..., None]
) -> None:
    configure(LOG_ALL_EVENTS=False)
    wanted = True

    @gh.event("push", ref=lambda ref: wanted and 1 / 0)
    def choosy(event: Any) -> None: ...

    row = deliver("push", worker_type=worker_type)
    assert row.runs.count() == 1
    make_due(row)
    wanted = False
    batches.process([row.pk], worker_type)
    assert not EventLog.objects.filter(pk=row.pk).exists()
    assert not HandlerRun.objects.filter(event_id=row.pk).exists()


def test_a_worker_that_lost_its_lease_does_not_delete_the_row_that_another_one_runs(gh: GitHubRouter) -> None:
    row = store("push")
    (stale,) = claims.claim([row.pk], lease=-1)
    claims.take_back(limit=10, max_lost=9)
    (running,) = claims.claim([row.pk], lease=60)
    drop = claims.EventOutcome(row.pk, stale.attempt, EventStatus.IGNORED, None, True)
    assert claims.finish([drop]) == set()
    assert EventLog.objects.filter(pk=row.pk).exists()
    drop = claims.EventOutcome(row.pk, running.attempt, EventStatus.IGNORED, None, True)
    assert claims.finish([drop]) == {row.pk}
    assert not EventLog.objects.filter(pk=row.pk).exists()
