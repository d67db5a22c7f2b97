"""One captured body, under new delivery ids and other names: recognised, logged, and run once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from django_github_app.ingest import inbox
from django_github_app.models import BodyDigest, EventLog
from django_github_app.sql import digests
from django_github_app.testing import payloads

pytestmark = [pytest.mark.django_db, pytest.mark.backends]
Post = Callable[..., Any]


@pytest.fixture
def post(client: Client, settings: Any) -> Post:
    def post(event: str, body: bytes, *, delivery: str | None = None, hook: int = 7) -> int:
        answer = client.post(
            "/github/sync/",
            body,
            content_type="application/json",
            headers={
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery or str(uuid.uuid4()),
                "X-GitHub-Hook-ID": str(hook),
                "X-Hub-Signature-256": payloads.sign(settings.GITHUB_APP["WEBHOOK_SECRET"], body),
            },
        )
        return int(answer.status_code)

    return post


def body(event: str, **options: Any) -> bytes:
    return json.dumps(payloads.build(event, **options)).encode()


@pytest.fixture
def protect(settings: Any) -> Callable[[str], None]:
    def protect(mode: str) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "REPLAY_PROTECTION": mode}

    return protect


def test_one_body_under_many_ids_names_and_hooks_is_stored_once(
    post: Post, protect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    protect("refuse")
    captured = body("issue_comment", comment="@test-app deploy")
    assert post("issue_comment", captured) == 202
    again = [post("issue_comment", captured) for _ in range(50)]
    again += [post(event, captured) for event in ("issues", "push", "pull_request", "brand_new_event")]
    assert set(again) == {409}
    assert EventLog.objects.count() == 1
    assert [
        record.__dict__["reason"] for record in caplog.records if record.msg.startswith("a captured")
    ] == [
        *["digest"] * 50,
        *["shape"] * 3,
        "digest",
    ]


def test_under_the_name_of_another_hook_it_is_the_same(post: Post, protect: Any) -> None:
    protect("refuse")
    captured, delivery = body("issues"), str(uuid.uuid4())
    assert post("issues", captured, delivery=delivery) == 202
    assert post("issues", captured, delivery=delivery, hook=8) == 409


def test_githubs_redelivery_and_its_repeated_pings_are_not_hurt(post: Post, protect: Any) -> None:
    protect("refuse")
    captured, delivery = body("issues"), str(uuid.uuid4())
    assert [post("issues", captured, delivery=delivery) for _ in range(3)] == [202] * 3
    assert [post("ping", body("ping")) for _ in range(3)] == [200] * 3
    assert EventLog.objects.filter(event="issues").count() == 1


def test_other_bodies_are_other_bodies(post: Post, protect: Any) -> None:
    protect("refuse")
    assert [post("issues", body("issues", number=number)) for number in range(1, 4)] == [202] * 3


def test_they_are_only_logged_where_the_settings_say_so(
    post: Post, protect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    protect("log")
    assert [post("issues", body("issues")) for _ in range(2)] == [202, 202]
    assert EventLog.objects.count() == 2
    assert "a captured delivery came again" in caplog.text


def test_they_are_not_looked_for_by_default(post: Post) -> None:
    assert [post("issues", body("issues")) for _ in range(2)] == [202, 202]
    assert not BodyDigest.objects.exists()


def test_a_batch_recognises_those_in_it_and_stores_the_rest(protect: Any) -> None:
    from django_github_app.deliveries import Delivery, Summary
    from django_github_app.sql.intake import NewEvent, StoredEvent

    protect("refuse")

    def new_event(delivery: str, text: bytes) -> NewEvent:
        made = Delivery("issues", delivery, 7, 1, Summary.from_payload(json.loads(text)), text)
        return NewEvent(made, "sync", None)

    one, two = body("issues", number=1), body("issues", number=2)
    results = inbox._record([new_event("a", one), new_event("b", one), new_event("c", two)])
    assert [type(result).__name__ for result in results] == ["StoredEvent", "DeliveryReplayed", "StoredEvent"]
    rows = {row.delivery: row.pk for row in EventLog.objects.all()}
    assert [result.id for result in results if isinstance(result, StoredEvent)] == [rows["a"], rows["c"]]


def test_what_is_remembered_is_bounded_by_time() -> None:
    digests.first_seen([(bytes([i]) * 32, (str(i), "issues", 0)) for i in range(5)])
    assert digests.forget_old(7) == 0
    BodyDigest.objects.update(seen_at=F("seen_at") - dt.timedelta(days=8))
    assert digests.forget_old(7, most=3) == 3
    assert BodyDigest.objects.count() == 2
