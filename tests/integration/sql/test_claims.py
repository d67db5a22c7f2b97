"""Claims, outcomes, leases and lanes, against the real database."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql.claims import EventOutcome
from tests.support.claims import claim_ids, end, run_of, status
from tests.support.rows import new_lane, stored

pytestmark = pytest.mark.django_db


def test_a_claimed_event_carries_what_processing_needs() -> None:
    pk = stored("issues", number=7, worker_type="async", lane=42)
    (claimed,) = moves.claim([pk], lease=60)
    row = EventLog.objects.get(pk=pk)
    assert (claimed.id, claimed.attempt, claimed.event, claimed.action) == (pk, 1, "issues", "opened")
    assert claimed.body == row.body
    assert (claimed.delivery, claimed.installation_id) == (row.delivery, row.installation_id)
    assert (claimed.lane, claimed.worker_type, claimed.form_encoded) == (42, "async", False)
    assert row.status == EventStatus.PROCESSING
    assert row.lease_expires_at is not None
    assert dt.timedelta(seconds=50) < row.lease_expires_at - timezone.now() < dt.timedelta(seconds=70)


def test_a_second_claim_finds_nothing() -> None:
    pk = stored()
    assert claim_ids(pk) == [pk]
    assert claim_ids(pk) == []


def test_events_are_claimed_oldest_first() -> None:
    ids = [stored() for _ in range(5)]
    assert claim_ids(*reversed(ids)) == ids


@pytest.mark.parametrize("final", [EventStatus.DONE, EventStatus.IGNORED, EventStatus.DEAD])
def test_a_finished_event_is_not_claimed(final: EventStatus) -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=60)
    assert end(claimed, final) == {pk}
    row = EventLog.objects.get(pk=pk)
    assert row.status == final
    assert row.finished_at is not None
    assert row.lease_expires_at is None
    assert claim_ids(pk) == []


def test_a_retrying_event_is_claimed_when_it_is_due_and_not_before() -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=60)
    end(claimed, EventStatus.RETRYING, retry_in=30.0)
    assert status(pk) == EventStatus.RETRYING
    assert claim_ids(pk) == []
    EventLog.objects.filter(pk=pk).update(next_attempt_at=timezone.now() - dt.timedelta(seconds=1))
    (again,) = moves.claim([pk], lease=60)
    assert again.attempt == 2


def test_an_event_that_takes_every_worker_down_is_dead_after_the_limit() -> None:
    pk = stored()
    for lost in (1, 2, 3):
        assert claim_ids(pk) == [pk]
        EventLog.objects.filter(pk=pk).update(lease_expires_at=timezone.now() - dt.timedelta(seconds=1))
        expected = EventStatus.DEAD if lost == 3 else EventStatus.PENDING
        assert moves.take_back(limit=10, max_lost=3) == [(pk, "sync", expected)]
    assert EventLog.objects.get(pk=pk).finished_at is not None


def test_a_lease_that_is_renewed_is_not_taken_back() -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=0.001)
    assert moves.renew([(pk, claimed.attempt)], lease=60) == 1
    assert moves.take_back(limit=10, max_lost=3) == []
    assert moves.renew([(pk, claimed.attempt + 1)], lease=60) == 0


def test_released_events_are_pending_again_and_only_the_owner_can_release_them() -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=60)
    assert moves.release([(pk, claimed.attempt + 1)]) == []
    assert moves.release([(pk, claimed.attempt)]) == [pk]
    assert status(pk) == EventStatus.PENDING


class TestLanes:
    def test_only_the_oldest_event_of_a_lane_is_claimed(self) -> None:
        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        assert claim_ids(second) == []
        assert claim_ids(first, second) == [first]
        assert claim_ids(second) == []

    def test_the_next_event_may_run_when_the_one_before_is_finished(self) -> None:
        lane = new_lane()
        first, second = stored(lane=lane, worker_type="async"), stored(lane=lane)
        (claimed,) = moves.claim([first], lease=60)
        assert moves.next_in_lanes([lane]) == [(second, "sync", lane)]
        end(claimed)
        assert moves.next_in_lanes([lane]) == [(second, "sync", lane)]
        assert claim_ids(second) == [second]
        assert moves.next_in_lanes([lane]) == []

    @pytest.mark.parametrize("outcome", [EventStatus.RETRYING, EventStatus.DEAD])
    def test_an_event_that_failed_does_not_hold_its_lane(self, outcome: EventStatus) -> None:
        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        (claimed,) = moves.claim([first], lease=60)
        end(claimed, outcome, retry_in=60.0 if outcome == EventStatus.RETRYING else None)
        assert claim_ids(second) == [second]

    def test_a_due_retry_waits_while_a_later_event_of_its_lane_runs(self) -> None:
        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        (claimed,) = moves.claim([first], lease=60)
        end(claimed, EventStatus.RETRYING, retry_in=0.0)
        (running,) = moves.claim([second], lease=60)
        assert claim_ids(first) == []
        end(running)
        assert claim_ids(first) == [first]

    def test_a_due_retry_and_a_new_event_in_one_batch_run_one_after_the_other(self) -> None:
        lane = new_lane()
        first = stored(lane=lane)
        (claimed,) = moves.claim([first], lease=60)
        end(claimed, EventStatus.RETRYING, retry_in=0.0)
        second = stored(lane=lane)
        assert claim_ids(first, second) == [first]

    def test_lanes_do_not_hold_each_other(self) -> None:
        ids = [stored(lane=new_lane()) for _ in range(3)]
        assert claim_ids(*ids) == ids

    def test_events_without_a_lane_run_side_by_side(self) -> None:
        ids = [stored() for _ in range(3)]
        assert claim_ids(*ids) == ids

    @pytest.mark.parametrize("name", ["issues", "issues.opened"])
    def test_an_event_whose_handlers_opted_out_neither_waits_nor_holds(self, name: str) -> None:
        lane = new_lane()
        first, opted_out, third = stored(lane=lane), stored(lane=lane), stored("issue_comment", lane=lane)
        EventLog.objects.filter(pk=first).update(event="issue_comment")
        assert claim_ids(first) == [first]
        assert claim_ids(opted_out, unordered=[name]) == [opted_out]
        assert claim_ids(third, unordered=[name]) == []
        EventLog.objects.filter(pk=first).update(status=EventStatus.DONE)
        assert claim_ids(third, unordered=[name]) == [third]

    def test_the_database_refuses_a_second_running_event_of_a_lane(self) -> None:
        from django.db import IntegrityError, transaction

        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        EventLog.objects.filter(pk=first).update(status=EventStatus.PROCESSING)
        with pytest.raises(IntegrityError), transaction.atomic():
            EventLog.objects.filter(pk=second).update(status=EventStatus.PROCESSING)


class TestAgain:
    def dead(self) -> int:
        pk = stored()
        (claimed,) = moves.claim([pk], lease=60)
        runs = [run_of(pk, handler="app.good"), run_of(pk, RunStatus.DEAD, handler="app.bad", attempts=5)]
        moves.finish([EventOutcome(pk, claimed.attempt, EventStatus.DEAD)], runs)
        return pk

    def test_a_requeued_event_runs_only_what_failed(self) -> None:
        pk = self.dead()
        assert moves.requeue([pk]) == [(pk, "sync")]
        (claimed,) = moves.claim([pk], lease=60)
        assert claimed.runs["app.good", 0].status == RunStatus.SUCCEEDED
        assert (claimed.runs["app.bad", 0].status, claimed.runs["app.bad", 0].attempts) == (
            RunStatus.RETRYING,
            0,
        )

    def test_a_replayed_event_runs_everything(self) -> None:
        pk = self.dead()
        assert moves.replay([pk]) == [(pk, "sync")]
        (claimed,) = moves.claim([pk], lease=60)
        assert claimed.runs == {}

    def test_an_event_that_is_done_is_replayed_but_not_requeued(self) -> None:
        pk = stored()
        (claimed,) = moves.claim([pk], lease=60)
        end(claimed)
        assert moves.requeue([pk]) == []
        assert moves.replay([pk]) == [(pk, "sync")]

    def test_a_running_event_is_neither(self) -> None:
        pk = stored()
        claim_ids(pk)
        assert moves.requeue([pk]) == []
        assert moves.replay([pk]) == []


def in_threads(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work`` in threads that start together, each with its own connection; return what they return."""
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count

    def go(i: int) -> None:
        barrier.wait(10)
        try:
            results[i] = work(i)
        except Exception as error:
            results[i] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    "sqlite" in str(connection.vendor), reason="SQLite has one writer and no concurrent claims"
)
class TestConcurrency:
    def test_each_event_is_claimed_by_one_of_many_workers(self) -> None:
        ids = [stored() for _ in range(40)]
        claims = in_threads(6, lambda i: claim_ids(*ids))
        assert sorted(pk for claimed in claims for pk in claimed) == ids

    def test_a_lane_never_runs_two_events_however_many_workers_claim(self) -> None:
        lane = new_lane()
        ids = [stored(lane=lane) for _ in range(8)]
        for pk in ids[:4]:
            EventLog.objects.filter(pk=pk).update(status=EventStatus.RETRYING, next_attempt_at=timezone.now())
        claims = in_threads(8, lambda i: claim_ids(ids[i]))
        assert sum(len(claimed) for claimed in claims) == 1
        assert EventLog.objects.filter(status=EventStatus.PROCESSING).count() == 1
