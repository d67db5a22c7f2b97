"""Checkpoints in the ledger: of the claim that holds the event, kept until the callback succeeds."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.sql import claims
from django_github_app.sql.checkpoints import Checkpoint, save
from django_github_app.sql.claims import Claimed
from django_github_app.testing.deliver import store
from tests.support.claims import end, run_of

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def claimed(pk: int) -> Claimed:
    (one,) = claims.claim([pk], lease=60)
    return one


def checkpoint(one: Claimed, data: str, **options: Any) -> bool:
    values: dict[str, Any] = {"kind": "event", "handler": "app.handler", "position": 0, "attempts": 0}
    values |= {"started_at": timezone.now(), "data": data, **options}
    return save(Checkpoint(one.id, one.attempt, **values))


def test_the_next_claim_finds_the_last_one_and_no_attempt_was_used_up() -> None:
    pk = store("push").pk
    first = claimed(pk)
    assert checkpoint(first, '{"step":1}')
    assert checkpoint(first, '{"step":2}')
    run = HandlerRun.objects.get(event_id=pk)
    assert (run.status, run.attempts, run.checkpoint) == (RunStatus.STARTED, 0, '{"step":2}')
    assert run.checkpointed_at is not None
    claims.release([(pk, first.attempt)])
    earlier = claimed(pk).runs["app.handler", 0]
    assert (earlier.status, earlier.attempts, earlier.due_in) == (RunStatus.STARTED, 0, None)
    assert earlier.checkpoint == '{"step":2}'


def test_a_worker_that_lost_its_claim_stores_none() -> None:
    pk = store("push").pk
    zombie = claimed(pk)
    claims.release([(pk, zombie.attempt)])
    assert not checkpoint(zombie, "1")
    now = claimed(pk)
    assert not checkpoint(zombie, "1")
    assert checkpoint(now, "2")
    end(now)
    assert not checkpoint(now, "3")


def test_who_gets_on_has_lost_no_worker_so_far() -> None:
    pk = store("push").pk
    EventLog.objects.filter(pk=pk).update(lost_leases=2)
    checkpoint(claimed(pk), "1")
    assert EventLog.objects.get(pk=pk).lost_leases == 0


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        (RunStatus.RETRYING, "1"),
        (RunStatus.DEAD, "1"),
        (RunStatus.SUCCEEDED, None),
        (RunStatus.REJECTED, None),
    ],
)
def test_it_is_kept_for_whoever_may_go_on_from_it(status: RunStatus, kept: str | None) -> None:
    one = claimed(store("push").pk)
    checkpoint(one, "1")
    end(one, EventStatus.DEAD, runs=[])
    claims.finish([], [run_of(one.id, status)])
    assert HandlerRun.objects.get(event_id=one.id).checkpoint == kept


def test_one_that_is_over_keeps_what_stands_there() -> None:
    one = claimed(store("push").pk)
    claims.finish([], [run_of(one.id)])
    assert checkpoint(one, "1")
    run = HandlerRun.objects.get(event_id=one.id)
    assert (run.status, run.checkpoint) == (RunStatus.SUCCEEDED, None)


def test_a_replay_begins_anew_and_another_try_of_what_failed_goes_on() -> None:
    one = claimed(store("push").pk)
    checkpoint(one, "1")
    claims.finish([], [run_of(one.id, RunStatus.DEAD)])
    end(one, EventStatus.DEAD)
    claims.requeue([one.id])
    again = claimed(one.id)
    assert again.runs["app.handler", 0].checkpoint == "1"
    end(again, EventStatus.DEAD)
    claims.replay([one.id])
    assert claimed(one.id).runs == {}
