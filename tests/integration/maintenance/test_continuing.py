"""Continuations: called once, later or when another event of the same subject has come, whoever is killed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import F

from django_github_app.context import Continued
from django_github_app.errors import RetryLater
from django_github_app.execution import batches
from django_github_app.maintenance import continuing, sweep
from django_github_app.models import Continuation, EventLog, EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims, continuations
from django_github_app.testing.deliver import deliver, process, store

SHA, OTHER = "a" * 40, "b" * 40
KINDS = pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])


@pytest.fixture
def gh(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubRouter]:
    monkeypatch.setattr(sweep, "publish_or_leave", list)
    continuing._observed.clear()
    with GitHubRouter.isolated():
        yield GitHubRouter()
    batches.close()


@pytest.fixture
def called() -> list[tuple[Continued | None, Any]]:
    return []


def register(gh: GitHubRouter, called: list[Any], asynchronous: bool = True, **wait: Any) -> Any:
    """Register a callback for opened pull requests that goes on in another one, and that."""

    @gh.continuation(on=["check_suite.completed", "pull_request.closed"], name="then")
    async def then(event: Any, context: Any) -> None:
        called.append((context.continuation, event.data))

    if asynchronous:

        @gh.event("pull_request.opened")
        async def first(context: Any) -> None:
            assert context.continuation is None
            await context.continue_in(then, **wait)
    else:

        @gh.event("pull_request.opened")
        def first(context: Any) -> None:  # type: ignore[misc]  # the other kind
            context.continue_in(then, **wait)

    return then


def opened(worker_type: str = "async", **options: Any) -> EventLog:
    pull = {"number": 1, "head": {"sha": SHA}}
    return deliver("pull_request", "opened", number=1, pull_request=pull, worker_type=worker_type, **options)


def suite(sha: str = SHA, action: str = "completed") -> EventLog:
    return deliver("check_suite", action, check_suite={"head_sha": sha, "conclusion": "success"})


def let_pass(seconds: float) -> None:
    Continuation.objects.update(due_at=F("due_at") - dt.timedelta(seconds=seconds))


def go_on() -> int:
    """Fire what is due and process it; return how many there were."""
    ready = continuing.fire()
    process(*(EventLog.objects.get(pk=pk) for _, pk in ready))
    return len(ready)


@pytest.mark.parametrize("worker_type", ["sync", "async"])
@KINDS
def test_after_a_time_it_is_called_once_with_what_was_left_for_it(
    gh: GitHubRouter, called: list[Any], worker_type: str, asynchronous: bool
) -> None:
    register(gh, called, asynchronous, after=dt.timedelta(hours=1), data={"tries": 1})
    row = opened(worker_type)
    assert row.status == EventStatus.DONE
    assert go_on() == 0
    let_pass(3601)
    assert go_on() == 1
    assert go_on() == 0
    ((why, data),) = called
    assert why == Continued({"tries": 1}, "time", None)
    assert data["pull_request"]["number"] == 1
    made = EventLog.objects.get(event="continuation")
    assert (made.status, made.worker_type, made.number) == (EventStatus.DONE, worker_type, 1)
    assert made.lane == row.lane


def test_an_event_of_the_same_commit_is_waited_for_and_others_are_not_it(
    gh: GitHubRouter, called: list[Any], configure: Callable[..., None]
) -> None:
    before = suite()
    configure(LOG_ALL_EVENTS=False)  # what no callback is for is deleted; this is kept
    register(gh, called, on="check_suite.completed", timeout=3600)
    opened()
    suite(OTHER)
    with pytest.raises(EventLog.DoesNotExist):
        suite(action="requested")
    assert go_on() == 0
    came = suite()
    suite()
    assert came.pk > before.pk
    assert go_on() == 1
    let_pass(7200)
    assert go_on() == 0
    ((why, data),) = called
    assert why == Continued(None, "event", "check_suite")
    assert data["check_suite"]["head_sha"] == SHA
    assert data["pull_request"]["number"] == 1  # where to reply
    assert Continuation.objects.get().came_id == came.pk


def test_an_event_that_came_while_the_callback_ran_counts(gh: GitHubRouter, called: list[Any]) -> None:
    register(gh, called, on="pull_request.closed", timeout=3600)
    row = store("pull_request", "opened", number=1, pull_request={"number": 1, "head": {"sha": SHA}})
    deliver("pull_request", "closed", number=2)
    store("pull_request", "closed", number=1)
    process(row)
    assert go_on() == 1
    assert called[0][0] == Continued(None, "event", "pull_request")


def test_what_does_not_come_is_over_after_its_time(gh: GitHubRouter, called: list[Any]) -> None:
    register(gh, called, on="check_suite.completed", timeout=60)
    opened()
    let_pass(61)
    assert go_on() == 1
    suite()
    assert go_on() == 0
    assert [why for why, _ in called] == [Continued(None, "timeout", None)]


def test_a_callback_that_is_tried_again_waits_once_and_for_each_key(
    gh: GitHubRouter, called: list[Any]
) -> None:
    tries: list[int] = []

    @gh.continuation()
    async def then(context: Any) -> None:
        called.append(context.continuation.data)

    @gh.event("pull_request.opened")
    async def first(context: Any) -> None:
        tries.append(1)
        await context.continue_in(then, after=0, data=len(tries))
        await context.continue_in(then, after=0, data="other", key="other")
        if len(tries) == 1:
            raise RetryLater(seconds=-1)

    row = opened()
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    row.runs.update(next_attempt_at=None)
    process(row)
    assert len(tries) == 2
    assert go_on() == 2
    assert sorted(called, key=str) == [1, "other"]


def test_whoever_is_killed_between_event_and_note_makes_no_second_one(
    gh: GitHubRouter, called: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(gh, called, on="check_suite.completed", timeout=60)
    opened()
    let_pass(61)
    with monkeypatch.context() as patch:
        patch.setattr(continuations, "mark_fired", lambda pk: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            continuing.fire()
    suite()  # meanwhile what was waited for has come: another body
    assert go_on() == 0
    assert EventLog.objects.filter(event="continuation").count() == 1
    assert Continuation.objects.get().fired_at is not None


def test_a_replay_waits_anew_and_old_waits_are_forgotten_with_their_events(
    gh: GitHubRouter, called: list[Any]
) -> None:
    register(gh, called, after=0)
    row = opened()
    assert go_on() == 1
    claims.replay([row.pk])
    assert not Continuation.objects.exists()
    process(row)
    assert go_on() == 1
    assert len(called) == 2
    assert continuations.forget_old(10) == 0
    EventLog.objects.all().delete()
    assert continuations.forget_old(10) == 1


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ({}, "say one of them"),
        ({"after": 1, "on": "check_suite.completed"}, "say one of them"),
        ({"after": -1}, "0 to"),
        ({"after": 10**9}, "0 to"),
        ({"on": "issues.closed"}, "does not wait for 'issues.closed'"),
    ],
)
def test_a_wait_that_could_never_end_is_refused(
    gh: GitHubRouter, called: list[Any], wait: dict[str, Any], said: str
) -> None:
    register(gh, called, **wait)
    error = opened().runs.get(handler__endswith="first").error
    assert error is not None
    assert "ValueError" in error
    assert said in error


def test_only_continuations_can_be_gone_on_in(gh: GitHubRouter) -> None:
    @gh.event("pull_request.opened")
    async def first(context: Any) -> None:
        await context.continue_in(first, after=1)

    assert "decorate it with @gh.continuation()" in (opened().runs.get().error or "")


def test_the_log_is_looked_through_in_pages_and_not_again_once_it_is_sure(
    gh: GitHubRouter, called: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuing, "PAGE", 2)
    register(gh, called, on="check_suite.completed", timeout=3600)
    row = opened()
    for _ in range(5):
        suite(OTHER)
    continuing.look_for_events()
    assert Continuation.objects.get().seen_id == row.pk  # one with a smaller id may be on its way
    monkeypatch.setattr(continuing, "LATE", 0.0)
    continuing.look_for_events()
    assert Continuation.objects.get().seen_id >= row.pk + 5
    suite()
    assert go_on() == 1


def test_the_sweep_calls_them(gh: GitHubRouter, called: list[Any]) -> None:
    register(gh, called, after=0)
    opened()
    sweep.sweep()
    assert EventLog.objects.get(event="continuation").status == EventStatus.PENDING
