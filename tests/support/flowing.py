"""Pushes to a pull request, and workers in threads that take what is pending and what is due."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from celery._state import get_current_app
from django.db import connections

from django_github_app.broker import publisher
from django_github_app.execution import batches
from django_github_app.maintenance import publishing, sweep
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.testing import payloads
from django_github_app.testing.deliver import store

WAITS = (EventStatus.PENDING.value, EventStatus.RETRYING.value)


def sha(number: int) -> str:
    return f"{number:040x}"


def push_payload(number: int, *, action: str = "synchronize", **more: Any) -> dict[str, Any]:
    """Return the payload of the n-th push to a pull request; all are of the same second, as GitHub dates them."""
    data = payloads.build("pull_request", action)
    data["pull_request"]["updated_at"] = "2026-01-01T00:00:00Z"
    data["pull_request"]["head"]["sha"] = sha(number)
    return data | {"before": sha(number - 1), "after": sha(number)} | more


def push(number: int, worker_type: Any, **more: Any) -> EventLog:
    return store("pull_request", payload=push_payload(number, **more), worker_type=worker_type)


def until(condition: Any, seconds: float = 15.0, what: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it did not come to that"
        time.sleep(0.01)


def status(row: EventLog) -> str:
    return EventStatus(EventLog.objects.get(pk=row.pk).status).label


def runs(*rows: EventLog) -> list[tuple[str, str | None]]:
    """Return how the runs of events ended, in the order of the events."""
    found = HandlerRun.objects.filter(event__in=[row.pk for row in rows]).order_by("event_id", "id")
    return [(RunStatus(run.status).label, run.error) for run in found]


def wait_until_final(rows: Sequence[EventLog], seconds: float = 20.0) -> None:
    ids = [row.pk for row in rows]
    left = EventLog.objects.filter(pk__in=ids, status__lt=EventStatus.DONE.value)
    until(lambda: not left.exists(), seconds, f"not over: {list(left.values_list('id', 'status'))}")


@contextmanager
def workers(worker_type: str, count: int = 3) -> Iterator[None]:
    """Let threads do what workers do when messages come all the time, and beat's sweep. Nothing is published."""
    stop = threading.Event()
    app = get_current_app()

    def work() -> None:
        app.set_current()  # Celery's own of another thread has another broker
        try:
            while not stop.is_set():
                # In place of messages, which name what was published.
                waits = EventLog.objects.filter(status__in=WAITS, worker_type=worker_type)
                batches.process(list(waits.values_list("id", flat=True)), worker_type)
                stop.wait(0.02)
        finally:
            publisher._forget_producer()
            connections.close_all()

    def look() -> None:
        app.set_current()
        try:
            while not stop.wait(0.2):
                sweep.sweep()
        finally:
            publisher._forget_producer()
            connections.close_all()

    threads = [threading.Thread(target=work, name=f"worker-{uuid.uuid4()}") for _ in range(count)]
    threads.append(threading.Thread(target=look))
    with ExitStack() as stack:
        for room, name in (
            (sweep, "publish"),
            (sweep, "publish_singly"),
            (publishing, "publish"),
            (publishing, "wake"),
        ):
            stack.enter_context(patch.object(room, name, lambda *args, **kwargs: None))
        stack.enter_context(patch.object(sweep, "messages_waiting", lambda worker_type: 0))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)
