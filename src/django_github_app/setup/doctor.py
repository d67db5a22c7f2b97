"""What ``manage.py github doctor`` looks at: one function per subject, each says what it found and what to do.

A subject that breaks is a finding, not a crash: the others are still looked at.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import gidgethub
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, InterfaceError, connections, router

from django_github_app import routing
from django_github_app.broker import queues
from django_github_app.conf import app_settings
from django_github_app.errors import GitHubUnreachable, HandlerLoadError
from django_github_app.github import SyncGitHubAPI, app_jwt, transport
from django_github_app.github import cache as shared
from django_github_app.github.messages import Request
from django_github_app.models import EventLog, EventStatus, Installation, InstallationStatus, unfinished
from django_github_app.observe import gauges, watch
from django_github_app.observe.alarms import judge
from django_github_app.observe.redaction import describe
from django_github_app.process import loop
from django_github_app.process.clock import as_aware, as_field
from django_github_app.routing import GitHubRouter
from django_github_app.routing.misnamed import misnamed
from django_github_app.sql.clock import database_now
from django_github_app.sql.dialects import database_kind
from django_github_app.sql.waiting import waiting_types

from .findings import Finding, Findings, Level
from .needs import needs_of
from .workers import look_at_beat, look_at_broker

MAX_SKEW = 30.0
MAX_QUEUE_AGE = 300.0


def examine(subjects: dict[str, Callable[[], Findings]] | None = None) -> Findings:
    """Yield the findings of all subjects, in an order in which the first error explains the later ones."""
    for subject, look in (subjects or SUBJECTS).items():
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - whatever is broken is the answer
            yield Finding(subject, "error", describe(error), step_for(subject, error))


def step_for(subject: str, error: Exception) -> str:
    """Return what to do about a subject that could not be looked at."""
    if isinstance(error, gidgethub.BadRequest):
        return (
            'GitHub refuses our credentials: compare GITHUB_APP["CLIENT_ID"] (or APP_ID) and PRIVATE_KEY with the '
            "app's settings on GitHub, and see that its key was not deleted there."
        )
    if isinstance(error, gidgethub.GitHubException | GitHubUnreachable):
        return _REACH_GITHUB
    if isinstance(error, DatabaseError | InterfaceError):
        return STEPS["database"]
    return STEPS.get(subject, "See the error; `manage.py check` and the log may say more.")


_REACH_GITHUB = (
    'See that GITHUB_APP["API_URL"] is right and that this host may reach it: name resolution, proxy, firewall; '
    "https://www.githubstatus.com says whether GitHub is up."
)
STEPS = {
    "settings": "Mend the setting that the error names; `manage.py check` shows the same.",
    "database": "See that DATABASES is right, that the server runs and takes connections, and `manage.py migrate`.",
    "cache": 'See that CACHES has the alias that GITHUB_APP["CACHE"] names, and that its server runs.',
    "broker": "See that CELERY_BROKER_URL is right and that the broker runs. Meanwhile events are stored and wait.",
    "beat": "See that the database runs and is migrated: beat's schedules are kept there.",
    "archive storage": (
        'See that GITHUB_APP["ARCHIVE_STORAGE"] names a storage, and that its credentials may write, read and delete.'
    ),
    "private key": (
        'Set GITHUB_APP["PRIVATE_KEY"] to the .pem file from the app\'s settings on GitHub, or to its path, and '
        "CLIENT_ID or APP_ID beside it."
    ),
    "clock": _REACH_GITHUB,
    "authentication": _REACH_GITHUB,
    "webhook": _REACH_GITHUB,
    "deliveries": _REACH_GITHUB,
    "installations": _REACH_GITHUB,
    "observing": "See that the database runs and is migrated.",
}
"""What to do about each subject when the thing that it needs is away."""


def look_at_settings() -> Findings:
    found = [
        message
        for message in checks.run_checks()
        if str(message.id).startswith("django_github_app.") and not message.is_silenced()
    ]
    for message in found:
        level: Level = "error" if message.is_serious() else "warning"
        yield Finding("settings", level, message.msg, str(message.hint or ""))
    if not found:
        yield Finding("settings", "ok", "no complaints from the system checks")


def look_at_key() -> Findings:
    app_jwt()
    yield Finding("private key", "ok", "signs")


def look_at_clock() -> Findings:
    url = f"{app_settings.API_URL.rstrip('/')}/rate_limit"
    before = time.time()
    response = loop.run_on_loop(transport.send(Request("GET", url, {"user-agent": "doctor"})), 60)
    skew = (before + time.time()) / 2 - parsedate_to_datetime(response.headers["date"]).timestamp()
    if abs(skew) > MAX_SKEW:
        hint = "Set the clock (NTP): GitHub refuses JWTs from the future and expires tokens by its own clock."
        yield Finding("clock", "error", f"{skew:+.0f} s from GitHub's", hint)
    else:
        yield Finding("clock", "ok", f"within {max(1, round(abs(skew)))} s of GitHub's")


def look_at_app() -> Findings:
    app = SyncGitHubAPI().getitem("/app", jwt=app_jwt())
    yield Finding("authentication", "ok", f"GitHub knows us as {app['slug']} (id {app['id']})")
    if app["slug"] != app_settings.SLUG:
        hint = f'Set GITHUB_APP["NAME"] to {app["slug"]!r}: mentions and commands are addressed to it.'
        yield Finding("name", "error", f"configured as {app_settings.SLUG!r}", hint)
    yield from _look_at_needs(app)


def _look_at_needs(app: dict[str, Any]) -> Findings:
    for load in (GitHubRouter.ensure_sync_handlers_loaded, GitHubRouter.ensure_async_handlers_loaded):
        try:
            load()
        except HandlerLoadError as error:
            yield Finding("handlers", "error", str(error), "Fix the module; its events wait until then.")
    for one in misnamed(with_sources=False):
        yield Finding("event names", "error", str(one), "Its callback is never called: mend the name.")
    registered = routing.registrations()
    needs = needs_of((one.event_type, one.kind) for one in registered)
    url = f"{app.get('html_url', '')}"
    where = f"Change it in the app's settings on GitHub ({url}), under Permissions & events."
    if missing := needs.missing_events(app.get("events", ())):
        yield Finding("events", "error", f"not subscribed to: {', '.join(missing)}", where)
    else:
        yield Finding(
            "events", "ok", f"subscribed to all {len(needs.events)} that handlers are registered for"
        )
    if lacking := needs.missing_permissions(app.get("permissions", {})):
        text = ", ".join(f"{name}: {level}" for name, level in lacking.items())
        yield Finding("permissions", "error", f"missing: {text}", where)
    else:
        yield Finding("permissions", "ok", "enough for the registered handlers to get their events and reply")


def look_at_webhook() -> Findings:
    hook = SyncGitHubAPI().getitem("/app/hook/config", jwt=app_jwt())
    url = hook.get("url") or ""
    where = "Set it in the app's settings on GitHub, under General, Webhook."
    if not url:
        yield Finding("webhook", "error", "GitHub has no webhook URL", where)
        return
    parts = urlsplit(url)
    host_hint = f"GitHub sends to {url}: is that this site? ALLOWED_HOSTS does not have {parts.hostname}."
    allowed = "*" in settings.ALLOWED_HOSTS or any(
        parts.hostname == host or (host.startswith(".") and str(parts.hostname).endswith(host))
        for host in settings.ALLOWED_HOSTS
    )
    if not allowed:
        yield Finding("webhook", "warning", f"host {parts.hostname} is not this site's", host_hint)
    else:
        yield from _look_at_view(url, parts.path)
    if not hook.get("secret"):
        yield Finding("webhook secret", "error", "GitHub has none: every delivery is refused", where)
    if hook.get("insecure_ssl") not in (None, "0", 0):
        yield Finding("webhook TLS", "warning", "GitHub does not verify the certificate", where)


def _look_at_view(url: str, path: str) -> Findings:
    worker_type = _worker_type_at(path)
    if worker_type is None and not path.endswith("/") and _worker_type_at(f"{path}/") is not None:
        hint = f"Set it to {url}/ on GitHub, which does not follow the redirect that Django answers with."
        yield Finding("webhook", "error", f"{url} lacks its last slash", hint)
    elif worker_type is None:
        hint = "Map SyncWebhookView or AsyncWebhookView there in urls.py, or change the URL on GitHub."
        yield Finding("webhook", "error", f"no webhook view at {path}", hint)
    else:
        yield Finding("webhook", "ok", url)
        yield from _look_at_handlers(worker_type)


def _look_at_handlers(worker_type: str) -> Findings:
    counts = {
        one_type: sum(not one.callback.__module__.startswith("django_github_app.") for one in registered)
        for one_type in queues.WORKER_TYPES
        for registered in [routing.registrations(one_type)]
    }
    others = [one_type for one_type, count in counts.items() if count and one_type != worker_type]
    if others and not counts[worker_type]:
        hint = (
            f"Set the webhook's URL to that of the {others[0]} view, or move the handlers to "
            f"events/{'handlers' if worker_type == 'sync' else 'ahandlers'}.py."
        )
        message = f"deliveries go to the {worker_type} worker, and all handlers are for {others[0]}"
        yield Finding("webhook handlers", "error", message, hint)


def _worker_type_at(path: str) -> str | None:
    from django.urls import Resolver404, resolve

    from django_github_app.views import AsyncWebhookView, SyncWebhookView

    try:
        view = getattr(resolve(path).func, "view_class", None)
    except Resolver404:
        return None
    if isinstance(view, type) and issubclass(view, AsyncWebhookView | SyncWebhookView):
        return view.worker_type
    return None


def look_at_deliveries() -> Findings:
    from django_github_app.maintenance.missed import group

    page = SyncGitHubAPI().getitem("/app/hook/deliveries?per_page=100", jwt=app_jwt())
    failed = [one for one in group(page).values() if not one.succeeded]
    refused = [one for one in page if one["status_code"] in (401, 403)]
    if refused and page[0]["status_code"] in (401, 403):
        hint = 'GITHUB_APP["WEBHOOK_SECRET"] is not the secret that GitHub signs with.'
        yield Finding("webhook secret", "error", "the latest delivery was refused", hint)
    if failed:
        hint = "Beat asks for them again (github: missed deliveries); see that it and a worker run."
        yield Finding("deliveries", "warning", f"{len(failed)} of the last {len(page)} failed", hint)
    else:
        yield Finding("deliveries", "ok", f"none of the last {len(page)} failed")


def look_at_installations() -> Findings:
    gh = SyncGitHubAPI()
    listed = {one["id"] for one in gh.getiter("/app/installations?per_page=100", jwt=app_jwt())}
    stored = set(Installation.objects.values_list("installation_id", flat=True))
    if listed != stored:
        hint = "Run `manage.py github import-app`, or wait for the next reconciliation."
        message = f"{len(listed - stored)} not stored, {len(stored - listed)} stored but gone"
        yield Finding("installations", "warning", message, hint)
        return
    asleep = Installation.objects.filter(status=InstallationStatus.INACTIVE).count()
    suspended = f", {asleep} suspended" if asleep else ""
    yield Finding("installations", "ok", f"{len(stored)} as on GitHub{suspended}")


def look_at_database() -> Findings:
    from django.db.migrations.executor import MigrationExecutor

    connection = connections[router.db_for_write(EventLog)]
    executor = MigrationExecutor(connection)
    targets = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "django_github_app"]
    if executor.migration_plan(targets):
        yield Finding("database", "error", "migrations are missing", "Run `manage.py migrate`.")
        return
    yield Finding("database", "ok", f"{database_kind(connection)}, migrated")
    oldest = [one for one in map(unfinished.oldest_pending, waiting_types()) if one is not None]
    waiting = min(oldest, key=lambda event: event.pk, default=None)
    now = database_now()
    age = (now - as_aware(waiting.received_at)).total_seconds() if waiting else 0.0
    if waiting is not None and age > MAX_QUEUE_AGE:
        hint = f"Does a worker consume {queues.queue_for(waiting.worker_type or 'sync')}, and does beat run?"
        yield Finding("events waiting", "error", f"the oldest for {age:.0f} s", hint)
    day = now - dt.timedelta(days=1)
    dead = EventLog.objects.filter(status=EventStatus.DEAD, received_at__gt=as_field(day)).count()
    if dead:
        hint = "See `manage.py github events --status dead`, and `github replay` when the cause is mended."
        yield Finding("dead events", "warning", f"{dead} in the last 24 hours", hint)


def look_at_cache() -> Findings:
    cache, name = shared.backend(), shared.key(app_settings.API_URL, "doctor")
    cache.set(name, "here", 10)
    if cache.get(name) != "here":
        hint = "Tokens, rate limits and locks are kept there: use a cache that works, such as Redis."
        yield Finding("cache", "error", f"{type(cache).__name__} keeps nothing", hint)
    else:
        yield Finding("cache", "ok", type(cache).__name__)


def look_at_storage() -> Findings:
    if app_settings.RETENTION_ACTION != "archive":
        yield Finding("archive storage", "ok", "not used: old events are deleted, not archived")
        return
    from django_github_app.retention.stores import Store

    store, content = Store.resolve(), uuid.uuid4().hex.encode()
    path = f"{app_settings.ARCHIVE_LOCATION}/doctor-{content.decode()}.txt"
    store.write(path, BytesIO(content))
    try:
        same = store.read(path) == content
    finally:
        store.delete(path)
    if same:
        yield Finding("archive storage", "ok", f"{type(store.storage).__name__} writes, reads and deletes")
    else:
        yield Finding("archive storage", "error", "what was written is not what is read back")


def look_at_observing() -> Findings:
    """What the built-in watch would say now, and who would be told."""
    limits = watch.thresholds()
    wrong = list(judge(gauges.look(), limits, {}))
    for one in wrong:
        yield Finding(f"alarm {one.key}", "warning", one.message, one.hint)
    if app_settings.ALARMS is None:
        hint = "Remove ALARMS from GITHUB_APP, or have Prometheus watch with the rules of deploy/prometheus."
        yield Finding("alarms", "warning", "the built-in watch is off", hint)
    elif not (settings.ADMINS and limits.mail) and not limits.webhook and not limits.issue:
        hint = 'Set ADMINS, or GITHUB_APP["ALARMS"] to {"webhook": …} or {"issue": …}: docs/operations.md'
        yield Finding("alarms", "warning", "only the log is told of an outage", hint)
    elif not wrong:
        yield Finding("alarms", "ok", "somebody is told of an outage")


SUBJECTS: dict[str, Callable[[], Findings]] = {
    "settings": look_at_settings,
    "database": look_at_database,
    "cache": look_at_cache,
    "broker": look_at_broker,
    "beat": look_at_beat,
    "observing": look_at_observing,
    "archive storage": look_at_storage,
    "private key": look_at_key,
    "clock": look_at_clock,
    "authentication": look_at_app,
    "webhook": look_at_webhook,
    "deliveries": look_at_deliveries,
    "installations": look_at_installations,
}
