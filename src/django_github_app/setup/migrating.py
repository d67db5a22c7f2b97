"""What ``manage.py github doctor --migrating`` looks at: which differences from django-github-app a project meets.

Reads URLs, settings, models, receivers, handlers and the text of the project's own modules. docs/migrating.md has all
differences; this prints those that apply, each with where it applies and the step to take.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from django_github_app.broker import celery_app, schedules
from django_github_app.broker.queues import maintenance_queue
from django_github_app.conf import app_settings
from django_github_app.errors import HandlerLoadError
from django_github_app.models import EventLog, HandlerRun
from django_github_app.routing import GitHubRouter, registrations
from django_github_app.sql.backfill import count_unfilled
from django_github_app.views import AsyncWebhookView, BaseWebhookView, SyncWebhookView, webhook_views

from .findings import Finding

__all__ = ["SUBJECTS", "worker_types"]

Findings = Iterator[Finding]
LARGEST_FILE = 1_000_000

_IN_QUERIES = re.compile(
    r"""payload__\w|\b(?:values|values_list|order_by)\([^()]*["']payload["']|\.update\([^()]*\bpayload="""
)
_IN_TESTS = re.compile(r"\.(?:a?dispatch)\(|status_code\s*==\s*200")


def worker_types() -> set[str]:
    """Return the worker types of the webhook views that the project's URLs name."""
    return {t for view in webhook_views() if (t := getattr(view, "worker_type", None))}


def views() -> Findings:
    """Which views there are, what they override, which workers they need."""
    found = webhook_views()
    if not found:
        yield Finding(
            "views", "error", "no URL names a webhook view: no event comes in",
            "Map SyncWebhookView or AsyncWebhookView as before, or include('django_github_app.urls').",
        )  # fmt: skip
        return
    types = sorted(worker_types())
    workers = " and ".join(f"`manage.py github worker {t}`" for t in types)
    yield Finding(
        "workers", "warning", f"handlers run in Celery workers; your views need: {', '.join(types)}",
        f"Start {workers} and exactly one beat. Requests are answered 202 before any handler has run.",
    )  # fmt: skip
    ours = (SyncWebhookView.__dict__["post"], AsyncWebhookView.__dict__["post"])
    for view in found:
        post = next((vars(c)["post"] for c in view.__mro__ if "post" in vars(c)), None)
        if post not in ours:
            yield Finding(
                "views", "warning", f"{view.__module__}.{view.__qualname__} has a post() of its own",
                "self.router.dispatch() and adispatch() store and enqueue; workers call the handlers. A client that "
                "the view makes is not the one that handlers get: set github_api_class.",
            )  # fmt: skip
        if view.get_response is not BaseWebhookView.get_response and view not in (
            SyncWebhookView,
            AsyncWebhookView,
        ):
            yield Finding(
                "views", "warning", f"{view.__module__}.{view.__qualname__} overrides get_response()",
                "It gets the event log if its parameter is called event_log, and every Answer, refusals included, if "
                "it is called answer. Refusals are 400 to 415 or 503, and no BadRequest is raised.",
            )  # fmt: skip


def celery() -> Findings:
    """Whether retries, sweep and retention will run."""
    app = celery_app.current_app()
    conf = app.conf
    if not conf.task_acks_late:
        yield Finding(
            "celery", "error",
            f"the Celery app {app.main!r} is your own, and does not have this package's settings: tasks of "
            "events go to no worker of it",
            "Call django_github_app.celery.configure(app) where you make the app.",
        )  # fmt: skip
    wanted = {schedule.task for schedule in schedules.schedules()}
    if schedules.uses_database_scheduler():
        model = apps.get_model("django_celery_beat", "PeriodicTask")
        planned = set(model.objects.filter(enabled=True).values_list("task", flat=True))
        where, step = "django-celery-beat's tables", "Run migrate, and enable them in the admin."
    else:
        planned = {entry["task"] for entry in (conf.beat_schedule or {}).values()}
        where = "beat_schedule"
        step = (
            "Add django_github_app.broker.schedules.beat_settings()['beat_schedule'] to CELERY_BEAT_SCHEDULE: a "
            "setting of yours replaces it."
        )
    if missing := sorted(task.rsplit(".", 1)[1] for task in wanted - planned):
        yield Finding(
            "beat", "error", f"not in {where}: {', '.join(missing)}; retries or retention do not run", step
        )
    if worker_types() == {"async"}:
        yield Finding(
            "celery", "warning",
            f"your only views are asynchronous: the async worker has to take the queue {maintenance_queue()} too",
            f"`manage.py github worker async` does; with a command of your own add it: -Q …,{maintenance_queue()}.",
        )  # fmt: skip


def configuration() -> Findings:
    """Settings and installed packages."""
    configured: Any = getattr(settings, "GITHUB_APP", None) or {}
    if not app_settings.webhook_secrets:
        yield Finding(
            "settings", "error", "an empty WEBHOOK_SECRET refuses every request", "Set the app's secret."
        )
    if "WEBHOOK_TYPE" in configured:
        yield Finding("settings", "warning", "WEBHOOK_TYPE does nothing: the view decides", "Remove it.")
    if configured.get("AUTO_CLEANUP_EVENTS", True):
        days = app_settings.DAYS_TO_KEEP_EVENTS
        yield Finding(
            "settings", "warning", f"events older than {days} days are deleted by beat's task, not in requests",
            "See docs/retention.md; events that failed are kept for 30 days.",
        )  # fmt: skip
    engines = {str(database.get("ENGINE")) for database in settings.DATABASES.values()}
    if any("postgresql" in engine for engine in engines) and find_spec("psycopg") is None:
        yield Finding(
            "packages", "error", "PostgreSQL needs psycopg 3, and there is psycopg2", "Install psycopg."
        )
    if not any("postgresql" in engine or "sqlite" in engine for engine in engines):
        yield Finding(
            "packages", "error", "events are stored in PostgreSQL or SQLite only", "See docs/migrating.md."
        )


def rows() -> Findings:
    """Models, receivers and old rows."""
    for relation in EventLog._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ForeignObjectRel) and relation.related_model is not HandlerRun:
            yield Finding(
                "models", "warning", f"{relation.related_model!r} refers to events",
                "Its on_delete is obeyed by cleanup and archive, which delete as Django does then: slower, and what "
                "PROTECT holds stays.",
            )  # fmt: skip
    signals = {
        "pre_save": pre_save,
        "post_save": post_save,
        "pre_delete": pre_delete,
        "post_delete": post_delete,
    }
    heard = [name for name, signal in signals.items() if signal.has_listeners(EventLog)]
    if heard:
        yield Finding(
            "signals", "warning", f"receivers of {', '.join(heard)} hear of events",
            "post_save is sent once per delivery, after its commit, from another thread; changes of its state send "
            "none; pre_save is not sent for deliveries.",
        )  # fmt: skip
    if unfilled := count_unfilled():
        yield Finding(
            "rows", "warning", f"{unfilled:,} old rows have no action, repository, sender and number yet",
            "Beat fills them, some each minute; `manage.py github backfill` does it now.",
        )  # fmt: skip
    registered = admin.site.get_model_admin(EventLog) if admin.site.is_registered(EventLog) else None
    if registered is not None and not type(registered).__module__.startswith("django_github_app."):
        yield Finding(
            "admin", "warning", f"{type(registered).__qualname__} is your own admin of events",
            "Cleanup in the admin enqueues a job; cleanup_view and EventLogCleanupForm are gone.",
        )  # fmt: skip


def handlers() -> Findings:
    """What is registered."""
    try:
        GitHubRouter.ensure_sync_handlers_loaded()
        GitHubRouter.ensure_async_handlers_loaded()
    except HandlerLoadError as error:
        yield Finding("handlers", "error", str(error), "Mend the import: workers retry it with each event.")
    mine = [r for r in registrations() if not (r.callback.__module__ or "").startswith("django_github_app.")]
    if not mine:
        yield Finding(
            "handlers", "error", "no handler is registered",
            "Import their modules in AppConfig.ready(), name them in GITHUB_APP['HANDLERS'], or move them to "
            "<app>/events/handlers.py or ahandlers.py.",
        )  # fmt: skip
    if any(r.kind == "mention" for r in mine):
        yield Finding(
            "handlers", "warning", "mention handlers: what counts as a mention follows CommonMark here",
            "docs/migrating.md has the table: quotes that go on, indented code, links, user_name, names of over 39 "
            "characters.",
        )  # fmt: skip


def source() -> Findings:
    """The text of the project's own modules."""
    for path in _own_files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines, 1):
            if _IN_QUERIES.search(line):
                yield Finding(
                    "source", "error", f"{path}:{number} asks the database for the payload: {line.strip()[:80]}",
                    "The payload is no column. Filter by the columns beside it, and read row.payload in Python.",
                )  # fmt: skip
            elif (
                "django_github_app" in "\n".join(lines)
                and path.name.startswith("test")
                and _IN_TESTS.search(line)
            ):
                yield Finding(
                    "tests", "warning", f"{path}:{number} may expect a handler's work in the request",
                    "A webhook is answered 202; django_github_app.testing.deliver() stores and processes an event.",
                )  # fmt: skip


def _own_files() -> Iterator[Path]:
    installed = tuple(
        str(Path(entry)) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))
    )
    for config in apps.get_app_configs():
        root = Path(config.path)
        if config.name.startswith(("django.", "django_github_app")) or str(root).startswith(installed):
            continue
        for path in sorted(root.rglob("*.py")):
            if "migrations" not in path.parts and path.stat().st_size < LARGEST_FILE:
                yield path


SUBJECTS: dict[str, Callable[[], Findings]] = {
    "views": views,
    "celery": celery,
    "settings": configuration,
    "rows": rows,
    "handlers": handlers,
    "source": source,
}
