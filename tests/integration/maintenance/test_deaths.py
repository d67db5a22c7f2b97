"""The signals of deaths are sent for what is still there, and a receiver that fails harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_github_app.maintenance import deaths
from django_github_app.models import Death, EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.signals import event_dead, handler_failed
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def told() -> Iterator[list[Any]]:
    found: list[Any] = []

    def dead(sender: Any, event: EventLog, **kwargs: Any) -> None:
        found.append((sender, event))

    def failed(sender: Any, run: HandlerRun, event: EventLog, **kwargs: Any) -> None:
        found.append((sender, run, event))

    event_dead.connect(dead)
    handler_failed.connect(failed)
    yield found
    event_dead.disconnect(dead)
    handler_failed.disconnect(failed)


def test_an_event_and_its_callback_are_told_and_forgotten(told: list[Any]) -> None:
    event = an_event(status=EventStatus.DEAD)
    run = a_run(event, handler="app.bad", status=RunStatus.DEAD)
    Death.objects.create(event_id=event.pk, handler="app.bad")
    Death.objects.create(event_id=event.pk, handler="")
    assert deaths.tell_deaths() == 2
    assert told == [(HandlerRun, run, event), (EventLog, event)]
    assert deaths.tell_deaths() == 0
    assert not Death.objects.exists()


def test_what_is_gone_is_told_to_nobody_and_forgotten(told: list[Any]) -> None:
    event = an_event(status=EventStatus.DEAD)
    Death.objects.create(event_id=event.pk, handler="app.gone")
    Death.objects.create(event_id=event.pk + 1, handler="")
    assert deaths.tell_deaths() == 2
    assert told == []
    assert not Death.objects.exists()


def test_so_many_are_told_at_a_time(told: list[Any]) -> None:
    event = an_event(status=EventStatus.DEAD)
    for position in range(3):
        Death.objects.create(event_id=event.pk, handler="app.gone", position=position)
    assert deaths.tell_deaths(most=2) == 2
    assert Death.objects.count() == 1


def test_a_receiver_that_fails_is_named_and_the_death_is_not_told_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(**kwargs: Any) -> None:
        raise RuntimeError("no mail server")

    event = an_event(status=EventStatus.DEAD)
    Death.objects.create(event_id=event.pk, handler="")
    event_dead.connect(fails)
    try:
        assert deaths.tell_deaths() == 1
    finally:
        event_dead.disconnect(fails)
    (record,) = [one for one in caplog.records if one.name.startswith("django_github_app")]
    assert record.__dict__["receiver"].endswith("fails")
    assert record.__dict__["error"] == "RuntimeError: no mail server"
    assert not Death.objects.exists()
