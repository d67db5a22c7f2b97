"""In which order a backlog is taken from: of each share in turn, urgent ones first, and nobody waits for ever."""

from __future__ import annotations

from django_github_app.execution.scout import AGEING, MOST_KEPT, Ahead, Scout


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


def test_of_a_long_share_so_many_are_kept_and_the_others_are_found_behind_it() -> None:
    scout = Scout()
    scout.read([*flood(1, MOST_KEPT + 3), Ahead(10_000, "a")])
    assert not scout.read_again() or scout.last == 10_000
    assert len(scout.pick(10_000)) == MOST_KEPT + 1
    assert scout.read_again()
    assert scout.last == MOST_KEPT
    scout.read([*flood(MOST_KEPT + 1, 3), Ahead(10_000, "a")])
    assert ids(scout.pick(9)) == [MOST_KEPT + 1, MOST_KEPT + 2, MOST_KEPT + 3]
    assert not scout.read_again()


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
