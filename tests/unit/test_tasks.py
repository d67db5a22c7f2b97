"""Celery's entry points: each is one call, goes to its queue, and keeps its name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from celery import Task

from django_github_app import tasks

CALLS: list[tuple[str, tuple[Any, ...], str, tuple[Any, ...]]] = [
    ("process_event", (7,), "execution.batches.process", ([7],)),
    ("process_events", ([7, 8], "sync"), "execution.batches.process", ([7, 8], "sync")),
    ("retention", ("delete", 7, 30), "retention.scheduled.apply_policy", ("delete", 7, 30)),
    ("run_retention_job", (3,), "retention.jobs.run", (3,)),
    ("watch_retention_jobs", (), "retention.jobs.watch", ()),
    ("watch_commands", (), "execution.commands.answer_overdue", ()),
    ("reconcile", (), "maintenance.reconcile.reconcile_if_configured", ()),
    ("plan_schedules", (), "maintenance.planning.plan", ()),
    ("recover_missed", (), "maintenance.missed.recover_if_configured", ()),
    ("backfill", (), "maintenance.backfill.backfill", ()),
]


@pytest.mark.parametrize(("name", "given", "room", "expected"), CALLS, ids=[call[0] for call in CALLS])
def test_a_task_is_one_call(
    monkeypatch: pytest.MonkeyPatch, name: str, given: tuple[Any, ...], room: str, expected: tuple[Any, ...]
) -> None:
    called: list[tuple[Any, ...]] = []
    module, _, function = room.rpartition(".")
    where = import_module(f"django_github_app.{module}")
    monkeypatch.setattr(where, function, lambda *arguments: called.append(arguments))
    task: Any = getattr(tasks, name)
    assert task.name == f"django_github_app.tasks.{name}"
    task(*given)
    assert called == [expected]


def test_a_sweep_that_ran_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    from django_github_app.maintenance import heartbeat, sweep

    done: list[str] = []
    monkeypatch.setattr(sweep, "sweep", lambda: done.append("swept"))
    monkeypatch.setattr(heartbeat, "note", lambda: done.append("noted"))
    tasks.sweep()
    assert done == ["swept", "noted"]


@pytest.mark.parametrize(
    ("options", "queue"),
    [({}, "github.maintenance"), ({"queue": "own"}, "own"), ({"routing_key": "x"}, None)],
)
def test_a_task_goes_to_its_queue_unless_the_caller_names_another(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, str], queue: str | None
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(
        Task, "apply_async", lambda self, args, kwargs, **given: sent.append(given.get("queue"))
    )
    task: Any = tasks.sweep
    task.apply_async(**options)
    assert sent == [queue]
