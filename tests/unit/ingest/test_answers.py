"""What a webhook request is answered, the same at every entrance."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from django_github_app.deliveries import BodyInvalid, MethodNotAllowed, TooManyBytes
from django_github_app.errors import DatabaseUnsupported, DeliveryConflict, DeliveryReplayed, InboxUnavailable
from django_github_app.ingest.answers import RETRY_AFTER, Answer, accepted, refused
from django_github_app.sql.intake import StoredEvent
from tests.support.rows import delivery


@pytest.mark.parametrize(
    ("event", "created", "status", "message", "said"),
    [
        ("issues", True, 202, "accepted", "accepted"),
        ("issues", False, 202, "already received", "duplicate"),
        ("ping", True, 200, "pong", "pong"),
        ("ping", False, 200, "pong", "pong"),
    ],
)
def test_what_is_stored_is_answered(event: str, created: bool, status: int, message: str, said: str) -> None:
    answer = accepted(delivery(event, guid="d-1"), StoredEvent(7, "sync", created=created))
    assert answer == Answer(status, {"message": message, "event_id": 7, "delivery": "d-1"})
    assert answer.said == said


@pytest.mark.parametrize(
    ("error", "status", "code", "headers"),
    [
        (InboxUnavailable("disk full"), 503, "unavailable", {"Retry-After": str(RETRY_AFTER)}),
        (DatabaseUnsupported("use PostgreSQL"), 503, "unavailable", {}),
        (DeliveryConflict(), 409, "conflict", {}),
        (DeliveryReplayed(), 409, "replayed", {}),
        (MethodNotAllowed(), 405, "method_not_allowed", {"Allow": "POST"}),
        (BodyInvalid("no JSON"), 400, "body_invalid", {}),
        (TooManyBytes(), 503, "busy", {"Retry-After": str(RETRY_AFTER)}),
    ],
)
def test_what_is_refused_has_its_status_code_and_headers(
    error: Any, status: int, code: str, headers: dict[str, str]
) -> None:
    answer = refused(error)
    assert (answer.status, answer.body["error"], answer.headers) == (status, code, headers)
    assert answer.said == code


def test_a_database_that_is_down_is_not_described_and_one_that_is_unsupported_is() -> None:
    assert "disk" not in str(refused(InboxUnavailable("disk full")).body)
    assert refused(DatabaseUnsupported("use PostgreSQL")).body["reason"] == "use PostgreSQL"


def test_a_refusal_is_logged_and_may_end_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "django_github_app"):
        assert refused(BodyInvalid("no JSON"), close=True).close
    (record,) = caplog.records
    assert (record.__dict__["code"], record.__dict__["status"]) == ("body_invalid", 400)
