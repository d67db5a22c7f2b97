"""Additions to rolled-up counters, in one statement."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.models import Rollup
from django_github_app.sql.rollups import add

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

MINUTE = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def counters() -> set[tuple[int, str, str, int, float]]:
    return set(Rollup.objects.values_list("seconds", "name", "label", "count", "total"))


def test_counters_are_made_and_added_to() -> None:
    add({(60, MINUTE, "answers", "accepted"): (2, 0.0), (3600, MINUTE, "events", ""): (1, 1.5)})
    add({(60, MINUTE, "answers", "accepted"): (3, 0.5)})
    assert counters() == {(60, "answers", "accepted", 5, 0.5), (3600, "events", "", 1, 1.5)}


def test_each_interval_has_its_own() -> None:
    add(
        {
            (60, MINUTE, "answers", ""): (1, 0.0),
            (60, MINUTE + dt.timedelta(minutes=1), "answers", ""): (1, 0.0),
        }
    )
    assert Rollup.objects.count() == 2


def test_a_label_that_no_database_takes_is_stored_without_what_it_refuses() -> None:
    add({(60, MINUTE, "handlers", "a\x00b"): (1, 0.0)})
    assert "\x00" not in Rollup.objects.get().label


def test_nothing_to_add_asks_nothing(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture of pytest-django
        add({})
