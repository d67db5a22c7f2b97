"""``@gh.on_error`` hears of failures that are not tried again; signals of deaths that are in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.dispatch import Signal

from django_github_app.errors import PermanentError, UserError
from django_github_app.maintenance import deaths, publishing, sweep
from django_github_app.models import Death, EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.signals import event_dead, handler_failed
from django_github_app.sql.deaths import take
from django_github_app.testing.deliver import process, store


@contextmanager
def listening(signal: Signal, receiver: Callable[..., Any]) -> Iterator[None]:
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


@pytest.fixture
def told() -> Iterator[list[Any]]:
    """What the receivers of both signals were told, and whether it was in the ledger already."""
    found: list[Any] = []

    def dead(sender: Any, event: EventLog, **kwargs: Any) -> None:
        found.append(("event", sender, event.pk, EventLog.objects.get(pk=event.pk).status))

    def failed(sender: Any, run: HandlerRun, event: EventLog, **kwargs: Any) -> None:
        found.append(("handler", sender, run.handler.rpartition(".")[2], run.status, event.pk))

    with listening(event_dead, dead), listening(handler_failed, failed):
        yield found


def broken(event: Any) -> None:
    raise PermanentError("it is broken")


def test_error_callbacks_of_the_router_and_of_all_hear_of_a_failure(
    gh: GitHubRouter, worker_type: Any
) -> None:
    heard: list[tuple[Any, ...]] = []
    other = GitHubRouter()
    gh.event("push")(broken)

    @gh.on_error
    async def of_the_router(error: Exception, handler: str, context: Any) -> None:
        heard.append(("router", str(error), handler.rpartition(".")[2], context.repo != ""))

    @other.on_error(everywhere=True)
    def of_all(event: Any, gh: Any, error: Exception) -> None:
        heard.append(("all", event.event, type(gh).__name__))

    @other.on_error
    def of_another(error: Exception) -> None:
        heard.append(("another",))

    process(store("push", worker_type=worker_type))
    assert heard == [("router", "it is broken", "broken", True), ("all", "push", "SyncGitHubAPI")]


def test_neither_a_retry_nor_a_persons_mistake_is_a_failure(
    gh: GitHubRouter, worker_type: Any, told: list[Any]
) -> None:
    heard: list[Any] = []
    gh.on_error(heard.append)

    @gh.event("push")
    def tried_again(event: Any) -> None:
        raise OSError

    @gh.event("push")
    def refused(event: Any) -> None:
        raise UserError("no such branch")

    process(store("push", worker_type=worker_type))
    assert heard == []
    assert told == []


def test_an_error_callback_that_fails_harms_nothing(gh: GitHubRouter, worker_type: Any) -> None:
    gh.event("push")(broken)

    @gh.on_error
    def worse(error: Exception) -> None:
        raise RuntimeError("worse")

    @gh.on_error
    def exits(error: Exception) -> None:
        raise SystemExit

    row = store("push", worker_type=worker_type)
    process(row)
    assert row.status == EventStatus.DEAD
    assert "it is broken" in str(row.runs.get().error)


def test_a_death_is_told_once_after_it_is_in_the_ledger(
    gh: GitHubRouter, worker_type: Any, told: list[Any]
) -> None:
    gh.event("push")(broken)

    @gh.event("push")
    async def well(event: Any) -> None: ...

    row = store("push", worker_type=worker_type)
    process(row)
    sweep.sweep()
    assert sorted(told, key=str) == [
        ("event", EventLog, row.pk, EventStatus.DEAD),
        ("handler", HandlerRun, "broken", RunStatus.DEAD, row.pk),
    ]
    assert not Death.objects.exists()


def test_a_callback_that_died_while_another_waits_is_told_once(
    gh: GitHubRouter, worker_type: Any, told: list[Any]
) -> None:
    gh.event("push")(broken)
    tries: list[int] = []

    @gh.event("push")
    def later(event: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError

    row = store("push", worker_type=worker_type)
    process(row)
    assert [one[0] for one in told] == ["handler"]
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    HandlerRun.objects.filter(event_id=row.pk, status=RunStatus.RETRYING).update(next_attempt_at=None)
    process(row)
    assert [one[0] for one in told] == ["handler", "event"]
    assert row.status == EventStatus.DEAD


def test_a_receiver_that_fails_keeps_nobody_from_hearing(
    gh: GitHubRouter, worker_type: Any, told: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    gh.event("push")(broken)

    def fails(**kwargs: Any) -> None:
        raise RuntimeError("receiver")

    row = store("push", worker_type=worker_type)
    with listening(event_dead, fails):
        process(row)
    assert len(told) == 2
    assert row.status == EventStatus.DEAD
    assert "a receiver of a signal failed" in caplog.text
    assert not Death.objects.exists()


def test_what_a_killed_worker_did_not_tell_the_sweep_does(
    gh: GitHubRouter, worker_type: Any, told: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    gh.event("push")(broken)

    def killed(most: int = 0) -> int:
        raise OSError("killed here")

    row = store("push", worker_type=worker_type)
    with monkeypatch.context() as patched:
        patched.setattr(deaths, "tell_deaths", killed)
        process(row)
    assert told == []
    assert Death.objects.filter(event_id=row.pk).count() == 2
    sweep.sweep()
    sweep.sweep()
    assert [one[0] for one in sorted(told, key=str)] == ["event", "handler"]


def test_who_is_killed_while_telling_is_replaced_after_its_term(gh: GitHubRouter, told: list[Any]) -> None:
    Death.objects.create(event_id=store("push").pk, handler="")
    assert take(60.0) is not None  # by somebody who is killed now
    assert deaths.tell_deaths() == 0
    Death.objects.update(taken_until="2020-01-01T00:00:00Z")
    assert deaths.tell_deaths() == 1
    assert [one[0] for one in told] == ["event"]


def test_an_event_whose_workers_were_lost_every_time_is_told(
    gh: GitHubRouter, told: list[Any], configure: Callable[..., None]
) -> None:
    configure(MAX_LOST_LEASES=1)
    row = store("push")
    EventLog.objects.filter(pk=row.pk).update(
        status=EventStatus.PROCESSING, attempts=1, lease_expires_at="2020-01-01T00:00:00Z"
    )
    sweep.sweep()
    # The ledger says of such an event that its worker was lost, and that is told as well.
    assert told[0] == ("event", EventLog, row.pk, EventStatus.DEAD)
    assert [one[:3] for one in told[1:]] == [("handler", HandlerRun, "worker of the event")]


def test_an_event_that_is_replayed_and_dies_again_is_told_again(gh: GitHubRouter, told: list[Any]) -> None:
    gh.event("push")(broken)
    row = store("push")
    process(row)
    publishing.replay([row.pk])
    process(row)
    assert [one[0] for one in sorted(told, key=str)] == ["event", "event", "handler", "handler"]


def test_a_death_of_an_event_that_was_deleted_is_forgotten(gh: GitHubRouter, told: list[Any]) -> None:
    Death.objects.create(event_id=2**40, handler="")
    assert deaths.tell_deaths() == 1
    assert told == []
    assert not Death.objects.exists()


def test_a_receiver_that_hangs_keeps_the_sweep_from_nothing(
    gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deaths, "WAIT", 0.1)
    Death.objects.create(event_id=store("push").pk, handler="")
    let_go, calls = threading.Event(), []

    def hangs(**kwargs: Any) -> None:
        calls.append(1)
        let_go.wait(60)

    with listening(event_dead, hangs):
        sweep.sweep()
        Death.objects.create(event_id=store("push").pk, handler="")
        assert sweep.sweep()["dead"] == 0
        assert calls == [1]
        let_go.set()
        for thread in threading.enumerate():
            if thread.name == "github-deaths":
                thread.join(30)
    assert not Death.objects.exists()
