"""Events are read for an archive in groups of bounded size, each as one statement saw it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from django_github_app.models import ArchiveFile, EventLog, EventStatus
from django_github_app.retention import reading
from django_github_app.retention.policy import Cutoffs
from django_github_app.retention.reading import Held, Selection, events_of
from tests.support.retention import a_run, an_event, days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def selection(**options: object) -> Selection:
    values = {"cutoffs": Cutoffs.from_days(7), "bound": 2**40, **options}
    return Selection(**values)  # type: ignore[arg-type]  # values of a test


def ids(chosen: Selection, after: int = 0) -> list[list[int]]:
    return [[event.id for event in events_of(group)] for group in chosen.groups(after)]


def test_due_events_that_no_archive_holds_come_in_the_order_of_their_ids() -> None:
    file = ArchiveFile.objects.create(storage="a", path="p", day=dt.date(2026, 1, 1), first_id=1)
    first = an_event()
    an_event(days=1)
    an_event(archive=file)
    an_event(status=EventStatus.PENDING)
    last = an_event()
    assert ids(selection()) == [[first.pk, last.pk]]
    assert ids(selection(), first.pk) == [[last.pk]]
    assert ids(selection(bound=first.pk)) == [[first.pk]]
    assert ids(selection(only=(last.pk,))) == [[last.pk]]


def test_a_day_is_one_of_utc() -> None:
    one, _ = an_event(days=10), an_event(days=12)
    assert ids(selection(day=one.received_at.astimezone(dt.UTC).date())) == [[one.pk]]


def test_groups_are_bounded_in_number_and_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [an_event() for _ in range(5)]
    monkeypatch.setattr(reading, "GROUP_EVENTS", 2)
    assert [len(group) for group in ids(selection())] == [2, 2, 1]
    monkeypatch.setattr(reading, "CANDIDATES", 3)
    assert [len(group) for group in ids(selection())] == [2, 1, 2]
    monkeypatch.setattr(reading, "GROUP_BYTES", 1)
    assert ids(selection()) == [[event.pk] for event in events]


def test_the_first_event_is_one_that_no_file_in_hand_holds() -> None:
    one, two = an_event(days=10), an_event(days=12)
    day = one.received_at.astimezone(dt.UTC).date()
    found = selection().first(0)
    assert found is not None
    assert found[0] == one.pk
    held = selection().first(0, [Held(day, one.pk)])
    assert held is not None
    assert (held[0], abs(held[1] - two.received_at) < dt.timedelta(seconds=1)) == (two.pk, True)
    assert selection().first(two.pk) is None


def test_an_event_comes_with_its_runs_its_moments_in_utc_and_its_state_by_name() -> None:
    event = an_event(status=EventStatus.DEAD, form_encoded=True)
    a_run(event, handler="app.one")
    a_run(event, handler="app.two", next_attempt_at=timezone.now())
    ((found,),) = [list(events_of(group)) for group in selection().groups(0)]
    assert (found.status, found.form_encoded, found.body) == ("dead", True, event.raw_body)
    assert found.received_at == event.received_at
    assert found.received_at.tzinfo is dt.UTC
    assert [(run.handler, run.status) for run in found.runs] == [
        ("app.one", "succeeded"),
        ("app.two", "succeeded"),
    ]
    assert found.runs[0].next_attempt_at is None


def test_a_body_that_cannot_be_read_is_kept_as_it_is_stored() -> None:
    event = an_event(received_at=days_ago(10))
    EventLog.objects.filter(pk=event.pk).update(body=b"damaged")
    ((found,),) = [list(events_of(group)) for group in selection().groups(0)]
    assert (found.body, found.frame) == (None, b"damaged")
