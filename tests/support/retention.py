"""Varied events, and exact pictures of rows, for the tests of retention."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.db import connection
from django.utils import timezone

from django_github_app.bodies import frames
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.testing import payloads

ROW_COLUMNS = [
    str(field.column)
    for field in EventLog._meta.concrete_fields
    if field.name not in ("body", "legacy_payload", "restored_at", "archive", "traceparent")
]
RUN_COLUMNS = [str(field.column) for field in HandlerRun._meta.concrete_fields]
AWKWARD_BODIES = [
    rb'{"nul":"\u0000","lone":"\ud800","action":"opened"}',
    '{"emoji":"🦀🇩🇪 e\u0301 \u2028"}'.encode(),
    b'{"a":1, "a":2,"big":1e400,"text":1.10}',
    b'{\n  "pretty": true\n}\r\n',
    b"payload=%7B%22action%22%3A%22opened%22%7D",
    b'{"latin":"\xff"}',
    b"",
    b"\x00" * 1000,
    b"[" * 5000 + b"]" * 5000,
]

TRIES = '[{"started_at": "2026-11-20T12:00:00.5+00:00", "duration_ms": 1, "error": "nö", "traceback": null}]'


def days_ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def an_event(*, days: float = 10, body: bytes | None = b'{"action":"opened"}', **values: Any) -> EventLog:
    """Store an event that was received some days ago; finished unless another status is given."""
    defaults = {"event": "issues", "status": EventStatus.DONE, "finished_at": days_ago(days)}
    defaults |= {"received_at": days_ago(days), "delivery": str(uuid.uuid4()), "hook_id": 1}
    row = EventLog(**{**defaults, **values})
    if body is not None:
        row.raw_body = body
    row.save(force_insert=True)
    return row


def a_run(event: EventLog, **values: Any) -> HandlerRun:
    values = {"handler": "app.handlers.label", "status": RunStatus.SUCCEEDED, **values}
    return HandlerRun.objects.create(event=event, started_at=days_ago(9), **values)


def varied_events(count: int, *, days: Sequence[int] = (9, 10, 11), large: int = 0, seed: int = 5) -> None:
    """Store events of every kind: awkward bodies, ``large`` ones of 1 MB, old rows, failed ones with runs."""
    chance = random.Random(seed)
    samples = [
        json.dumps(payloads.build(name)).encode() for name in ("issues", "push", "pull_request", "ping")
    ]
    names = ["issues", "push", "pull_request", None]
    rows, runs = [], []
    moment = days_ago(max(days)).replace(microsecond=123456)
    step = dt.timedelta(days=len(days)) / count
    first = (EventLog.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1
    for number in range(count):
        received_at = moment + step * number + dt.timedelta(seconds=chance.randint(-30, 30))
        status = chance.choice([EventStatus.DONE] * 6 + [EventStatus.IGNORED, EventStatus.DEAD])
        row = EventLog(
            id=first + number,
            event=chance.choice(names),
            action=chance.choice(["opened", None, "ünïcödé 🦀"]),
            received_at=received_at,
            delivery=str(uuid.UUID(int=chance.getrandbits(128))) if number % 7 else None,
            hook_id=chance.getrandbits(40),
            target_id=chance.getrandbits(62),
            installation_id=chance.choice([None, 2**40]),
            repository_id=chance.choice([None, 7]),
            repository=chance.choice(["octo/hello", "octo/other", None]),
            sender=chance.choice(["octocat", None]),
            number=chance.choice([None, 42]),
            status=status,
            worker_type=chance.choice(["", "sync", "async"]),
            lane=chance.choice([None, -(2**60)]),
            attempts=chance.randint(0, 5),
            lost_leases=chance.randint(0, 2),
            finished_at=None if number % 11 == 0 else received_at + dt.timedelta(microseconds=number),
        )
        if number % 13 == 0:
            row.legacy_payload = {"action": "opened", "n": number, "text": "é🦀", "f": 1.5}
        elif number < len(AWKWARD_BODIES) * 2:
            row.raw_body = AWKWARD_BODIES[number % len(AWKWARD_BODIES)]
            row.form_encoded = row.raw_body.startswith(b"payload=")
        elif large and number % max(1, count // large) == 1:
            row.raw_body = json.dumps({"blob": chance.randbytes(500_000).hex(), "n": number}).encode()
        elif number % 17:
            row.raw_body = chance.choice(samples)
        rows.append(row)
        for position in range(chance.choice([0, 0, 1, 3])):
            failed = status is EventStatus.DEAD
            runs.append(
                HandlerRun(
                    event_id=row.id,
                    kind="command" if position else "event",
                    handler=f"app.handlers.number_{number % 5}",
                    position=position,
                    status=RunStatus.DEAD if failed else RunStatus.SUCCEEDED,
                    attempts=position + 1,
                    started_at=received_at,
                    duration_ms=chance.random() * 100,
                    error="ValueError: nö 🦀" if failed else None,
                    traceback="Traceback (most recent call last):\n  …\nValueError: nö" if failed else None,
                    command="label" if position else None,
                    arguments="+A  -B" if position else None,
                    actor="octocat" if position else None,
                    tries=TRIES if failed else None,
                    checkpoint='{"step": "ünï"}' if failed else None,
                    checkpointed_at=received_at if failed else None,
                )
            )
        if len(rows) >= 1000:
            _store(rows, runs)
    _store(rows, runs)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # ids were chosen here
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{EventLog._meta.db_table}', 'id'), %s)",
                [first + count],
            )


def _store(rows: list[EventLog], runs: list[HandlerRun]) -> None:
    EventLog.objects.bulk_create(rows)
    HandlerRun.objects.bulk_create(runs)
    rows.clear()
    runs.clear()


def picture(ids: Iterable[int] | None = None) -> dict[int, tuple[Any, ...]]:
    """Return every row as it is: columns, exact body, text of an old payload, runs."""
    text = "payload::text" if connection.vendor == "postgresql" else "payload"
    chosen = "" if ids is None else f" WHERE id IN ({', '.join(map(str, ids)) or 'NULL'})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(ROW_COLUMNS)}, {text}, body FROM {EventLog._meta.db_table}{chosen}"
        )
        rows = cursor.fetchall()
        cursor.execute(f"SELECT {', '.join(RUN_COLUMNS)} FROM {HandlerRun._meta.db_table} ORDER BY id")
        runs: dict[int, list[Any]] = {}
        for run in cursor.fetchall():
            values = dict(zip(RUN_COLUMNS, run, strict=True))
            runs.setdefault(values["event_id"], []).append(tuple(values.values()))
    return {
        row[0]: (*row[:-1], None if row[-1] is None else frames.decompress(row[-1]), runs.get(row[0], []))
        for row in rows
    }


class FaultyStorage(InMemoryStorage):
    """A storage that does to files what networks and disks do. ``fault`` names what; "" for nothing."""

    fault = ""

    def _save(self, name: str, content: Any) -> str:
        data = b"".join(content.chunks())
        if not name.endswith(".manifest.json"):
            match self.fault:
                case "truncated":
                    data = data[: len(data) // 2]
                case "altered":
                    data = data[:10] + bytes([data[10] ^ 1]) + data[11:]
                case "emptied":
                    data = b""
                case "another":
                    data = b'{"id":1,"status":"done","received_at":"2020-01-01T00:00:00Z"}\n'
                case "lost":
                    return name
                case "refused":
                    raise OSError("507 Insufficient Storage")
        elif self.fault == "manifest":
            data = data.replace(b"count", b"cuont")
        saved: str = super()._save(name, ContentFile(data))  # type: ignore[misc]  # the stubs have none
        return saved


class RenamingStorage(FileSystemStorage):
    """A storage that gives files other names than it was asked to, as some do to avoid guessing."""

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        return f"{file_root}_x{file_ext}"

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return f"{name}_renamed"
