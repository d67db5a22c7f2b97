"""What several tasks ask of the database at the same moment is done for all of them together."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from django.db import DataError, connection
from django.utils import timezone

from django_github_app.execution import frontier
from django_github_app.execution import recorder as room
from django_github_app.execution.inline_recorder import InlineRecorder
from django_github_app.execution.recorder import Claim, Record, Recorded, Release, Take
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import wanted
from django_github_app.sql.claims import Claimed, EventOutcome, RunOutcome
from django_github_app.sql.lanes import NO_BOUNDS, LaneBounds
from tests.support.rows import new_lane, stored

pytestmark = pytest.mark.django_db


def flush(*operations: Any) -> list[Recorded]:
    results = InlineRecorder()._flush(operations)
    assert all(isinstance(result, Recorded) for result in results), results
    return results  # type: ignore[return-value]  # just asserted


def ids(result: Recorded) -> list[int]:
    return [claimed.id for claimed in result.claimed]


def run_of(pk: int, **options: Any) -> RunOutcome:
    return RunOutcome(pk, "event", "app.handler", 0, RunStatus.SUCCEEDED, 1, timezone.now(), 1.5, **options)


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The ids of each claim that is made."""
    made: list[list[int]] = []
    real = moves.claim

    def counting(
        pks: Sequence[int], *, lease: float, unordered: Collection[str] = (), bounds: LaneBounds = NO_BOUNDS
    ) -> list[Claimed]:
        made.append(list(pks))
        if any(pk < 0 for pk in pks):
            raise DataError("as a database that refuses a value")
        return real(pks, lease=lease, unordered=unordered, bounds=bounds)

    monkeypatch.setattr(moves, "claim", counting)
    return made


def test_tasks_that_come_together_claim_together_and_each_gets_its_own(claims: list[list[int]]) -> None:
    a, b, c, d = (stored() for _ in range(4))
    first, second, third = flush(Claim([a, c]), Claim([d, b]), Claim([]))
    assert (ids(first), ids(second), ids(third)) == ([a, c], [b, d], [])
    assert claims == [[a, c, d, b]]


def test_an_event_in_two_messages_goes_to_one_task(claims: list[list[int]]) -> None:
    a, b, c = (stored() for _ in range(3))
    first, second = flush(Claim([a, b]), Claim([b, c]))
    assert (ids(first), ids(second)) == ([a, b], [c])


def test_tasks_with_other_rules_for_lanes_claim_apart(claims: list[list[int]]) -> None:
    held, behind = stored("issues", lane=7), stored("issues", lane=7)
    flush(Claim([held]))
    ordered, free = flush(Claim([behind]), Claim([behind], ["issues"]))
    assert sorted([ids(ordered), ids(free)]) == [[], [behind]]
    assert claims[1:] == [[behind], [behind]]


def test_a_message_that_cannot_be_claimed_does_not_cost_the_others_theirs(claims: list[list[int]]) -> None:
    a, b = stored(), stored()
    first, broken, last = InlineRecorder()._flush([Claim([a]), Claim([-1]), Claim([b])])
    assert isinstance(first, Recorded)
    assert isinstance(last, Recorded)
    assert isinstance(broken, DataError)
    assert (ids(first), ids(last)) == ([a], [b])


def test_outcomes_claims_and_releases_of_one_moment_do_not_get_mixed_up() -> None:
    done, given_back, new = (stored() for _ in range(3))
    mine = {c.id: c for (c,) in (r.claimed for r in flush(Claim([done]), Claim([given_back])))}
    finished, claimed, released = flush(
        Record([run_of(done)], EventOutcome(done, mine[done].attempt, EventStatus.DONE)),
        Claim([new]),
        Release([(given_back, mine[given_back].attempt)]),
    )
    assert (finished.claimed, ids(claimed), released.released) == ([], [new], [given_back])
    states = dict(EventLog.objects.values_list("id", "status"))
    assert states == {
        done: EventStatus.DONE,
        given_back: EventStatus.PENDING,
        new: EventStatus.PROCESSING,
    }
    assert HandlerRun.objects.get().event_id == done


def test_an_event_ends_only_with_its_callbacks_in_the_ledger() -> None:
    pk = stored()
    (claimed,) = moves.claim([pk], lease=60)
    outcome = EventOutcome(pk, claimed.attempt, EventStatus.DONE)
    (refused,) = InlineRecorder()._flush([Record([run_of(pk, command="x" * 300)], outcome)])
    if EventLog.objects.get(pk=pk).status == EventStatus.DONE:  # SQLite stores texts of any length
        assert HandlerRun.objects.get().command == "x" * 300
    else:
        assert isinstance(refused, DataError)
        assert not HandlerRun.objects.exists()
        assert EventLog.objects.get(pk=pk).status == EventStatus.PROCESSING
    assert moves.finish([outcome], [run_of(pk)]) <= {pk}
    assert EventLog.objects.get(pk=pk).status == EventStatus.DONE


def test_what_is_dropped_goes_in_the_same_transaction_as_what_is_kept() -> None:
    kept, dropped = stored(), stored()
    mine = {c.id: c for c in moves.claim([kept, dropped], lease=60)}
    moved = moves.finish(
        [
            EventOutcome(kept, mine[kept].attempt, EventStatus.DONE),
            EventOutcome(dropped, mine[dropped].attempt, EventStatus.IGNORED, drop=True),
        ],
        [run_of(kept)],
    )
    assert moved == {kept, dropped}
    assert list(EventLog.objects.values_list("id", "status")) == [(kept, EventStatus.DONE)]
    assert HandlerRun.objects.get().event_id == kept


def test_tasks_that_are_woken_together_look_once_and_each_gets_its_share() -> None:
    made = [stored() for _ in range(5)]
    other = stored(worker_type="async")
    first, second, third, fourth = flush(
        Take("sync", limit=2), Take("sync", limit=2), Take("async"), Take("sync", limit=10)
    )
    assert (ids(first), ids(second), ids(third), ids(fourth)) == (made[:2], made[2:4], [other], made[4:])
    assert not any(result.more for result in (first, second, third, fourth))


def test_a_look_that_finds_more_than_there_is_room_for_says_so() -> None:
    made = [stored() for _ in range(3)]
    (result,) = flush(Take("sync", limit=2))
    assert (ids(result), result.more) == (made[:2], True)


def test_what_a_look_passes_over_is_claimed_by_its_id() -> None:
    early, late = stored(), stored()
    recorder = InlineRecorder()
    recorder._frontier.looked("sync", early)
    recorder._frontier._types["sync"].value = late
    (result,) = recorder._flush([Take("sync", [early])])
    assert isinstance(result, Recorded)
    assert ids(result) == [early, late]


def test_what_is_hurried_or_due_again_is_claimed_by_a_message_that_names_it() -> None:
    hurried, retry, plain = stored(), stored(), stored()
    (claimed,) = moves.claim([retry], lease=60)
    moves.finish([EventOutcome(retry, claimed.attempt, EventStatus.RETRYING, -120.0)])
    wanted.hurry([hurried])
    recorder = InlineRecorder()
    assert ids(recorder.submit(Take("sync", [plain]))) == [plain]
    assert ids(recorder.submit(Take("sync", [hurried, retry]))) == [hurried, retry]


def test_what_is_hurried_goes_before_a_backlog_although_its_message_is_far_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [stored() for _ in range(5)]
    hurried = stored()
    wanted.hurry([hurried])
    recorder = InlineRecorder()
    assert ids(recorder.submit(Take("sync", limit=1))) == made[:1]
    assert ids(recorder.submit(Take("sync", limit=2))) == [hurried, made[1]]
    late = stored()
    wanted.hurry([late])
    assert ids(recorder.submit(Take("sync", limit=1))) == [made[2]]  # it was asked a moment ago
    monkeypatch.setattr(room, "HURRIED_EACH", 0.0)
    assert ids(recorder.submit(Take("sync", limit=1))) == [late]


def test_a_claim_that_took_too_long_for_the_lanes_guard_is_given_back_and_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "WINDOW", -1)
    pk = stored()
    (result,) = flush(Take("sync", limit=1))
    assert (ids(result), result.ready) == ([], [("sync", pk)])
    assert EventLog.objects.get(pk=pk).status == EventStatus.PENDING


def test_after_claims_that_took_too_long_fewer_are_made_and_what_was_learnt_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the next look reads the same again, takes as long, and goes back too."""
    recorder = InlineRecorder()
    lanes = [new_lane() for _ in range(8)]
    made = [stored(lane=lane) for lane in lanes]
    with monkeypatch.context() as patch:
        patch.setattr(room, "WINDOW", -1)
        patch.setattr(frontier, "DEAR", 0.0)
        recorder.submit(Take("sync", limit=8))
    assert recorder._frontier.bounds().windows.keys() == set(lanes)
    limits: list[int] = []
    monkeypatch.setattr(wanted, "take", counting_limits(limits))
    assert [one.id for one in recorder.submit(Take("sync", made, limit=8)).claimed] == made
    assert limits[0] == 2


def counting_limits(limits: list[int]) -> Any:
    real = wanted.take

    def take(worker_type: str, *, limit: int, **options: Any) -> wanted.Taken:
        limits.append(limit)
        return real(worker_type, limit=limit, **options)

    return take


def test_what_others_took_is_not_read_past_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pk = stored()
    moves.claim([pk], lease=60)
    recorder = InlineRecorder()
    recorder.submit(Take("sync", [pk, pk + 10**6]))
    monkeypatch.setattr(frontier, "LATE", 0.0)
    recorder.submit(Take("sync", [pk]))
    assert recorder._frontier.first("sync") == pk + 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer, and locks no rows")
class TestRaces:
    """What another connection does at the same moment: its rows are committed, and removed afterwards."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def other(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(**connection.get_connection_params()) as one:
            yield one
            one.rollback()

    def test_the_next_of_a_lane_that_somebody_else_has_locked_is_told_of_and_needs_no_sweep(
        self, other: psycopg.Connection[Any]
    ) -> None:
        lane = new_lane()
        first, second = stored(lane=lane), stored(lane=lane)
        recorder = InlineRecorder()
        (claimed,) = recorder.submit(Take("sync", limit=1)).claimed
        other.execute("SELECT 1 FROM django_github_app_eventlog WHERE id = %s FOR UPDATE", [second])
        ended = recorder.submit(
            Record((), EventOutcome(first, claimed.attempt, EventStatus.DONE), lane, "sync")
        )
        assert (ended.claimed, ended.ready) == ([], [("sync", second)])
        other.rollback()
        assert [one.id for one in recorder.submit(Take("sync", [second])).claimed] == [second]

    @pytest.mark.parametrize("wins", [True, False], ids=["wins", "gives up"])
    def test_a_look_that_meets_another_claim_of_a_lane_costs_nobody_else_anything(
        self, other: psycopg.Connection[Any], wins: bool
    ) -> None:
        """The other worker's claim is not seen, and cannot be: the unique index makes this one wait for its end."""
        lane, another = new_lane(), new_lane()
        first, second, theirs = stored(lane=another), stored(lane=lane), stored(lane=lane)
        recorder = InlineRecorder()
        other.execute(
            "UPDATE django_github_app_eventlog SET status = 1, attempts = 1,"
            " lease_expires_at = now() + interval '60 s',"
            " claimed_in = extract(epoch FROM now())::integer / 5 WHERE id = %s",
            [theirs],
        )
        ending = threading.Timer(0.3, other.commit if wins else other.rollback)
        ending.start()
        result = recorder.submit(Take("sync", limit=10))
        ending.join()
        assert [one.id for one in result.claimed] == [first] if wins else [first, second]
        if wins:
            # Whoever ends the one of the lane goes on with the next.
            ended = recorder.submit(Record((), EventOutcome(theirs, 1, EventStatus.DONE), lane, "sync"))
            assert [one.id for one in ended.claimed] == [second]
