"""Everything once, in a project of its own: ``python -m tests.support.setups.flow``.

Prints a JSON object on its last line: what each step found. A step that fails ends the process with its traceback.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

STEPS: dict[str, Callable[[], Any]] = {}
SWEEPS = int(os.environ.get("SETUP_SWEEPS", "5"))


def step(function: Callable[[], Any]) -> Callable[[], Any]:
    STEPS[function.__name__] = function
    return function


def _post(event: str, worker_type: str = "sync", guid: str | None = None, **overrides: Any) -> Any:
    """Send a delivery through Django's whole request cycle and return the event's row."""
    from django.test import Client
    from django.urls import reverse

    from django_github_app.models import EventLog
    from django_github_app.testing import payloads

    guid = guid or str(uuid.uuid4())
    action = overrides.pop("action", None)
    payload = overrides.pop("payload", None) or payloads.build(event, action, **overrides)
    body = json.dumps(payload)
    response = Client(raise_request_exception=False).post(
        reverse(f"django_github_app:{worker_type}_webhook").removeprefix(_script_name()),
        data=body,
        content_type="application/json",
        headers={
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-GitHub-Hook-ID": "1",
            "X-Hub-Signature-256": payloads.sign("test-secret", body),
        },
    )
    assert response.status_code == 202, (response.status_code, response.content[:2000])
    return EventLog.objects.get(pk=response.json()["event_id"])


def _script_name() -> str:
    from django.conf import settings

    return (settings.FORCE_SCRIPT_NAME or "").rstrip("/")


def _process(*rows: Any) -> None:
    from django_github_app import tasks

    for row in rows:
        tasks.process_events([row.pk], row.worker_type)
        row.refresh_from_db()


@step
def migrate() -> None:
    from django.conf import settings
    from django.core.management import call_command

    for alias in sorted(settings.DATABASES, reverse=os.environ.get("SETUP_MIGRATE") == "reversed"):
        call_command("migrate", database=alias, verbosity=0)
        call_command("migrate", database=alias, verbosity=0)  # post_migrate does its work once


@step
def check() -> list[str]:
    from django.core import checks

    found = checks.run_checks(include_deployment_checks=False)
    assert not [message for message in found if message.level >= checks.ERROR], found
    return sorted(str(message.id) for message in found)


@step
def schedules() -> None:
    from django.db import router
    from django_celery_beat.models import PeriodicTask

    from django_github_app.broker.schedules import schedules

    found = PeriodicTask.objects.using(router.db_for_write(PeriodicTask)).filter(name__startswith="github: ")
    assert found.count() == len(schedules()), list(found)


@step
def delivery() -> None:
    from django_github_app.models import EventStatus

    for worker_type in ("sync", "async", "async"):
        row = _post("issues", worker_type, number=1)
        _process(row)
        assert row.status == EventStatus.DONE, (worker_type, row.status, list(row.runs.values()))
        again = _post("issues", worker_type, guid=row.delivery, number=1)
        assert again.pk == row.pk, "a redelivery is a row of its own"


@step
def retry() -> None:
    from django_github_app.maintenance.sweep import sweep
    from django_github_app.models import EventStatus
    from tests.support.setups.calls import CALLS

    for worker_type in ("sync", "async"):
        row = _post("issues", worker_type, number=2, title="fail once")
        _process(row)
        assert row.status == EventStatus.RETRYING, (row.status, list(row.runs.values()))
        deadline = time.monotonic() + 30
        while row.status != EventStatus.DONE:
            assert time.monotonic() < deadline, ("the retry never ran", row.status, row.next_attempt_at)
            time.sleep(0.05)
            if sweep()["published"]:
                _process(row)
        assert CALLS.count(("steady", row.delivery)) == 1, "what had succeeded ran again"
        assert CALLS.count(("flaky", row.delivery)) == 2


@step
def lost_worker() -> None:
    from django.utils import timezone

    from django_github_app import tasks
    from django_github_app.maintenance.sweep import sweep
    from django_github_app.models import EventLog, EventStatus
    from django_github_app.sql import claims

    row = _post("issues", number=3)
    (claimed,) = claims.claim([row.pk], lease=60)
    assert sweep()["taken_back"] == 0, "a lease that is good was taken back"
    past = timezone.now() - dt.timedelta(seconds=5)
    EventLog.objects.filter(pk=row.pk, attempts=claimed.attempt).update(lease_expires_at=past)
    assert sweep()["taken_back"] == 1
    tasks.process_alone([row.pk], row.worker_type)  # as the sweep's message says
    row.refresh_from_db()
    assert (row.status, row.lost_leases) == (EventStatus.DONE, 1)


@step
def sweeps() -> int:
    """Sweep many times in a row while other threads use the database, and count those that were refused."""
    from django.db import connections

    from django_github_app.maintenance import locks
    from django_github_app.maintenance.sweep import sweep
    from django_github_app.models import EventLog

    refused: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            refused.append(record.getMessage())

    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            EventLog.objects.count()
        connections.close_all()

    listener = Listener()
    locks.logger.addHandler(listener)
    locks.logger.setLevel(logging.INFO)
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(SWEEPS):
            sweep()
    finally:
        over.set()
        for reader in readers:
            reader.join()
        locks.logger.removeHandler(listener)
    assert not refused, f"{len(refused)} of {SWEEPS} sweeps were refused"
    return SWEEPS


@step
def lanes() -> None:
    from django_github_app.models import EventStatus
    from tests.support.setups.calls import CALLS

    first, second = _post("issues", number=4), _post("issues", number=4)
    # Whichever message comes first: a woken worker takes what is pending, each lane in its order.
    _process(second)
    _process(first)
    assert (first.status, second.status) == (EventStatus.DONE, EventStatus.DONE)
    order = [delivery for _, delivery in CALLS if delivery in (first.delivery, second.delivery)]
    assert order.index(first.delivery) < order.index(second.delivery)


@step
def commands() -> None:
    from django_github_app.execution.commands import answer_overdue
    from django_github_app.models import CommandClaim, Taken

    def take(event_id: int) -> Taken:
        return CommandClaim.objects.take("setup", event_id, command="@app x", actor="octocat")

    assert [take(1), take(1), take(2)] == [Taken.NEW, Taken.AGAIN, Taken.ELSEWHERE]
    CommandClaim.objects.acknowledge("setup")
    assert answer_overdue()["told"] == 0


@step
def installations() -> None:
    from gidgethub.sansio import Event

    from django_github_app.models import EventStatus, Installation, Repository
    from django_github_app.testing import payloads

    def posted(action: str, updated_at: str) -> Any:
        payload = payloads.build("installation", action)
        payload["installation"]["updated_at"] = updated_at
        row = _post("installation", payload=payload)
        _process(row)
        assert row.status == EventStatus.DONE, (row.status, list(row.runs.values()))
        return row

    posted("created", "2026-05-01T10:00:00Z")
    payload = posted("suspend", "2026-05-01T12:00:00Z").payload
    event = Event(payload, event="installation", delivery_id="1")
    stored = Installation.objects.get_from_event(event)
    assert stored is not None
    assert Installation.objects.get_or_create_from_event(event) == stored
    suspended = stored.status
    posted("unsuspend", "2026-05-01T11:00:00Z")  # late: it was unsuspended before it was suspended
    stored.refresh_from_db()
    assert stored.status == suspended, "older news won"
    posted("unsuspend", "2026-05-01T13:00:00Z")
    repository = payloads.build("issues")["repository"]
    Repository.objects.create_from_gh_data({**repository, "updated_at": "2026-05-01T10:00:00Z"}, stored)
    assert stored.repositories.count() >= 1


@step
def schedules_of_handlers() -> int:
    from django_github_app.maintenance import planning
    from django_github_app.models import EventLog, EventStatus, Repository
    from tests.support.setups.calls import CALLS

    assert planning.plan() == 0, "a schedule is due from when it is first seen"
    made = planning.plan(time.time() + 2 * 3600)
    assert made == Repository.objects.count()
    for row in EventLog.objects.filter(event="schedule"):
        _process(row)
        assert row.status == EventStatus.DONE, (row.status, list(row.runs.values()))
    assert [name for name, _ in CALLS].count("at times") == made
    return made


def _picture() -> list[Any]:
    from django_github_app.models import EventLog, HandlerRun

    left_out = {"archive_id", "restored_at", "body"}
    kept = [field.attname for field in EventLog._meta.concrete_fields if field.attname not in left_out]
    events = list(EventLog.objects.order_by("pk").values_list(*kept))
    bodies = [row.raw_body for row in EventLog.objects.order_by("pk")]
    return [events, bodies, list(HandlerRun.objects.order_by("pk").values())]


@step
def archive_and_restore() -> int:
    from django_github_app import retention
    from django_github_app.models import EventLog

    before = _picture()
    archived, files = retention.archive_events(0)
    assert archived == len(before[0]), files
    assert files
    assert not EventLog.objects.exists()
    restored, present = retention.restore_events(retention.Filter())
    assert (restored, present) == (archived, 0)
    assert _picture() == before, "what came back is not what was archived"
    assert retention.restore_events(retention.Filter()) == (0, archived)
    return archived


@step
def jobs() -> None:
    """Cleanup as beat starts it and a worker runs it; nothing is due, because restored events are as new."""
    from django_github_app import tasks
    from django_github_app.models import JobState, RetentionJob

    _process(_post("issues", number=5))
    tasks.retention("delete", 0)
    job = RetentionJob.objects.latest("pk")
    tasks.run_retention_job(job.pk)
    tasks.watch_retention_jobs()
    job.refresh_from_db()
    assert job.state == JobState.DONE, (job.state, job.error)
    assert job.result.get("deleted", 0) >= 1 or job.processed >= 1, job.result


@step
def cleanup() -> None:
    from django_github_app.maintenance.publishing import replay
    from django_github_app.models import EventLog, EventStatus

    row = _post("issues", number=6)
    _process(row)
    assert replay([row.pk]) == [row.pk]
    row.refresh_from_db()
    assert row.status == EventStatus.PENDING
    assert not row.runs.exists()
    _process(row)
    deleted, _ = EventLog.objects.cleanup_events(0)
    assert deleted >= 1
    assert not EventLog.objects.filter(pk=row.pk).exists()
    _process(_post("issues", number=7))  # for the pages to show


@step
def observing() -> None:
    """What workers count, what the watch learns from it, whom it would tell."""
    from django_github_app.observe import rollups, watch
    from django_github_app.process.clock import utc_now
    from django_github_app.sql import rollups as table

    rollups.write({("deliveries", "accepted"): [3, 0.0], ("latency", "0.5"): [2, 0.4]}, table.add, utc_now())
    counted = rollups.series("deliveries", dt.timedelta(hours=1))
    assert [point.count for point in counted if point.count] == [3], counted
    assert rollups.latency(dt.timedelta(hours=1)).p99 == 0.5
    watch.look(broker=False)
    rollups.forget_old(utc_now() + dt.timedelta(days=40))
    assert rollups.totals("deliveries", dt.timedelta(days=30)) == {}


@step
def beats_tasks() -> list[str]:
    """Each task that beat sends, as a worker runs it. Those that ask GitHub have no credentials and do nothing."""
    from celery import current_app

    from django_github_app.broker.schedules import schedules

    current_app.loader.import_default_modules()
    names = [schedule.task for schedule in schedules()]
    for name in names:
        current_app.tasks[name]()
    return names


@step
def admin_pages() -> int:
    from .admin_pages import look_at_all

    return look_at_all(_script_name())


@step
def doctor() -> list[str]:
    """What is looked at without a network must be there; a beat that never ran is the one thing that is not."""
    from django_github_app.setup import doctor as room
    from django_github_app.setup.workers import look_at_beat

    looks = (room.look_at_settings, room.look_at_database, room.look_at_cache, look_at_beat)
    found = [finding for look in (*looks, room.look_at_observing, room.look_at_storage) for finding in look()]
    errors = [
        finding for finding in found if finding.level == "error" and "has never run" not in str(finding)
    ]
    assert not errors, errors
    return [finding.subject for finding in found]


def main() -> None:
    if os.environ.get("SETUP_WITHOUT_PSYCOPG"):
        # As where only psycopg2 is installed.
        sys.modules["psycopg"] = None  # type: ignore[assignment]  # that is how an import is refused
    import django

    django.setup()
    if os.environ.get("SETUP_REFUSED"):
        from .refusals import refusals

        print(json.dumps(refusals()))
        return
    found: dict[str, Any] = {}
    for name, function in STEPS.items():
        try:
            found[name] = function()
        except BaseException:
            print(f"step: {name}", file=sys.stderr)
            raise
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # the inbox's and ledger's threads keep their connections, which nobody needs any more


if __name__ == "__main__":
    main()
