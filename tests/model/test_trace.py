"""What happened to an event is held against the model: mistakes in a trace are found, a real run has none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from django_github_app.models import EventStatus, RunStatus

from .trace import Change, allowed, check, follow, read, replay

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
PENDING, PROCESSING, RETRYING, DONE = (
    EventStatus.PENDING,
    EventStatus.PROCESSING,
    EventStatus.RETRYING,
    EventStatus.DONE,
)


def at(seconds: float, event: int, old: int | None, new: int | None, **more: Any) -> Change:
    """Return a change that was asked for, made and committed within a hundredth of a second."""
    asked_at, made_at, committed_at = (
        NOW + dt.timedelta(seconds=seconds + late) for late in (0.0, 0.005, 0.01)
    )
    more = {"attempts_before": 0, "attempts": 0, "lost_before": 0, "lost": 0, **more}
    return Change(int(seconds * 1000), asked_at, made_at, committed_at, event, old=old, new=new, **more)


def run(seconds: float, event: int, old: int | None, new: int | None) -> Change:
    return at(seconds, event, old, new, handler="app.handler", position=0)


def claimed(seconds: float, event: int, old: int = PENDING, **more: Any) -> Change:
    return at(seconds, event, old, PROCESSING, attempts=1, **more)


def ended(seconds: float, event: int, new: int = DONE, **more: Any) -> Change:
    return at(seconds, event, PROCESSING, new, attempts_before=1, attempts=1, **more)


WELL = [at(0, 1, None, PENDING), claimed(1, 1), run(2, 1, None, RunStatus.SUCCEEDED), ended(2.001, 1)]


def test_the_model_has_moves_for_all_that_an_event_may_go_through() -> None:
    assert replay(WELL) == []
    retried = [
        *WELL[:2],
        run(2, 1, None, RunStatus.RETRYING),
        ended(2.001, 1, RETRYING),
        claimed(3, 1, RETRYING),
        run(4, 1, RunStatus.RETRYING, RunStatus.SUCCEEDED),
        ended(4.001, 1),
    ]
    assert replay(retried) == []
    lost = [*WELL[:2], ended(2, 1, PENDING, lost=1), claimed(3, 1)]
    assert replay(lost) == []
    assert len(allowed().events) > 15
    assert len(allowed().runs) > 5


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ([*WELL, claimed(3, 1, DONE)], "no step of the model does that"),
        ([*WELL[:1], at(1, 1, PENDING, DONE)], "no step of the model does that"),
        ([*WELL[:1], at(1, 1, PENDING, PROCESSING)], "no step of the model does that"),  # no attempt counted
        (
            [*WELL[:2], run(2, 1, None, RunStatus.RETRYING), ended(3, 1)],
            "not say that every callback succeeded",
        ),
        ([*WELL, run(3, 1, RunStatus.SUCCEEDED, RunStatus.RETRYING)], "the ledger says 10 → 2"),
        ([*WELL, run(3, 1, RunStatus.SUCCEEDED, RunStatus.SUCCEEDED)], "was over and is recorded again"),
        (
            [*[*WELL[:2], at(2, 1, PROCESSING, None)][:1], at(2, 1, PENDING, None)],
            "that is to run is deleted",
        ),
    ],
)
def test_a_move_that_the_model_does_not_have_is_found(changes: Sequence[Change], what: str) -> None:
    found = replay(changes)
    assert len(found) == 1
    assert what in found[0]


def test_two_events_of_a_lane_at_once_and_one_that_overtakes_are_found() -> None:
    stored = [at(0, 1, None, PENDING, lane=7), at(0.1, 2, None, PENDING, lane=7)]
    assert replay([*stored, claimed(1, 1, lane=7), ended(2, 1, lane=7), claimed(3, 2, lane=7)]) == []
    assert replay([*stored, claimed(1, 1, lane=7), claimed(2, 2, lane=7)]) == [
        "event 2 runs beside [1] of its lane"
    ]
    assert replay([*stored, claimed(1, 2, lane=7)]) == ["event 2 overtakes 1 of its lane"]
    left = [claimed(1, 1, lane=7), ended(2, 1, PENDING, lost=1)]
    assert replay([*stored, *left, claimed(3, 2, lane=7)]) == []
    # Stored with a smaller id, and committed after the claim had looked: nobody could know.
    late = at(0.995, 1, None, PENDING, lane=7)
    assert replay([stored[1], claimed(1, 2, lane=7), late]) == []


@pytest.mark.django_db(transaction=True)
def test_triggers_write_down_what_statements_do(migrated_database: str) -> None:
    import psycopg

    follow(migrated_database)
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO django_github_app_eventlog (event, received_at, status, worker_type)"
            " VALUES ('issues', now(), 0, 'sync')"
        )
        connection.execute("UPDATE django_github_app_eventlog SET status = 1, attempts = attempts + 1")
        with connection.transaction(force_rollback=True):
            connection.execute("UPDATE django_github_app_eventlog SET status = 0")
        connection.execute("UPDATE django_github_app_eventlog SET status = 10")
        connection.execute("UPDATE django_github_app_eventlog SET status = 1")
    changes = read(migrated_database)
    assert [(change.old, change.new, change.attempts) for change in changes] == [
        (None, 0, 0),
        (0, 1, 1),
        (1, 10, 1),
        (10, 1, 1),
    ]
    assert [line.rpartition(": ")[2] for line in check(migrated_database)] == [
        "no step of the model does that"
    ]
