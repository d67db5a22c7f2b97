"""What a project hangs on events is respected when they are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.models.signals import post_delete, pre_delete

from django_github_app.models import EventLog, HandlerRun
from django_github_app.models.dependents import delete_events, deletion_is_watched
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Iterator[set[int]]:
    """Events that a row of the project protects."""
    ids: set[int] = set()

    def protect(sender: Any, instance: EventLog, **kwargs: Any) -> None:
        if instance.pk in ids:
            raise models.ProtectedError("held", {instance})

    pre_delete.connect(protect, sender=EventLog)
    yield ids
    pre_delete.disconnect(protect, sender=EventLog)


def test_a_project_that_hangs_nothing_on_events_pays_nothing() -> None:
    assert not deletion_is_watched()


@pytest.mark.parametrize("signal", [pre_delete, post_delete])
def test_a_receiver_is_somebody_who_watches(signal: Any) -> None:
    def receiver(**kwargs: Any) -> None: ...

    signal.connect(receiver, sender=EventLog)
    try:
        assert deletion_is_watched()
    finally:
        signal.disconnect(receiver, sender=EventLog)


def test_events_go_with_their_runs() -> None:
    one, other = an_event(), an_event()
    a_run(one)
    assert delete_events([one.pk], "default") == [one.pk]
    assert delete_events([], "default") == []
    assert list(EventLog.objects.all()) == [other]
    assert not HandlerRun.objects.exists()


def test_what_is_protected_stays_and_keeps_no_other(held: set[int], caplog: pytest.LogCaptureFixture) -> None:
    one, other = an_event(), an_event()
    held.add(one.pk)
    assert delete_events([one.pk, other.pk], "default") == [other.pk]
    assert list(EventLog.objects.all()) == [one]
    (record,) = caplog.records
    assert record.__dict__["events"] == 1
