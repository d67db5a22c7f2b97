"""Rows as a project knows them: its fixtures, its signals, its foreign keys."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import NotSupportedError, connection, models
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from django_github_app import retention
from django_github_app.ingest import inbox
from django_github_app.models import ArchiveFile, EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.retention.policy import is_thorough_hour, last_due_id
from tests.support.entrances import MAIN
from tests.support.requests import request as webhook

OLD = dt.timedelta(days=100)


def make(**values: Any) -> EventLog:
    return EventLog.objects.create(
        event="push", payload={"ref": "main"}, received_at=timezone.now() - OLD, **values
    )


# Fixtures


@pytest.mark.django_db
@pytest.mark.backends
def test_a_fixture_of_the_old_model_loads(tmp_path: Path) -> None:
    payload = {"action": "opened", "issue": {"number": 5}, "sender": {"login": "octocat"}}
    fields = {"event": "issues", "payload": payload, "received_at": "2025-01-02T03:04:05Z"}
    file = tmp_path / "old.json"
    file.write_text(json.dumps([{"model": "django_github_app.eventlog", "pk": 41, "fields": fields}]))
    call_command("loaddata", str(file), verbosity=0)
    row = EventLog.objects.get(pk=41)
    assert (row.event, row.payload, row.status) == ("issues", payload, EventStatus.DONE)
    assert (row.action, row.number, row.sender) == ("opened", 5, "octocat")


@pytest.mark.django_db
def test_rows_that_are_dumped_load_again(tmp_path: Path) -> None:
    row = make()
    file = tmp_path / "new.json"
    call_command("dumpdata", "django_github_app.eventlog", output=str(file), verbosity=0)
    EventLog.objects.all().delete()
    call_command("loaddata", str(file), verbosity=0)
    assert EventLog.objects.get(pk=row.pk).payload == {"ref": "main"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "use",
    [
        lambda rows: rows.filter(payload__action="opened"),
        lambda rows: rows.filter(payload=None),
        lambda rows: list(rows.values("payload")),
        lambda rows: list(rows.values_list("payload", flat=True)),
        lambda rows: rows.order_by("payload"),
        lambda rows: rows.update(payload={}),
    ],
)
def test_a_query_for_the_payload_is_refused_with_what_to_do_instead(use: Any) -> None:
    with pytest.raises(NotSupportedError, match="Filter by event, action"):
        use(EventLog.objects.all())


@pytest.mark.django_db
def test_rows_that_are_read_without_their_payload_are_rows() -> None:
    row = make()
    assert EventLog.objects.defer("payload").get().payload == {"ref": "main"}
    assert EventLog.objects.only("event", "payload").get() == row


# Signals


@pytest.fixture
def told() -> Iterator[list[Any]]:
    found: list[Any] = []

    def saved(sender: Any, instance: EventLog, created: bool, **kwargs: Any) -> None:
        found.append(("saved", instance.pk, instance.payload, created))

    def deleted(sender: Any, instance: EventLog, **kwargs: Any) -> None:
        found.append(("deleted", instance.pk))

    post_save.connect(saved, EventLog)
    post_delete.connect(deleted, EventLog)
    yield found
    post_save.disconnect(saved, EventLog)
    post_delete.disconnect(deleted, EventLog)


@pytest.mark.django_db
@pytest.mark.parametrize("entrance", list(MAIN))
def test_a_delivery_is_told_once_within_a_test(entrance: str, told: list[Any]) -> None:
    made = webhook()
    answer = MAIN[entrance]().send(made)
    MAIN[entrance]().send(made)
    row = EventLog.objects.get(pk=answer.json["event_id"])
    assert told == [("saved", row.pk, row.payload, True)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("entrance", list(MAIN))
def test_a_delivery_is_told_after_it_is_committed(
    entrance: str, told: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "_may_be_in_a_test", lambda: False)
    answer = MAIN[entrance]().send(webhook())
    inbox.close()
    row = EventLog.objects.get(pk=answer.json["event_id"])
    assert told == [("saved", row.pk, row.payload, True)]


@pytest.mark.django_db
def test_a_receiver_that_fails_loses_no_delivery(caplog: pytest.LogCaptureFixture) -> None:
    def broken(sender: Any, **kwargs: Any) -> None:
        raise RuntimeError("receiver")

    post_save.connect(broken, EventLog)
    try:
        answer = next(iter(MAIN.values()))().send(webhook())
    finally:
        post_save.disconnect(broken, EventLog)
    assert answer.status == 202
    assert EventLog.objects.filter(pk=answer.json["event_id"]).exists()
    assert "a receiver of post_save failed" in caplog.text


@pytest.mark.django_db
@pytest.mark.backends
def test_cleanup_tells_what_it_deletes(told: list[Any]) -> None:
    row = make()
    told.clear()
    assert EventLog.objects.cleanup_events(1)[0] == 1
    assert told == [("deleted", row.pk)]


# Foreign keys


@pytest.fixture(params=["CASCADE", "SET_NULL", "PROTECT", "RESTRICT"])
def note(request: pytest.FixtureRequest) -> Iterator[type[models.Model]]:
    """A project's model that refers to events, for the time of a test."""
    from django.apps import apps

    class Note(models.Model):  # noqa: DJ008 - nobody reads it
        event = models.ForeignKey(
            EventLog, null=True, on_delete=getattr(models, request.param), related_name="notes"
        )

        class Meta:
            app_label = "django_github_app"
            db_table = f"project_note_{request.param.lower()}"

    with connection.schema_editor() as editor:
        editor.create_model(Note)
    Note.on_delete = request.param  # type: ignore[attr-defined]
    yield Note
    connection.check_constraints()
    del apps.all_models["django_github_app"]["note"]
    apps.clear_cache()


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["cleanup", "archive"])
def test_what_refers_to_an_event_gets_what_its_on_delete_says(
    note: Any, way: str, settings: Any, tmp_path: Path
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }
    referred, free = make(), make()
    HandlerRun.objects.create(
        event=referred, handler="a.b", status=RunStatus.SUCCEEDED, started_at=timezone.now()
    )
    kept = note.objects.create(event=referred)

    def run() -> None:
        if way == "cleanup":
            EventLog.objects.cleanup_events(1)
        else:
            retention.archive_events(1, storage="archives")

    run()
    held = note.on_delete in ("PROTECT", "RESTRICT")
    assert not EventLog.objects.filter(pk=free.pk).exists()
    assert EventLog.objects.filter(pk=referred.pk).exists() == held
    assert HandlerRun.objects.filter(event_id=referred.pk).exists() == held
    assert note.objects.filter(pk=kept.pk).exists() == (note.on_delete != "CASCADE")
    if note.on_delete == "SET_NULL":
        kept.refresh_from_db()
        assert kept.event_id is None
    files = ArchiveFile.objects.count()
    run()
    assert ArchiveFile.objects.count() == files, "an event that may not go is archived once"


# Ids that do not rise with the time of receipt


@pytest.mark.django_db
def test_rows_that_were_loaded_newest_first_are_cleaned_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_github_app.retention import policy

    monkeypatch.setattr(policy, "SMALL_TABLE", 10)
    now = timezone.now()
    # Loaded from elsewhere: the newest come first.
    ages = [0] * 60 + [100] * 60
    EventLog.objects.bulk_create(
        [
            EventLog(event="push", received_at=now - dt.timedelta(days=age), status=EventStatus.DONE)
            for age in ages
        ]
    )
    assert EventLog.objects.cleanup_events(30)[0] == 60
    assert EventLog.objects.count() == 60


@pytest.mark.django_db
def test_once_a_day_every_row_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_github_app.retention import policy

    monkeypatch.setattr(policy, "SMALL_TABLE", 10)
    monkeypatch.setattr(policy, "SAMPLES", 1)
    now = timezone.now()
    rows = EventLog.objects.bulk_create(
        [
            EventLog(event="push", received_at=now - dt.timedelta(days=0 if n != 90 else 100))
            for n in range(100)
        ]
    )
    cutoff = now - dt.timedelta(days=30)
    assert last_due_id(cutoff) < rows[90].pk
    assert last_due_id(cutoff, thorough=True) == rows[-1].pk
    hours = [dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC) for hour in range(24)]
    assert sum(map(is_thorough_hour, hours)) == 1
