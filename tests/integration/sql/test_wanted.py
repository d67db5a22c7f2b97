"""What a woken worker takes: pending events of its type, in order, from an id on, up to a limit."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import waiting, wanted
from django_github_app.sql.lanes import NO_BOUNDS, LaneBounds
from tests.support.rows import new_lane, stored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def take(
    after: int = 0, limit: int = 100, worker_type: str = "sync", bounds: LaneBounds = NO_BOUNDS
) -> wanted.Taken:
    return wanted.take(worker_type, after=after, limit=limit, lease=60, bounds=bounds)


def ids(taken: wanted.Taken) -> list[int]:
    return [one.id for one in taken.claimed]


def test_what_is_pending_of_the_type_is_claimed_oldest_first_and_carries_what_processing_needs() -> None:
    first, second = stored("issues", number=7), stored("push")
    stored(worker_type="async")
    taken = take()
    assert ids(taken) == [first, second]
    assert (taken.claimed[0].event, taken.claimed[0].attempt, taken.claimed[0].action) == (
        "issues",
        1,
        "opened",
    )
    assert taken.claimed[0].body == EventLog.objects.get(pk=first).body
    assert (taken.more, taken.last) == (False, second)
    assert take() == wanted.Taken()


def test_a_limit_leaves_the_rest_and_says_so() -> None:
    made = [stored() for _ in range(5)]
    taken = take(limit=2)
    assert (ids(taken), taken.more, taken.last) == (made[:2], True, made[1])
    taken = take(after=made[1] + 1, limit=3)
    assert (ids(taken), taken.more) == (made[2:], True)
    assert ids(take()) == []


def test_a_look_begins_where_it_is_told_to() -> None:
    early, late = stored(), stored()
    assert ids(take(after=late)) == [late]
    assert ids(take()) == [early]


def test_of_a_lane_only_the_oldest_is_taken_and_a_long_lane_hides_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane = new_lane()
    made = [stored(lane=lane) for _ in range(10)]
    other = stored()
    taken = take(limit=1)
    assert (ids(taken), taken.more) == (made[:1], True)
    # The next nine are behind it: a look reads four times its limit, says that there is more, and the next goes on.
    taken = take(after=made[0] + 1, limit=2)
    assert (ids(taken), taken.more, taken.last) == ([], True, made[8])
    assert ids(take(after=made[8] + 1, limit=2)) == [other]


def test_an_event_that_took_a_worker_down_is_not_taken_with_others() -> None:
    lost, other = stored(), stored()
    EventLog.objects.filter(pk=lost).update(lost_leases=1)
    assert ids(take()) == [other]
    assert [one.id for one in moves.claim([lost], lease=60)] == [lost]


def test_hurried_events_and_due_retries_are_asked_for_apart_and_go_first() -> None:
    retry, plain, hurried = stored(), stored(), stored()
    (claimed,) = moves.claim([retry], lease=60)
    moves.finish([moves.EventOutcome(retry, claimed.attempt, EventStatus.RETRYING, 60.0)])
    wanted.hurry([hurried])
    assert ids(take()) == [plain]
    assert wanted.hurried("sync", limit=10) == [hurried]
    EventLog.objects.filter(pk=retry).update(next_attempt_at=timezone.now() - dt.timedelta(seconds=1))
    assert wanted.hurried("sync", limit=10) == [hurried, retry]
    assert wanted.hurried("async", limit=10) == []
    assert [one.id for one in moves.claim([hurried], lease=60)] == [hurried]
    assert EventLog.objects.get(pk=hurried).priority is None


def test_a_question_whether_there_is_anything_says_what_a_look_would_find() -> None:
    assert not wanted.is_anything("sync", after=0)
    pk = stored()
    assert wanted.is_anything("sync", after=0)
    assert not wanted.is_anything("sync", after=pk + 1)
    assert wanted.is_anything("sync", after=pk + 1, ids=[pk])
    wanted.hurry([pk])
    assert not wanted.is_anything("sync", after=0)
    assert wanted.is_anything("sync", after=0, ids=[pk])
    assert not wanted.is_anything("async", after=0)


def test_what_no_look_claims_is_found_by_its_id_however_long_it_has_been_waiting() -> None:
    hurried, retry, later, plain = stored(), stored(), stored(), stored()
    for pk, seconds in ((retry, -2.0 * wanted.LATELY), (later, 60.0)):
        (claimed,) = moves.claim([pk], lease=60)
        moves.finish([moves.EventOutcome(pk, claimed.attempt, EventStatus.RETRYING, seconds)])
    EventLog.objects.filter(pk=hurried).update(priority=1)
    assert wanted.hurried("sync", limit=10) == []
    assert wanted.passed_over([hurried, retry, later, plain]) == [hurried, retry]
    assert wanted.is_anything("sync", after=plain + 1, ids=[retry])
    assert not wanted.is_anything("sync", after=plain + 1, ids=[later])
    waiting.mark_published([hurried, retry])
    assert wanted.hurried("sync", limit=10) == [hurried]


def test_the_last_of_some_ids_is_one_that_an_event_has() -> None:
    first, second = stored(), stored()
    assert wanted.latest([second, first, second + 1000]) == second
    assert wanted.latest([second + 1000]) is None


class TestBounds:
    """What a process knows of a busy lane keeps it from reading what is finished, and changes no answer."""

    def test_what_runs_and_what_waits_within_the_bounds_holds(self) -> None:
        lane = new_lane()
        first, second, third = (stored(lane=lane) for _ in range(3))
        (claimed,) = moves.claim([first], lease=60)
        bounds = LaneBounds({lane: first}, {lane: claimed.window - 1})
        assert moves.claim([second], lease=60, bounds=bounds) == []
        moves.finish([moves.EventOutcome(first, claimed.attempt, EventStatus.DONE)])
        assert moves.claim([third], lease=60, bounds=bounds) == []
        assert moves.next_in_lanes([lane], bounds) == [(second, "sync", lane)]
        assert ids(take(bounds=bounds)) == [second]

    def test_other_lanes_are_read_from_their_beginning(self) -> None:
        lane = new_lane()
        first, second = (stored(lane=lane) for _ in range(2))
        bounds = LaneBounds({lane + 1: second + 1}, {lane + 1: 2**30})
        assert moves.claim([second], lease=60, bounds=bounds) == []
        assert moves.next_in_lanes([lane], bounds) == [(first, "sync", lane)]

    @pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite keeps no versions, and has no bounds"
    )
    def test_below_the_bound_nothing_is_read(self) -> None:
        lane = new_lane()
        stored(lane=lane)
        second = stored(lane=lane)
        assert ids(take(after=second, bounds=LaneBounds({lane: second}))) == [second]


class TestGuard:
    """Two claims of one moment that do not see each other: the database refuses the second."""

    @pytest.mark.parametrize("apart", [0, 1])
    def test_events_of_a_lane_claimed_in_neighbouring_windows_conflict(self, apart: int) -> None:
        from django.db import IntegrityError, transaction

        for window in (1000, 1001):
            lane = new_lane()
            first, second = stored(lane=lane), stored(lane=lane)
            running = {"status": EventStatus.PROCESSING}
            EventLog.objects.filter(pk=first).update(claimed_in=window, **running)
            with pytest.raises(IntegrityError), transaction.atomic():
                EventLog.objects.filter(pk=second).update(claimed_in=window + apart, **running)

    def test_the_window_is_noted_while_an_event_runs_and_only_then(self) -> None:
        done, released = stored(), stored()
        first, second = moves.claim([done, released], lease=60)
        assert EventLog.objects.get(pk=done).claimed_in == first.window > 0
        moves.finish([moves.EventOutcome(done, first.attempt, EventStatus.DONE)])
        moves.release([(released, second.attempt)])
        assert set(EventLog.objects.values_list("claimed_in", flat=True)) == {None}
