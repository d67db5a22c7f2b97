"""Whether a process can do its work: the database, its tables, the broker, what waits to be stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connections, router

from django_github_app import probes
from django_github_app.broker import celery_app
from django_github_app.models import EventLog
from django_github_app.process.per_process import PerProcess

MOST_BACKLOG: Final = 5_000
"""Deliveries that may wait in a process for their commit before it gets no more."""
BELIEVED: Final = 5.0
"""Seconds for which an answer of the broker is believed: probes come often, from several sides."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what is wrong with it (empty: nothing), and whether that keeps the process from working."""

    subject: str
    problem: str = ""
    serious: bool = True


class _Process:
    migrated = False
    broker_at = 0.0
    broker = Finding("broker")


_process = PerProcess(_Process)


def examine() -> list[Finding]:
    """Look at everything that a web process needs. A broker that is away keeps no delivery from being stored."""
    return [_examined(subject, look) for subject, look in _LOOKS.items()]


def is_ready(findings: list[Finding]) -> bool:
    """Return whether nothing serious is wrong."""
    return not any(finding.problem and finding.serious for finding in findings)


def _examined(subject: str, look: Callable[[], Iterator[Finding]]) -> Finding:
    try:
        return next(look(), Finding(subject))
    except Exception as error:  # noqa: BLE001 - whatever is broken is the answer
        return Finding(subject, f"{type(error).__name__}: {_HINTS[subject]}")


def _database() -> Iterator[Finding]:
    with connections[router.db_for_write(EventLog)].cursor() as cursor:
        cursor.execute("SELECT 1")
    return iter(())


def _migrations() -> Iterator[Finding]:
    process = _process.get()
    if not process.migrated:
        # Once they are applied they stay so; reading them all takes longer than a probe may.
        if missing := unapplied():
            yield Finding("migrations", f"not applied: {', '.join(missing)}; run `manage.py migrate`")
            return
        process.migrated = True


def unapplied() -> list[str]:
    """Return the names of this app's migrations that the database does not have."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[router.db_for_write(EventLog)])
    leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "django_github_app"]
    return [migration.name for migration, _ in executor.migration_plan(leaves)]


def _broker() -> Iterator[Finding]:
    process = _process.get()
    if time.monotonic() > process.broker_at + BELIEVED or not process.broker_at:
        process.broker = Finding("broker")
        try:
            if not celery_app.runs_eagerly():
                celery_app.reach_broker()
        except Exception as error:  # noqa: BLE001 - whatever its client raises
            text = f"{type(error).__name__}: {_HINTS['broker']}"
            process.broker = Finding("broker", text, serious=False)
        process.broker_at = time.monotonic()
    yield process.broker


def _backlog() -> Iterator[Finding]:
    waiting = probes.backlog() if probes.backlog is not None else 0
    if waiting > MOST_BACKLOG:
        yield Finding("inbox", f"{waiting} deliveries wait for their commit")


_HINTS: Final = {
    "database": "it cannot be reached; see DATABASES and that it runs",
    "migrations": "the tables could not be looked at; see the database",
    "broker": "it cannot be reached; see CELERY_BROKER_URL and that it runs. Events are stored and wait",
    "inbox": "what waits could not be counted",
}
_LOOKS: Final[dict[str, Callable[[], Iterator[Finding]]]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "inbox": _backlog,
}
