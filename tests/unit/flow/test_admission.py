"""Whose turn it is, decided without a database: each case, and any order of arrivals."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest

from django_github_app.flow.admission import Decision, KeyState, Place, PlaceState, decide, next_ones
from django_github_app.flow.order import Moment
from django_github_app.flow.policy import Flow

RUNNING, WAITING, RESTING, STOPPED = (
    PlaceState.RUNNING,
    PlaceState.WAITING,
    PlaceState.RESTING,
    PlaceState.STOPPED,
)


def place(event: int, state: PlaceState = WAITING, **more: Any) -> Place:
    moment = more.pop("moment", Moment(event))
    return Place(event, "app.review", 0, moment, state, **more)


def ask(
    options: dict[str, Any], event: int, *others: Place, known: KeyState | None = None, now: float = 0
) -> Decision:
    flow = Flow.of(**{"limit": 1, **options})
    assert flow is not None
    return decide(flow, place(event), others, known or KeyState(), now)


def replaced(decision: Decision) -> list[tuple[int, int]]:
    return [(one.moment.event_id, by) for one, by in decision.replaced]


@pytest.mark.parametrize("on_newer", ["queue", "drop_queued", "cancel"])
def test_the_first_of_a_key_runs(on_newer: str) -> None:
    assert ask({"on_newer": on_newer}, 1) == Decision(RUNNING)


def test_in_a_queue_the_next_one_waits_and_nothing_is_replaced() -> None:
    decision = ask({}, 3, place(1, RUNNING), place(2))
    assert (decision.state, decision.by, replaced(decision)) == (WAITING, 1, [])


def test_in_a_queue_nobody_overtakes_who_waits_longer() -> None:
    assert ask({}, 3, place(2)).by == 2
    assert ask({}, 2, place(3)).state == RUNNING


def test_a_newer_event_drops_what_waits_and_leaves_what_runs() -> None:
    decision = ask({"on_newer": "drop_queued"}, 3, place(1, RUNNING), place(2))
    assert (decision.state, replaced(decision)) == (WAITING, [(2, 3)])


def test_a_newer_event_cancels_what_runs_and_waits_for_its_end() -> None:
    decision = ask({"on_newer": "cancel"}, 4, place(1, STOPPED), place(2, RUNNING), place(3))
    assert (decision.state, replaced(decision)) == (WAITING, [(2, 4), (3, 4)])


def test_what_waits_for_its_next_attempt_is_out_of_date_too() -> None:
    assert replaced(ask({"on_newer": "drop_queued"}, 2, place(1, RESTING))) == [(1, 2)]


def test_an_older_event_that_comes_late_is_out_of_date_at_once() -> None:
    newer = Moment(1, at=20.0)
    flow = Flow(on_newer="cancel")
    late = place(2, moment=Moment(2, at=10.0))
    assert decide(flow, late, [place(1, RUNNING, moment=newer)], KeyState(), 0) == Decision(None, by=1)
    assert decide(flow, late, [], KeyState(newest=newer), 0) == Decision(None, by=1)


def test_an_event_of_the_app_itself_replaces_nothing_and_can_be_replaced() -> None:
    own = replace(place(2), counts=False)
    known = KeyState()
    decision = decide(Flow(on_newer="cancel"), own, [place(1, RUNNING)], known, 0)
    assert (decision.state, replaced(decision), known.newest) == (WAITING, [], Moment(1))
    assert replaced(ask({"on_newer": "cancel"}, 3, replace(own, state=RUNNING))) == [(2, 3)]


def test_a_limit_lets_as_many_run() -> None:
    options = {"limit": 2}
    assert ask(options, 2, place(1, RUNNING)).state == RUNNING
    assert ask(options, 3, place(1, RUNNING), place(2, RUNNING)).state == WAITING


def test_quiet_is_waited_for_from_the_last_event_on_and_no_longer_than_max_wait() -> None:
    options, known = {"debounce": 2, "max_wait": 5}, KeyState()
    waits = []
    for now in (0.0, 1.5, 3.0, 4.5):
        decision = ask(options, int(now * 10) + 1, known=known, now=now)
        waits.append((decision.state, decision.due))
    assert waits == [(WAITING, 2.0), (WAITING, 3.5), (WAITING, 5.0), (WAITING, 5.0)]
    again = decide(Flow(debounce=2, on_newer="drop_queued"), replace(place(46), due=5.0), [], known, 5.0)
    assert (again.state, known.quiet_since) == (RUNNING, None)


def test_a_rate_counts_starts_in_any_interval() -> None:
    known = KeyState()
    states = [
        ask({"rate": "2/10s"}, event, known=known, now=now) for event, now in enumerate((0, 1, 2, 11.5), 1)
    ]
    assert [one.state for one in states] == [RUNNING, RUNNING, WAITING, RUNNING]
    assert states[2].due == 10.0


def test_those_whose_turn_has_come_are_the_oldest_that_wait_for_nothing_else() -> None:
    places = [place(1, RUNNING), place(4), place(2, due=9.0), place(3), place(5, RESTING)]
    assert [one.id for one in next_ones(places, 2, 0.0)] == [3]
    assert [one.id for one in next_ones(places, 4, 9.0)] == [2, 3, 4]
    assert next_ones(places, 1, 0.0) == []


def test_what_is_known_of_a_key_is_read_as_it_was_written() -> None:
    known = KeyState(Moment(5, 1.5, "a"), [("a", "b")], [1.0, 2.0], 3.0)
    assert KeyState.read(known.text) == known
    assert KeyState.read("") == KeyState.read(KeyState().text) == KeyState()


def pushes(count: int) -> list[Moment]:
    """Pushes of one second: only their commits say which was the last."""
    return [Moment(0, 100.0, f"sha{n}", f"sha{n - 1}") for n in range(1, count + 1)]


def final_runs(order: tuple[int, ...], how_long: int) -> tuple[list[int], int]:
    """Let pushes arrive in an order; return which runs completed, and how many ran at once."""
    flow, known, moments = Flow(on_newer="cancel"), KeyState(), pushes(len(order))
    places: dict[int, Place] = {}
    ends: dict[int, int] = {}
    completed: list[int] = []
    most = 0
    waiting = list(enumerate(order))
    for now in range(len(order) + how_long * (len(order) + 2)):
        ended = [pk for pk, end in ends.items() if end <= now]
        for pk in ended:
            if places[pk].state == RUNNING:
                completed.append(order[pk])
            del ends[pk], places[pk]
        # Whoever waits asks when it comes, and when its turn has come.
        asking = [pk for pk, _ in waiting if pk == now or (ended and pk < now)]
        for pk in asking:
            moment = replace(moments[order[pk]], event_id=pk)
            asks = Place(pk, "h", 0, moment, WAITING)
            decision = decide(flow, asks, [one for one in places.values() if one.id != pk], known, now)
            for one, _ in decision.replaced:
                if one.state == RUNNING:
                    places[one.id], ends[one.id] = replace(one, state=STOPPED), now + 1
                else:
                    places.pop(one.id)
                    waiting = [(left, n) for left, n in waiting if left != one.id]
            places.pop(pk, None)
            if decision.state is not None:
                places[pk] = replace(asks, state=decision.state)
            if decision.state is None or decision.state == RUNNING:
                waiting = [(left, n) for left, n in waiting if left != pk]
            if decision.state == RUNNING:
                ends[pk] = now + how_long
            most = max(most, sum(one.state.is_in_use for one in places.values()))
    assert not places
    return completed, most


def test_in_whatever_order_pushes_of_one_second_arrive_only_the_last_completes_and_never_two_run() -> None:
    for order in itertools.permutations(range(5)):
        assert final_runs(order, how_long=20) == ([4], 1), order


def test_nine_pushes_in_any_order() -> None:
    shuffled = random.Random(19)
    for _ in range(200):
        order = tuple(shuffled.sample(range(9), 9))
        assert final_runs(order, how_long=30) == ([8], 1), order
