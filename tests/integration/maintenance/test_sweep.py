"""The sweep between worker types of which one has no workers, and lanes that both share."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from django_github_app.broker import publisher
from django_github_app.celery import app as celery_app
from django_github_app.execution import batches
from django_github_app.maintenance import publishing, sweep
from django_github_app.maintenance.pacing import Pacing
from django_github_app.models import EventLog, EventStatus, RunStatus, WorkerTypeProgress
from django_github_app.sql import claims as moves
from django_github_app.sql import waiting
from tests.support import queues
from tests.support.rows import new_lane, stored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

HOUR = dt.timedelta(hours=1)


class Broker:
    """What the sweep published, and how many messages each queue is said to hold."""

    def __init__(self) -> None:
        self.published: list[tuple[str, int]] = []
        self.queued: dict[str, int | None] = {}
        self.missing: set[str] = set()
        self.marked = True
        """Whether each event was marked as published before its message was sent."""

    def publish(self, wanted: Iterable[tuple[str, int]], most: int | None = None) -> None:
        events = list(wanted)
        unmarked = EventLog.objects.filter(pk__in=[pk for _, pk in events], published_at=None)
        self.marked = self.marked and not unmarked.exists()
        if any(worker_type in self.missing for worker_type, _ in events):
            raise ConnectionError
        self.published += events

    def take(self) -> list[tuple[str, int]]:
        taken, self.published = self.published, []
        return taken


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    one = Broker()
    monkeypatch.setattr(sweep, "publish", one.publish)
    monkeypatch.setattr(publishing, "publish", one.publish)
    monkeypatch.setattr(sweep, "publish_singly", one.publish)
    monkeypatch.setattr(sweep, "messages_waiting", lambda worker_type: one.queued.get(worker_type, 0))
    monkeypatch.setattr(sweep, "_read_up_to", {})
    monkeypatch.setattr(sweep, "_pacing", Pacing(clock=lambda: 0.0))  # on a busy machine no look is cheap
    monkeypatch.setattr(sweep, "_read_retries_up_to", {})
    return one


def passes(interval: dt.timedelta) -> None:
    """Let time pass for every event: all that is noted of it lies that much further back."""
    for row in EventLog.objects.all():
        for name in ("received_at", "published_at", "next_attempt_at"):
            if getattr(row, name) is not None:
                setattr(row, name, getattr(row, name) - interval)
        row.save()


def backlog(count: int, worker_type: str) -> None:
    EventLog.objects.bulk_create(
        EventLog(
            event="push",
            status=EventStatus.PENDING,
            worker_type=worker_type,
            received_at=timezone.now() - HOUR,
        )
        for _ in range(count)
    )


def retrying(worker_type: str = "sync") -> int:
    pk = stored(worker_type=worker_type)
    (claimed,) = moves.claim([pk], lease=60)
    moves.finish([moves.EventOutcome(pk, claimed.attempt, EventStatus.RETRYING, 0.0)])
    return pk


class TestFairness:
    def test_a_backlog_of_a_type_without_workers_does_not_keep_the_other_types_retries(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweep, "MOST_PER_SWEEP", 20)
        backlog(50, "async")
        due = retrying("sync")
        sweep.sweep()
        assert ("sync", due) in broker.published
        assert sum(worker_type == "async" for worker_type, _ in broker.published) == 20

    def test_retries_come_before_new_events(self, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sweep, "MOST_PER_SWEEP", 5)
        backlog(10, "sync")
        due = retrying("sync")
        sweep.sweep()
        assert broker.published[0] == ("sync", due)
        assert len(broker.published) == 5

    def test_what_took_a_worker_down_is_published_alone(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone = Broker()
        monkeypatch.setattr(sweep, "publish_singly", alone.publish)
        backlog(3, "sync")
        first, *others = EventLog.objects.order_by("pk").values_list("pk", flat=True)
        EventLog.objects.filter(pk=first).update(lost_leases=1)
        sweep.sweep()
        assert alone.published == [("sync", first)]
        assert broker.published == [("sync", pk) for pk in others]

    def test_while_looks_are_dear_retries_and_expired_leases_are_found_all_the_same(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sweep.sweep()
        backlog(1, "sync")
        due, running = retrying("sync"), stored(worker_type="sync")
        moves.claim([running], lease=-1)
        monkeypatch.setattr(sweep._pacing, "is_due", lambda name: False)
        monkeypatch.setattr(sweep, "_worker_types", ["sync"])
        sweep.sweep()
        assert broker.published == [("sync", running), ("sync", due)]

    def test_a_queue_that_cannot_be_published_to_does_not_stop_the_other(self, broker: Broker) -> None:
        backlog(1, "async")
        backlog(1, "sync")
        broker.missing = {"async"}
        with pytest.raises(ConnectionError):
            sweep.sweep()
        assert [worker_type for worker_type, _ in broker.published] == ["sync"]
        broker.missing, broker.published = set(), []
        sweep.sweep()
        assert [worker_type for worker_type, _ in broker.published] == [
            "async"
        ]  # it does not count as published

    def test_events_are_marked_before_a_message_wakes_somebody_who_would_pass_over_what_is_locked(
        self, broker: Broker
    ) -> None:
        backlog(2, "sync")
        retrying("sync")
        moves.claim([stored(worker_type="sync")], lease=-1)
        sweep.sweep()
        assert (len(broker.published), broker.marked) == (4, True)

    def test_a_backlog_is_read_to_its_end_a_part_each_time(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(waiting, "MOST_READ", 4)
        backlog(10, "async")
        for _ in range(3):
            sweep.sweep()
        assert len(set(broker.published)) == 10
        assert len(broker.published) == 10

    def test_retries_are_read_a_part_each_time_too(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While GitHub is away for hours every event becomes one, and when nobody works, all are due."""
        monkeypatch.setattr(waiting, "MOST_RETRIES_READ", 4)
        due = [retrying() for _ in range(10)]
        sweep.sweep()
        assert [pk for _, pk in broker.published] == due[:4]
        sweep.sweep()
        sweep.sweep()
        assert [pk for _, pk in broker.published] == due
        again = retrying()
        for _ in range(3):
            sweep.sweep()
        assert broker.published[-1] == ("sync", again)

    def test_retries_that_are_all_due_at_one_moment_are_read_on_as_well(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As those are that wait for the end of a rate limit."""
        monkeypatch.setattr(waiting, "MOST_RETRIES_READ", 4)
        due = [retrying() for _ in range(10)]
        moment = EventLog.objects.values_list("next_attempt_at", flat=True).first()
        EventLog.objects.update(next_attempt_at=moment)
        for _ in range(3):
            sweep.sweep()
        assert [pk for _, pk in broker.published] == due

    def test_retries_for_which_there_was_no_room_come_next(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(waiting, "MOST_RETRIES_READ", 4)
        monkeypatch.setattr(sweep, "MOST_PER_SWEEP", 3)
        due = [retrying() for _ in range(6)]
        for _ in range(4):
            sweep.sweep()
        assert [pk for _, pk in broker.published] == due

    def test_every_worker_type_that_events_wait_for_is_found(self) -> None:
        backlog(2, "async")
        backlog(2, "another")
        retrying("sync")
        assert waiting.waiting_types() == ["another", "async", "sync"]


class TestBackoff:
    def test_behind_messages_that_nobody_takes_events_come_again_ever_later(self, broker: Broker) -> None:
        stored()
        broker.queued = {"sync": 1}
        passes(dt.timedelta(seconds=31))
        published = []
        for second in range(0, 3600, 10):
            sweep.sweep()
            if broker.take():
                published.append(second)
            passes(dt.timedelta(seconds=10))
        gaps = [later - earlier for earlier, later in itertools.pairwise(published)]
        # The test's own seconds pass too: one sweep of ten seconds more or less.
        assert all(later >= earlier - 10 for earlier, later in itertools.pairwise(gaps))
        assert gaps[0] < 60
        assert 600 <= gaps[-1] <= 910
        assert len(published) < 10

    def test_when_the_queue_is_empty_its_messages_are_lost_and_each_grace_brings_them_again(
        self, broker: Broker
    ) -> None:
        stored()
        passes(HOUR)
        for _ in range(3):
            sweep.sweep()
            assert len(broker.take()) == 1
            sweep.sweep()
            assert broker.take() == []
            passes(dt.timedelta(seconds=31))

    def test_a_full_queue_gets_nothing_more(self, broker: Broker, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "BATCH_SIZE": 10}
        backlog(30, "sync")
        broker.queued = {"sync": sweep.MOST_QUEUED}
        sweep.sweep()
        assert broker.take() == []
        broker.queued = {"sync": sweep.MOST_QUEUED - 2}
        sweep.sweep()
        assert len(broker.take()) == 20
        broker.queued = {"sync": 0}
        sweep.sweep()
        assert len(broker.take()) == 10

    def test_a_due_retry_that_nobody_takes_comes_later_each_time_too(self, broker: Broker) -> None:
        retrying()
        broker.queued = {"sync": 1}
        passes(HOUR)
        sweep.sweep()
        assert len(broker.take()) == 1
        passes(dt.timedelta(seconds=31))
        sweep.sweep()
        assert broker.take() == []
        passes(dt.timedelta(seconds=900))
        sweep.sweep()
        assert len(broker.take()) == 1


@pytest.fixture
def own_queues(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": f"test-{uuid.uuid4()}"}
    monkeypatch.setattr(publisher, "get_current_app", lambda: celery_app)
    yield
    queues.delete()


@pytest.mark.usefixtures("own_queues")
class TestMessagesWaiting:
    def test_a_queue_that_is_empty_or_was_never_declared_holds_none(self) -> None:
        assert publisher.messages_waiting("sync") == 0

    def test_messages_are_counted_and_not_the_events_in_them(self) -> None:
        publisher.publish([("sync", n) for n in range(1, 8)], most=3)
        deadline = time.monotonic() + 10
        while publisher.messages_waiting("sync") != 3:  # RabbitMQ counts a moment after it has taken them
            assert time.monotonic() < deadline, publisher.messages_waiting("sync")
            time.sleep(0.05)
        assert publisher.messages_waiting("async") == 0

    def test_a_broker_that_is_away_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def away(app: Any) -> Any:
            raise ConnectionError

        monkeypatch.setattr(publisher, "_producer", away)
        assert publisher.messages_waiting("sync") is None


def sees(worker_type: str, seconds_ago: float) -> None:
    """Say that the sweep, which has just looked, last saw this type move so long ago."""
    waiting.note_progress(waiting.waiting_types())
    moved = timezone.now() - dt.timedelta(seconds=seconds_ago)
    assert WorkerTypeProgress.objects.filter(worker_type=worker_type).update(moved_at=moved) == 1


def claimed(*ids: int) -> list[int]:
    return [one.id for one in moves.claim(ids, lease=60)]


class TestLanesOfTwoTypes:
    """A lane's older event belongs to a worker type that nobody runs."""

    def test_while_its_type_may_have_workers_an_older_event_holds_the_lane(self) -> None:
        lane = new_lane()
        stored(lane=lane, worker_type="async")
        second = stored(lane=lane, worker_type="sync")
        sees("async", 590)
        assert claimed(second) == []

    def test_a_type_that_nobody_runs_holds_it_no_longer(self, broker: Broker) -> None:
        lane = new_lane()
        first = stored(lane=lane, worker_type="async")
        second, third = (stored(lane=lane, worker_type="sync") for _ in range(2))
        passes(HOUR)
        sees("async", 610)
        sweep.sweep()
        assert ("sync", second) in broker.published
        assert claimed(third) == []
        assert claimed(second) == [second]
        assert claimed(first) == []
        EventLog.objects.filter(pk=second).update(status=EventStatus.DONE)
        assert moves.next_in_lanes([lane]) == [(third, "sync", lane)]

    def test_the_patience_is_a_setting(self, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "LANE_PATIENCE": 5.0}
        lane = new_lane()
        stored(lane=lane, worker_type="async")
        second = stored(lane=lane, worker_type="sync")
        sees("async", 6)
        assert claimed(second) == [second]

    def test_events_of_the_same_type_are_held_all_the_same(self) -> None:
        lane = new_lane()
        stored(lane=lane, worker_type="async")
        second = stored(lane=lane, worker_type="async")
        sees("async", 610)
        assert claimed(second) == []

    def test_a_lane_that_only_the_silent_type_has_goes_on_with_it(self) -> None:
        lane = new_lane()
        first = stored(lane=lane, worker_type="async")
        sees("async", 610)
        assert moves.next_in_lanes([lane]) == [(first, "async", lane)]

    @pytest.mark.parametrize("sign", ["runs one", "took the oldest", "sweep was away"])
    def test_any_sign_of_its_workers_makes_it_hold_again(self, sign: str) -> None:
        lane = new_lane()
        oldest, running = stored(worker_type="async"), stored(worker_type="async")
        stored(lane=lane, worker_type="async")
        second = stored(lane=lane, worker_type="sync")
        sees("async", 610)
        if sign == "runs one":
            assert claimed(running) == [running]
        elif sign == "took the oldest":
            EventLog.objects.filter(pk=oldest).update(status=EventStatus.DONE)
        else:
            WorkerTypeProgress.objects.update(seen_at=timezone.now() - dt.timedelta(seconds=90))
            assert claimed(second) == []  # what was seen so long ago does not count
        waiting.note_progress(waiting.waiting_types())
        assert claimed(second) == []

    def test_looking_again_and_again_while_nothing_moves_changes_nothing(self) -> None:
        lane = new_lane()
        stored(lane=lane, worker_type="async")
        second = stored(lane=lane, worker_type="sync")
        sees("async", 610)
        for _ in range(3):
            waiting.note_progress(waiting.waiting_types())
        assert claimed(second) == [second]

    def test_a_type_whose_events_only_wait_for_their_lane_is_not_blamed(self) -> None:
        lane = new_lane()
        first = stored(lane=lane, worker_type="sync")
        stored(lane=lane, worker_type="async")
        assert claimed(first) == [first]
        waiting.note_progress(waiting.waiting_types())
        assert not WorkerTypeProgress.objects.exists()

    def test_nothing_is_kept_of_a_type_that_nothing_waits_for(self) -> None:
        pk = stored(worker_type="async")
        sees("async", 610)
        EventLog.objects.filter(pk=pk).update(status=EventStatus.DONE)
        waiting.note_progress(waiting.waiting_types())
        assert not WorkerTypeProgress.objects.exists()


def test_an_event_whose_workers_were_lost_says_so_in_its_ledger_and_runs_again_when_it_is_asked_to(
    broker: Broker, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_LOST_LEASES": 2}
    pk = stored()
    for _ in range(2):
        assert moves.claim([pk], lease=60)
        EventLog.objects.filter(pk=pk).update(lease_expires_at=timezone.now() - HOUR)
        sweep.sweep()
    row = EventLog.objects.get(pk=pk)
    assert row.status == EventStatus.DEAD
    (run,) = row.runs.all()
    assert (run.handler, run.status, run.attempts) == (sweep.LOST, RunStatus.DEAD, 2)
    assert (run.error or "").startswith("WorkerLost: 2 workers")
    assert publishing.replay([pk], failed_only=True) == [pk]
    batches.process([pk], "sync")
    row.refresh_from_db()
    assert row.status in (EventStatus.DONE, EventStatus.IGNORED)
    assert [one.status for one in row.runs.all()] == [RunStatus.SUCCEEDED]
