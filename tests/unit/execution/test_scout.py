"""In which order a backlog is taken from: of each share in turn, urgent ones first, and nobody waits for ever."""

from __future__ import annotations

import pytest

from django_github_app.execution import scout as room
from django_github_app.execution.scout import AGEING, MANY, MOST_KEPT, OVERLAP, Ahead, Scout


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MANY", 1)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def ids(events: list[Ahead]) -> list[int]:
    return [one.id for one in events]


def flood(first: int, count: int, share: str = "flood", **more: int) -> list[Ahead]:
    return [Ahead(first + n, share, **more) for n in range(count)]


def test_shares_have_their_turns_whatever_their_length() -> None:
    scout = Scout()
    scout.read([*flood(1, 5), Ahead(6, "a"), Ahead(7, "b"), Ahead(8, "a")])
    assert scout.is_needed()
    assert ids(scout.pick(6)) == [1, 6, 7, 2, 8, 3]
    assert ids(scout.pick(9)) == [4, 5]
    assert scout.is_empty()


def test_of_one_share_without_priorities_any_order_is_fair() -> None:
    scout = Scout()
    scout.read(flood(1, 5))
    assert not scout.is_needed()
    scout.read([Ahead(6, "flood", priority=1)])
    assert scout.is_needed()


def test_what_is_urgent_goes_first_and_what_waits_long_enough_before_it() -> None:
    clock = Clock()
    scout = Scout(clock)
    scout.read([*flood(1, 3), Ahead(4, "a", priority=1), Ahead(5, "b", priority=-1)])
    assert ids(scout.pick(2)) == [4, 1]
    clock.now += 2.5 * AGEING
    scout.read([Ahead(6, "a", priority=1)])
    assert ids(scout.pick(9)) == [2, 5, 6, 3]


def test_no_two_of_a_lane_are_picked_at_once() -> None:
    scout = Scout()
    scout.read([*flood(1, 3, lane=7), Ahead(4, "a", lane=8)])
    assert ids(scout.pick(9)) == [1, 4]


def test_a_lane_that_has_become_free_goes_on_in_its_share_s_turn() -> None:
    scout = Scout()
    scout.read([*flood(5, 2), Ahead(9, "a")])
    scout.put([Ahead(3, "flood")])
    assert ids(scout.pick(9)) == [3, 9, 5, 6]


def test_while_no_share_has_many_the_oldest_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MANY", MANY)
    scout = Scout()
    scout.read(Ahead(n, n % 20) for n in range(20 * (MANY - 1)))
    assert not scout.is_needed()
    scout.read(flood(5000, MANY - 1))
    assert not scout.is_needed()
    scout.put([Ahead(4999, "flood")])
    assert scout.is_needed()
    scout.pick_before_others(0)
    picked = scout.pick(21)
    scout.settled(picked)
    assert 4999 in ids(picked)
    assert not scout.is_needed()
    scout.put_back(one for one in picked if one.share == "flood")
    assert scout.is_needed()


def test_what_looks_have_passed_is_forgotten() -> None:
    scout = Scout()
    scout.read([*flood(1, 5), Ahead(6, "a"), *flood(7, 2)])
    scout.passed(7)
    assert not scout.is_needed()
    assert ids(scout.pick(9)) == [7, 8]
    assert scout.is_empty()
    scout.passed(100)
    assert scout.is_empty()


def test_a_lane_that_goes_on_is_owed_until_somebody_has_claimed_it() -> None:
    scout = Scout()
    scout.put([Ahead(3, "flood")])
    assert scout.owes()
    picked = scout.pick(9)
    assert scout.owes()
    scout.put_back(picked)
    assert ids(scout.pick(9)) == [3]
    scout.settled(picked)
    assert not scout.owes()
    assert not scout.is_needed()


def test_a_lane_that_goes_on_is_not_forgotten_with_what_looks_have_passed() -> None:
    scout = Scout()
    scout.read([*flood(1, 3, lane=7), Ahead(4, "a")])
    assert ids(scout.pick(1)) == [1]
    assert ids(scout.pick(1)) == [4]
    scout.pick(9)
    scout.put([Ahead(2, "flood", lane=7)])
    scout.passed(100)
    assert ids(scout.pick(9)) == [2]


def test_a_lane_that_goes_on_is_picked_beside_an_urgent_event_of_it() -> None:
    scout = Scout()
    scout.read([Ahead(5, "flood", priority=1, lane=7)])
    scout.put([Ahead(2, "flood", lane=7)])
    picked = scout.pick(9)
    assert ids(picked) == [5, 2]
    scout.settled(picked)
    assert not scout.owes(), "a worker would go on for ever"


def test_of_a_long_share_so_many_are_kept_and_the_others_are_found_behind_it() -> None:
    scout = Scout()
    scout.read([*flood(1, MOST_KEPT + 3), Ahead(10_000, "a")])
    assert scout.refill_from() is None
    assert len(scout.pick(10_000)) == MOST_KEPT + 1
    assert scout.refill_from() == MOST_KEPT
    scout.refill(flood(MOST_KEPT + 1, 2), more=True)
    assert scout.refill_from() == MOST_KEPT + 2
    scout.refill([*flood(MOST_KEPT + 3, 1), Ahead(10_000, "a")], more=False)
    assert ids(scout.pick(9)) == [MOST_KEPT + 1, MOST_KEPT + 2, MOST_KEPT + 3]
    assert scout.refill_from() is None
    assert scout.last == 10_000


def test_what_is_new_is_read_while_a_long_share_is_filled_up() -> None:
    scout = Scout()
    scout.read(flood(1, 3 * MOST_KEPT))
    scout.pick(MOST_KEPT)
    scout.read([Ahead(90_000, "a")])
    scout.refill(flood(MOST_KEPT + 1, MOST_KEPT + 5), more=True)
    assert scout.refill_from() is None, "it is full again"
    assert ids(scout.pick(2)) == [MOST_KEPT + 1, 90_000]


def test_what_is_committed_after_a_greater_id_is_found_as_well() -> None:
    scout = Scout()
    assert scout.read_from(1) == 0
    scout.read([*flood(1, 200), Ahead(203, "a")])
    assert scout.read_from(1) == 203 - OVERLAP
    scout.read([*flood(104, 97), Ahead(201, "a"), Ahead(202, "flood"), Ahead(203, "a"), Ahead(204, "b")])
    assert sorted(ids(scout.pick(500))) == list(range(1, 205))
    assert scout.read_from(190) == 189


def test_a_short_share_that_is_used_up_is_no_reason_to_fill_up_a_long_one() -> None:
    scout = Scout()
    scout.read([*flood(1, MOST_KEPT + 1), Ahead(9_000, "a")])
    assert 9_000 in ids(scout.pick(2))
    assert scout.refill_from() is None


def test_what_is_left_of_a_flood_need_not_be_read_until_what_is_kept_is_used_up() -> None:
    scout = Scout()
    scout.read(flood(1, MOST_KEPT))
    assert scout.left_out() == ["flood"]
    scout.read([Ahead(9_000, "a")], up_to=9_500)
    assert scout.read_from(1) == 9_500 - OVERLAP
    scout.pick(5)
    scout.read([Ahead(9_501, "flood")])
    assert scout.left_out() == ["flood"], "what lies between comes first"
    scout.pick(MOST_KEPT)
    assert scout.refill_from() == MOST_KEPT
    scout.refill([*flood(MOST_KEPT + 1, 5), Ahead(9_501, "flood")], more=False)
    assert scout.left_out() == []
    assert ids(scout.pick(9)) == [*range(MOST_KEPT + 1, MOST_KEPT + 6), 9_501]


def test_no_more_is_read_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 5)
    scout = Scout()
    scout.read(flood(1, 5))
    assert scout.is_full()
    scout.pick(1)
    assert not scout.is_full()


def test_before_the_rest_of_a_batch_go_urgent_ones_and_shares_that_had_little() -> None:
    scout = Scout()
    scout.read([*flood(1, 9), Ahead(20, "a"), Ahead(21, "flood", priority=1)])
    scout.had(dict.fromkeys(range(100, 110), "flood"), range(100, 110))
    assert ids(scout.pick_before_others(9)) == [21, 20]
    assert scout.served == {"flood": 10}
    assert scout.pick_before_others(9) == []


def test_it_forgets() -> None:
    scout = Scout()
    scout.read(flood(1, 3))
    scout.clear()
    assert scout.is_empty()
    assert scout.last == 0
