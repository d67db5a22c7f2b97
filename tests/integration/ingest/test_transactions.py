"""Inside a transaction, as in a TestCase, everything happens on its connection and is published on commit."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from django_github_app.broker import publisher
from django_github_app.celery import app as celery_app
from django_github_app.ingest import inbox
from django_github_app.models import EventLog, EventStatus
from tests.support import queues
from tests.support.entrances import ALL, Entrance
from tests.support.queues import take
from tests.support.requests import request

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


@pytest.fixture(params=list(ALL.values()), ids=list(ALL))
def entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


@pytest.fixture(autouse=True)
def _own_queues(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "QUEUE_PREFIX": f"test-{uuid.uuid4()}"}
    monkeypatch.setattr(publisher, "get_current_app", lambda: celery_app)  # other tests import other apps
    yield
    inbox.close()
    queues.delete()


def test_the_row_is_seen_by_the_test_and_published_when_it_commits(
    entrance: Entrance, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        answer = entrance.send(request())
    assert answer.status == 202
    assert EventLog.objects.get().pk == answer.json["event_id"]
    assert "github-inbox" not in [thread.name for thread in threading.enumerate()]
    inbox.close()
    assert take(entrance.worker_type) == []
    for callback in callbacks:
        callback()
    inbox.close()
    assert take(entrance.worker_type) == [[answer.json["event_id"]]]


def test_what_is_rolled_back_is_not_published(
    entrance: Entrance, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        assert entrance.send(request()).status == 202
        transaction.set_rollback(True)
    assert callbacks == []
    assert not EventLog.objects.exists()


def test_duplicates_conflicts_and_refusals_leave_the_transaction_usable(entrance: Entrance) -> None:
    made = request(b'{"n":1}', guid="one")
    assert entrance.send(made).status == 202
    assert entrance.send(made).json["message"] == "already received"
    assert entrance.send(request(b'{"n":2}', guid="one")).status == 409
    assert entrance.send(made.signed("wrong")).status == 403
    EventLog.objects.update(status=EventStatus.DEAD)
    assert entrance.send(made).status == 202
    assert EventLog.objects.get().status == EventStatus.PENDING
