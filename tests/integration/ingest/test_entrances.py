"""Every way in keeps the same promises: the two views, under WSGI and ASGI, and the plain ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from django_github_app.deliveries import lane_of, sign
from django_github_app.ingest import inbox
from django_github_app.models import EventLog, EventStatus
from django_github_app.testing import payloads
from tests.support.committed import db  # noqa: F401
from tests.support.entrances import ALL, MAIN, Entrance
from tests.support.requests import BAD, FORM, GOOD, SECRET, random_bad_requests, request

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.backends]

Configure = Callable[..., None]


@pytest.fixture(params=list(ALL.values()), ids=list(ALL))
def entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


@pytest.fixture(params=list(MAIN.values()), ids=list(MAIN))
def main_entrance(request: pytest.FixtureRequest) -> Entrance:
    made: Entrance = request.param()
    return made


# What is accepted


@pytest.mark.parametrize("content_type", ["application/json", FORM])
def test_a_delivery_is_stored_before_it_is_answered(entrance: Entrance, content_type: str) -> None:
    payload = payloads.build("issues", number=31)
    made = request(payload=payload, content_type=content_type, hook_id=292)
    answer = entrance.send(made)
    row = EventLog.objects.get()
    guid = made.headers["x-github-delivery"]
    assert answer.status == 202
    assert answer.json == {"message": "accepted", "event_id": row.pk, "delivery": guid}
    assert (row.event, row.action, row.delivery, row.hook_id, row.target_id) == (
        "issues",
        "opened",
        guid,
        292,
        12345,
    )
    assert (row.status, row.worker_type, row.attempts) == (EventStatus.PENDING, entrance.worker_type, 0)
    assert row.installation_id == payload["installation"]["id"]
    assert row.repository_id == payload["repository"]["id"]
    assert row.repository == payload["repository"]["full_name"]
    assert (row.sender, row.number) == (payload["sender"]["login"], 31)
    assert row.lane == lane_of(payload["repository"]["id"], 31)
    assert row.form_encoded == (content_type == FORM)
    assert row.raw_body == made.body
    assert row.payload == payload
    assert abs((timezone.now() - row.received_at).total_seconds()) < 60


def test_a_ping_is_answered_200(entrance: Entrance) -> None:
    answer = entrance.send(request(event="ping"))
    assert (answer.status, answer.json["message"]) == (200, "pong")
    assert EventLog.objects.get(pk=answer.json["event_id"]).event == "ping"


def test_without_lanes_a_delivery_is_in_none(entrance: Entrance, configure: Configure) -> None:
    configure(LANES=False)
    entrance.send(request(event="issues"))
    row = EventLog.objects.get()
    assert row.lane is None
    assert row.number is not None


def test_a_delivery_that_comes_twice_is_stored_once(entrance: Entrance) -> None:
    made = request()
    first, second = entrance.send(made), entrance.send(made)
    assert (first.status, second.status) == (202, 202)
    assert second.json == {**first.json, "message": "already received"}
    assert EventLog.objects.count() == 1


def test_the_same_delivery_at_another_entrance_is_the_same_delivery() -> None:
    made = request()
    answers = [way().send(made) for way in ALL.values()]
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["event_id"] for answer in answers}) == 1


def test_an_id_with_another_body_is_refused_and_logged(
    entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    entrance.send(request(b'{"n":1}', guid="abc"))
    with caplog.at_level(logging.WARNING, "django_github_app"):
        answer = entrance.send(request(b'{"n":2}', guid="abc"))
    assert (answer.status, answer.json["error"]) == (409, "conflict")
    assert EventLog.objects.get().payload == {"n": 1}
    (record,) = [record for record in caplog.records if "another body" in record.message]
    assert record.__dict__["delivery"] == "abc"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EventStatus.DONE, EventStatus.DONE),
        (EventStatus.PENDING, EventStatus.PENDING),
        (EventStatus.RETRYING, EventStatus.PENDING),
        (EventStatus.DEAD, EventStatus.PENDING),
    ],
)
def test_a_redelivery_runs_again_what_did_not_end_well(
    main_entrance: Entrance, before: EventStatus, after: EventStatus
) -> None:
    made = request()
    first = main_entrance.send(made)
    EventLog.objects.update(status=before, next_attempt_at=timezone.now())
    second = main_entrance.send(made)
    assert (second.status, second.json["event_id"]) == (202, first.json["event_id"])
    assert EventLog.objects.get().status == after


def test_a_body_that_django_would_find_too_large_is_accepted(entrance: Entrance, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    payload = {"action": "opened", "text": "x" * 5000}
    for content_type in ("application/json", FORM):
        answer = entrance.send(request(payload=payload, content_type=content_type))
        assert answer.status == 202
        assert EventLog.objects.get(pk=answer.json["event_id"]).payload == payload


def test_a_large_body_is_stored_to_the_byte(entrance: Entrance) -> None:
    body = b'{"text":"' + b"0123456789" * 80_000 + b'"}'
    assert len(body) > inbox.LARGE_BODY
    made = request(body)
    assert entrance.send(made).status == 202
    assert EventLog.objects.get().raw_body == body
    assert entrance.send(made.having(x_hub_signature_256=sign(b"", SECRET))).status == 403


def test_nul_and_surrogates_and_huge_numbers_are_stored_as_they_came(entrance: Entrance) -> None:
    body = rb'{"action":"\u0000\ud800","number":1e400,"x":' + b"9" * 5000 + b',"x":{"y":"\\udfff"}}'
    answer = entrance.send(request(body))
    assert answer.status == 202
    row = EventLog.objects.get()
    assert row.raw_body == body
    assert row.payload["number"] == float("inf")
    assert row.payload["x"] == {"y": "\udfff"}
    assert row.action == "\ufffd?"


def test_while_secrets_are_rotated_either_is_good(entrance: Entrance, configure: Configure) -> None:
    configure(WEBHOOK_SECRET=["new", "old"])
    assert entrance.send(request(secret="old")).status == 202
    assert entrance.send(request(secret="new")).status == 202
    assert entrance.send(request(secret=SECRET)).status == 403


# What is not in the way


def test_no_session_login_csrf_token_or_transaction_is_needed(
    entrance: Entrance, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", True)

    def in_a_transaction(*args: Any) -> None:
        pytest.fail("the request was in a transaction")

    monkeypatch.setattr(inbox, "_store_here", in_a_transaction)
    assert entrance.send(request()).status == 202
    assert EventLog.objects.count() == 1


# What is refused


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_its_status_and_a_reason_and_is_not_stored(main_entrance: Entrance, name: str) -> None:
    bad = BAD[name]
    answer = main_entrance.send(bad.made)
    assert answer.status == bad.status
    assert set(answer.json) == {"error", "reason"}
    assert answer.json["error"] == bad.error
    assert answer.headers.get("allow") == ("POST" if bad.status == 405 else None)
    assert not EventLog.objects.exists()


@pytest.mark.parametrize("secret", ["", [], ["", ""], None])
def test_without_a_secret_every_request_is_refused(
    main_entrance: Entrance, configure: Configure, secret: Any
) -> None:
    configure(WEBHOOK_SECRET=secret)
    for made in (GOOD, GOOD.signed(""), GOOD.having(x_hub_signature_256=None)):
        answer = main_entrance.send(made)
        assert (answer.status, answer.json["error"]) == (403, "secret_missing")
    assert not EventLog.objects.exists()


def test_a_thousand_random_bad_requests_are_refused_and_none_is_stored(main_entrance: Entrance) -> None:
    statuses: dict[int, int] = {}
    for made in random_bad_requests(seed=2026, count=1000):
        answer = main_entrance.send(made)
        assert 400 <= answer.status < 500, (made, answer)
        if made.method != "HEAD":
            assert set(answer.json) == {"error", "reason"}
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    assert not EventLog.objects.exists()
    assert set(statuses) >= {400, 401, 403, 405, 415}


def test_what_is_refused_is_logged_without_anything_of_the_request(
    main_entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "django_github_app"):
        main_entrance.send(request(b'{"password":"hunter2"', guid="hunter3"))
    (record,) = [record for record in caplog.records if record.name == "django_github_app.ingest.answers"]
    assert (record.__dict__["code"], record.__dict__["status"]) == ("body_invalid", 400)
    assert "hunter" not in str(record.__dict__)


@pytest.mark.parametrize("excess", [1, 10_000])
def test_a_body_over_the_cap_is_refused(main_entrance: Entrance, configure: Configure, excess: int) -> None:
    configure(MAX_BODY_BYTES=1000)
    body = b'{"text":"' + b"x" * (1000 - 11) + b'"}'
    assert len(body) == 1000
    assert main_entrance.send(request(body)).status == 202
    answer = main_entrance.send(request(body + b" " * excess))
    assert (answer.status, answer.json["error"]) == (413, "body_too_large")
    assert EventLog.objects.count() == 1


# Views


# The plain ASGI application
