"""Which event is the newer one: by commits, by GitHub's dates, by receipt."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.flow.order import Moment, is_older, moment_of

A, B, C = "a" * 40, "b" * 40, "c" * 40


def pull(pk: int, at: str = "2026-01-01T00:00:01Z", head: str = A, **more: Any) -> Moment:
    return moment_of(pk, {"pull_request": {"updated_at": at, "head": {"sha": head}}, **more})


def test_a_later_date_is_newer_whatever_came_first() -> None:
    first, second = pull(2, "2026-01-01T00:00:01Z"), pull(1, "2026-01-01T00:00:02Z")
    assert is_older(first, second, ())
    assert not is_older(second, first, ())


def test_of_one_second_and_one_commit_the_order_of_receipt_counts() -> None:
    assert is_older(pull(1), pull(2), ())
    assert not is_older(pull(2), pull(1), ())


def test_of_one_second_the_commits_decide_also_over_others_between_them() -> None:
    first, third = pull(9, head=A), pull(1, head=C)
    assert is_older(first, third, [(B, C), (A, B)])
    assert is_older(third, first, [(B, C), (A, B)]) is False


def test_of_one_second_and_commits_whose_order_is_not_known_neither_is_newer() -> None:
    first, second = pull(1, head=A), pull(2, head=C)
    assert is_older(first, second, [(A, B)]) is None
    assert is_older(second, first, [(A, B)]) is None


def test_commits_that_were_pushed_back_and_forth_are_ordered_by_date() -> None:
    back_and_forth = [(A, B), (B, A)]
    assert is_older(pull(2, "2026-01-01T00:00:01Z", B), pull(1, "2026-01-01T00:00:05Z", A), back_and_forth)
    assert is_older(pull(1, head=A), pull(2, head=B), back_and_forth) is None


def test_an_event_is_not_older_than_itself() -> None:
    assert is_older(pull(1), pull(1), [(A, A)]) is False


@pytest.mark.parametrize(
    ("data", "moment"),
    [
        (
            {"before": A, "after": B, "repository": {"pushed_at": 1767225600}},
            Moment(1, 1767225600.0, B, A),
        ),
        (
            {
                "issue": {"updated_at": "2026-01-01T00:00:00Z"},
                "comment": {"created_at": "2025-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:02Z"},
            },
            Moment(1, 1767225602.0),
        ),
        (
            {"check_run": {"head_sha": A, "started_at": "2026-01-01T00:00:00Z", "completed_at": None}},
            Moment(1, 1767225600.0, A),
        ),
        ({"before": "0" * 40, "after": B}, Moment(1, None, B)),
        ({"pull_request": {"updated_at": "yesterday", "head": None}, "after": 5}, Moment(1)),
        ({"issue": "odd", "comment": {"created_at": "2026-01-01T00:00:00"}}, Moment(1)),
        ({}, Moment(1)),
    ],
)
def test_moments_are_read_out_of_payloads(data: dict[str, Any], moment: Moment) -> None:
    assert moment_of(1, data) == moment
