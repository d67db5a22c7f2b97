"""Deaths that are to be told: noted once, taken by one process at a time, and forgotten when they were told."""

from __future__ import annotations

import pytest

from django_github_app.models import Death, RunStatus
from django_github_app.sql import deaths
from django_github_app.sql.dialects import dialect_for
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def note(*keys: deaths.Key) -> None:
    deaths.note(dialect_for(Death), keys)


def test_a_death_is_noted_once_and_taken_oldest_first() -> None:
    assert not deaths.are_due()
    note((1, "", 0), (2, "app.h", 0))
    note((2, "app.h", 0), (2, "app.h", 1))
    assert deaths.are_due()
    taken = [deaths.take(60) for _ in range(4)]
    assert [(one.event_id, one.handler, one.position) for one in taken if one] == [
        (1, "", 0),
        (2, "app.h", 0),
        (2, "app.h", 1),
    ]
    assert taken[-1] is None
    assert not deaths.are_due()


def test_nothing_is_noted_of_an_event_that_has_no_row() -> None:
    note((-1, "", 0))
    note()
    assert not Death.objects.exists()


def test_one_whose_teller_died_is_taken_again_after_its_term() -> None:
    note((1, "", 0))
    assert deaths.take(-1) is not None
    again = deaths.take(60)
    assert again is not None
    deaths.forget(again)
    assert not Death.objects.exists()


def test_what_the_ledger_has_as_over_is_no_news() -> None:
    event = an_event()
    a_run(event, handler="over", status=RunStatus.DEAD)
    a_run(event, handler="tried", status=RunStatus.RETRYING)
    dialect = dialect_for(Death)
    keys = [(event.pk, "over", 0), (event.pk, "over", 1), (event.pk, "tried", 0), (event.pk, "tried", 0)]
    assert deaths.new_among(dialect, keys) == [(event.pk, "over", 1), (event.pk, "tried", 0)]
    assert deaths.new_among(dialect, []) == []
