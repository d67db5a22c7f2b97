"""The report of missed deliveries is bounded, and adds up over several looks."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.maintenance import missed_report
from django_github_app.maintenance.missed_report import Day
from django_github_app.models import Pulse

pytestmark = pytest.mark.django_db


def test_reasons_of_a_day_are_bounded() -> None:
    ledger = missed_report.Ledger()
    at = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
    for number in range(30):
        ledger.add("missed", at, f"reason {number}")
    ledger.write(afresh=False)
    found = missed_report.days()
    assert len(found) == missed_report.MOST_REASONS + 1
    assert found[0] == Day("2026-11-27", "other", missed=10)
    assert Pulse.objects.count() == 1


def test_what_later_looks_find_is_added_and_a_look_at_everything_begins_anew() -> None:
    at = dt.datetime(2026, 11, 27, 23, tzinfo=dt.UTC)
    for afresh, expected in ((False, 1), (False, 2), (True, 1)):
        ledger = missed_report.Ledger()
        ledger.add("missed", at, "timed out")
        ledger.write(afresh=afresh)
        assert missed_report.days() == [Day("2026-11-27", "timed out", missed=expected)]


def test_the_newest_day_comes_first_and_what_is_open_is_never_below_zero() -> None:
    Pulse.objects.create(name="missed on 2026-11-26", detail={"a": {"missed": 3, "arrived": 1}})
    Pulse.objects.create(name="missed on 2026-11-27", detail={"b": {"arrived": 2}})
    assert [(one.day, one.open) for one in missed_report.days()] == [("2026-11-27", 0), ("2026-11-26", 2)]
    assert len(missed_report.days(most=1)) == 1
