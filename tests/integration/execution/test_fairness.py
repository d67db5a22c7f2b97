"""Behind a backlog events are taken from installations in turn; without one, as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from django_github_app.execution import fairness, scout
from django_github_app.execution.inline_recorder import InlineRecorder
from django_github_app.execution.recorder import Record, Take
from django_github_app.models import EventLog, EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.sql.claims import Claimed, EventOutcome
from django_github_app.testing import payloads
from django_github_app.testing.deliver import store

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scout, "MANY", 1)
    monkeypatch.setattr(fairness, "COST", 0)
    monkeypatch.setattr(fairness, "COST_BESIDE_MANY", 0)
    monkeypatch.setattr(fairness, "BETWEEN_EACH", 0.0)


@pytest.fixture
def recorder() -> Iterator[InlineRecorder]:
    with GitHubRouter.isolated():
        yield InlineRecorder()


def payload(installation: int, event: str, action: str | None, **more: Any) -> dict[str, Any]:
    return {**payloads.build(event, action, **more), "installation": {"id": installation}}


def waits(installation: int, event: str = "push", action: str | None = None, **more: Any) -> int:
    return store(event, payload=payload(installation, event, action, **more)).pk


def take(recorder: InlineRecorder, limit: int) -> list[Claimed]:
    return recorder.submit(Take("async", (), limit)).claimed


def ids(claimed: list[Claimed]) -> list[int]:
    return [one.id for one in claimed]


def end(recorder: InlineRecorder, one: Claimed) -> Any:
    return recorder.submit(Record((), EventOutcome(one.id, one.attempt, EventStatus.DONE), one.lane, "async"))


def test_the_first_look_takes_what_is_oldest_and_those_behind_a_backlog_take_turns(
    recorder: InlineRecorder,
) -> None:
    flood = [waits(1) for _ in range(12)]
    others = [waits(2), waits(3)]
    assert ids(take(recorder, 4)) == flood[:4]
    assert ids(take(recorder, 4)) == [*others, *flood[4:6]]
    assert ids(take(recorder, 9)) == flood[6:]
    assert take(recorder, 9) == []


def test_what_was_forgotten_is_taken_before_a_flood_is_over(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "OLDEST_EACH", 3)
    monkeypatch.setattr(scout, "OVERLAP", 0)
    flood = [waits(1) for _ in range(20)]
    others = [waits(2) for _ in range(5)]
    assert ids(take(recorder, 2)) == flood[:2]
    forgotten = flood[2]
    EventLog.objects.filter(pk=forgotten).update(status=EventStatus.RETRYING)
    take(recorder, 2)
    EventLog.objects.filter(pk=forgotten).update(status=EventStatus.PENDING)
    assert forgotten not in ids(take(recorder, 2))
    assert forgotten in ids(take(recorder, 2))
    assert others


def test_of_one_installation_alone_the_oldest_are_taken(recorder: InlineRecorder) -> None:
    flood = [waits(1) for _ in range(9)]
    assert [ids(take(recorder, 3)) for _ in range(4)] == [flood[:3], flood[3:6], flood[6:], []]


@pytest.mark.parametrize("installations", [1, 2])
def test_a_backlog_ends_when_nothing_waits(recorder: InlineRecorder, installations: int) -> None:
    for n in range(9):
        waits(n % installations)
    assert [recorder.submit(Take("async", (), 3)).more for _ in range(5)][3:] == [False, False]


def test_a_share_is_a_repository_where_the_project_says_so(recorder: InlineRecorder, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "FAIR_SHARE": "repository"}
    flood = [waits(1) for _ in range(6)]
    other = waits(1, repository={"full_name": "octo/other"})
    take(recorder, 2)
    assert other in ids(take(recorder, 2))
    assert flood


def test_a_share_is_what_a_function_of_the_project_returns(recorder: InlineRecorder, settings: Any) -> None:
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "FAIR_SHARE": "tests.integration.execution.test_fairness.odd",
    }
    numbers = [waits(n) for n in (1, 3, 5, 7, 9, 2)]
    take(recorder, 1)
    assert numbers[-1] in ids(take(recorder, 2))


def odd(installation: int | None, repository: str | None) -> int:
    return (installation or 0) % 2


@pytest.mark.parametrize(
    "name",
    [
        "tests.nowhere.odd",
        "tests.integration.execution.test_fairness.broken",
        "tests.integration.execution.test_fairness.exits",
    ],
)
def test_a_function_that_does_not_work_keeps_nobody_from_claiming(
    recorder: InlineRecorder, settings: Any, name: str
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "FAIR_SHARE": name}
    flood, other = [waits(1) for _ in range(6)], waits(2)
    take(recorder, 2)
    assert ids(take(recorder, 2)) == [flood[2], other]


def broken(installation: int | None, repository: str | None) -> int:
    raise RuntimeError(f"{installation} {repository}")


def exits(installation: int | None, repository: str | None) -> int:
    raise SystemExit(f"{installation} {repository}")


def test_what_a_person_typed_goes_before_a_backlog_of_the_same_repository(recorder: InlineRecorder) -> None:
    GitHubRouter().command("deploy")(lambda: None)
    flood = [waits(1) for _ in range(9)]
    typed = waits(1, event="issue_comment", action="created")
    take(recorder, 2)
    assert ids(take(recorder, 2)) == [typed, flood[2]]


def test_an_event_of_a_light_share_goes_before_the_rest_of_a_batch(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "BETWEEN_EACH", 0.0)
    for _ in range(30):
        waits(1)
    waits(2)
    take(recorder, 4)
    batch = take(recorder, 8)
    late = waits(3)
    assert ids(end(recorder, batch[0]).first) == [late]
    assert end(recorder, batch[1]).first == []


def test_what_comes_behind_a_flood_is_found_though_not_all_of_the_flood_is_read(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scout, "MOST_KEPT", 3)
    monkeypatch.setattr(scout, "OVERLAP", 1)
    monkeypatch.setattr(fairness, "READ", 4)
    monkeypatch.setattr(fairness, "WIDE", 6)
    GitHubRouter().command("deploy")(lambda: None)
    flood = [waits(1) for _ in range(30)]
    late = [waits(2), waits(1, event="issue_comment", action="created")]
    taken: list[int] = []
    while found := ids(take(recorder, 2)):
        taken += found
    assert sorted(taken) == [*flood, *late]
    assert {taken.index(pk) < 18 for pk in late} == {True}


def test_a_lane_of_the_flood_does_not_go_on_at_once_but_in_its_turn(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "BETWEEN_EACH", 60.0)
    lane = [waits(1, event="issues", action="opened", number=7) for _ in range(3)]
    for _ in range(12):
        waits(1)
    others = [waits(2) for _ in range(4)]
    first = take(recorder, 2)
    assert lane[0] in ids(first)
    take(recorder, 2)
    result = end(recorder, first[0])
    assert (result.claimed, result.ready) == ([], [])
    # Its share has had little: it may go before a batch, but not at once because it is the next of the lane.
    assert lane[1] in [*ids(result.first), *ids(take(recorder, 2))]
    assert others


def test_events_that_took_a_worker_down_are_left_alone(recorder: InlineRecorder) -> None:
    rows = [EventLog.objects.get(pk=waits(1 + n % 2)) for n in range(9)]
    rows[3].lost_leases = 1
    rows[3].save(update_fields=["lost_leases"])
    claimed = [pk for _ in range(6) for pk in ids(take(recorder, 2))]
    assert sorted(claimed) == [row.pk for row in rows if row.pk != rows[3].pk]


def test_who_comes_in_behind_a_flood_is_seen_before_the_flood_is_counted_again(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        waits(1)
    counts: list[int] = []
    count = fairness._count

    def once(*arguments: Any) -> Any:
        counts.append(1)
        found = count(*arguments)
        found.again_at = float("inf")  # a long flood takes long to count
        return found

    monkeypatch.setattr(fairness, "_count", once)
    take(recorder, 4)
    assert len(take(recorder, 4)) == 4
    other = waits(2)
    assert other in ids(take(recorder, 4))
    assert counts == [1]


def test_what_comes_in_while_a_flood_is_run_of_which_nothing_waits_any_more_does_not_wait_for_it(
    recorder: InlineRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fairness, "BULK", 10)
    for _ in range(12):
        waits(1)
    batch = take(recorder, 12)
    assert len(batch) == 12
    late = waits(2)
    assert ids(end(recorder, batch[0]).first) == [late]
    waits(1)
    assert end(recorder, batch[1]).first == []


def test_what_was_claimed_at_once_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    crowd = fairness._Crowd()
    assert crowd.flood() is None
    crowd.note([1, 1, 2])
    assert crowd.flood() == (2, 2, 1)
    now[0] += fairness.CROWDED
    crowd.note([2, 2])
    assert crowd.flood() == (2, 3, 2)
    now[0] += fairness.CROWDED
    assert crowd.flood() == (1, 2, 2)
    now[0] += 2 * fairness.CROWDED
    assert crowd.flood() is None
