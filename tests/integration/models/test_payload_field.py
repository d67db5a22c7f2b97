"""``payload`` is a field without a column: it is taken where fields are named, and queries say what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import serializers
from django.db import NotSupportedError

from django_github_app.models import EventLog
from django_github_app.models.payload_field import PayloadField

QUERIES = [
    lambda: EventLog.objects.filter(payload={}),
    lambda: EventLog.objects.filter(payload__action="opened"),
    lambda: list(EventLog.objects.values("payload")),
    lambda: list(EventLog.objects.order_by("payload")),
    lambda: EventLog.objects.update(payload={}),
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.django_db
def test_a_query_is_refused_with_the_step_to_take(query: Any) -> None:
    with pytest.raises(NotSupportedError, match=r"payload is no column.*docs/migrating.md"):
        query()


@pytest.mark.django_db
def test_a_fixture_brings_its_payload() -> None:
    fields = {"event": "push", "payload": {"ref": "main"}, "received_at": "2026-03-01T12:00:00Z"}
    fixture = json.dumps([{"model": "django_github_app.eventlog", "pk": 5, "fields": fields}])
    for one in serializers.deserialize("json", fixture):
        one.save()
    assert EventLog.objects.get(pk=5).payload == {"ref": "main"}


def test_it_has_a_name_and_no_column() -> None:
    field = EventLog._meta.get_field("payload")
    assert isinstance(field, PayloadField)
    assert (field.attname, field.column) == ("payload", None)
    assert field.to_python({"a": 1}) == {"a": 1}
