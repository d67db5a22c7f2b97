"""One list of EventLog's columns: the model, claims and archives agree with it."""

from __future__ import annotations

import dataclasses

from django_github_app.models import EventLog
from django_github_app.retention.records import ArchivedEvent
from django_github_app.sql.claims import Claimed
from django_github_app.sql.columns import ARCHIVED, CLAIMED, EVENT_COLUMNS, STORED, STORED_FROM, TRACEPARENT

# Where a field of ours has another name than its column.
ATTRIBUTES = {"attempts": "attempt", "payload": "legacy_payload"}


def test_the_list_has_every_column_of_the_model_but_the_archive() -> None:
    columns = {field.column for field in EventLog._meta.concrete_fields}
    assert {column.name for column in EVENT_COLUMNS} == columns - {"archive_id", TRACEPARENT.name}


def test_a_claim_has_its_columns_in_their_order() -> None:
    fields = [field.name for field in dataclasses.fields(Claimed)]
    assert fields[: len(CLAIMED)] == [ATTRIBUTES.get(name, name) for name in CLAIMED]


def test_an_archived_event_has_its_columns_in_their_order() -> None:
    assert ArchivedEvent.__struct_fields__[: len(ARCHIVED)] == ARCHIVED


def test_intake_knows_where_to_find_what_it_writes() -> None:
    assert [column.name for column in STORED][-1] == "body"
    assert len(STORED_FROM) == len(STORED) - 1
