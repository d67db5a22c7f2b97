"""The event log: what came in, what each callback did with it; clean up, archive, run again."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

import zstandard
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.maintenance import sweep
from django_github_app.models import EventLog, EventStatus, HandlerRun, JobKind, RunStatus
from django_github_app.observe.redaction import redact

from . import retention_pages as pages
from .bounded import BoundedAdmin, badge, pretty, to_the_second

RECENT = 2000
MOST_SELECTED = 10_000
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE)
KINDS = {
    EventStatus.DONE: "good",
    EventStatus.DEAD: "bad",
    EventStatus.RETRYING: "warn",
    EventStatus.PROCESSING: "busy",
    EventStatus.PENDING: "busy",
    EventStatus.IGNORED: "quiet",
}
RUN_KINDS = {
    RunStatus.SUCCEEDED: "good",
    RunStatus.DEAD: "bad",
    RunStatus.RETRYING: "warn",
    RunStatus.STARTED: "busy",
    RunStatus.REJECTED: "quiet",
}


class RecentValuesFilter(admin.SimpleListFilter):
    """A filter that offers the values of the newest rows: listing all of them would read the table."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        newest = EventLog.objects.order_by("-pk").values_list(self.field, flat=True)[:RECENT]
        values = sorted(
            {str(value) for value in (*newest, self.value()) if value and "\x00" not in str(value)}
        )
        return [(value, value) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        value = self.value()
        if not value:
            return queryset
        # No row has a NUL, and PostgreSQL does not even take the question.
        return queryset.none() if "\x00" in value else queryset.filter(**{self.field: value})


class EventFilter(RecentValuesFilter):
    title = "event"
    parameter_name = "event"
    field = "event"


class RepositoryFilter(RecentValuesFilter):
    title = "repository"
    parameter_name = "repository"
    field = "repository"


class WorkerTypeFilter(admin.SimpleListFilter):
    title = "worker type"
    parameter_name = "worker_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in WORKER_TYPES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> QuerySet[EventLog]:
        return queryset.filter(worker_type=self.value()) if self.value() else queryset


class HandlerRunInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The ledger: one row per callback that ran."""

    model = HandlerRun
    extra = 0
    can_delete = False
    verbose_name_plural = "handler runs"
    fields = ("callback", "outcome", "attempts", "started", "took", "asked", "what_went_wrong")
    readonly_fields = fields
    ordering = ("started_at", "id")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="handler")
    def callback(self, run: HandlerRun) -> str:
        return f"{run.handler} @{run.position}" if run.position else run.handler

    @admin.display(description="state")
    def outcome(self, run: HandlerRun) -> SafeString:
        status = RunStatus(run.status)
        return badge(status.label, RUN_KINDS[status])

    @admin.display(description="started")
    def started(self, run: HandlerRun) -> str:
        return to_the_second(run.started_at)

    @admin.display(description="took")
    def took(self, run: HandlerRun) -> str:
        return "-" if run.duration_ms is None else f"{run.duration_ms:,.1f} ms"

    @admin.display(description="command")
    def asked(self, run: HandlerRun) -> str:
        if not run.command:
            return "-"
        command = " ".join(filter(None, [run.command, run.arguments]))
        return redact(f"{command} (by {run.actor})" if run.actor else command)

    @admin.display(description="error")
    def what_went_wrong(self, run: HandlerRun) -> str | SafeString:
        if not run.error:
            return "-"
        if not run.traceback:
            return redact(run.error)
        return format_html(
            "<details><summary>{}</summary><pre>{}</pre></details>", redact(run.error), redact(run.traceback)
        )


@admin.register(EventLog)
class EventLogAdmin(BoundedAdmin):
    """Shows events; whatever changes one goes through a job or the queue."""

    list_display = ("id", "state", "name", "subject", "sender", "received", "attempts")
    list_filter = ("status", EventFilter, RepositoryFilter, WorkerTypeFilter)
    search_fields = ("delivery",)
    search_help_text = "Delivery id, event id, owner/name, #number, @sender or event name"
    ordering = ("-id",)
    # No index sorts by anything else, and each would have to be kept for every event.
    sortable_by = ("id",)
    inlines = (HandlerRunInline,)
    actions = ("process_again", "run_failed_again", "archive_selected", "delete_selected_events")
    change_list_template = "admin/django_github_app/eventlog/change_list.html"
    change_form_template = "admin/django_github_app/eventlog/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "state", "subject", "sender", "delivery", "received_at", "finished_at")}),
        (
            "Processing",
            {
                "fields": (
                    *("worker_type", "attempts", "lost_leases", "next_attempt_at", "lease_expires_at"),
                    *("lane", "published_at"),
                ),
                "classes": ("collapse",),
            },
        ),
        (
            "GitHub",
            {
                "fields": ("installation_id", "repository_id", "hook_id", "target_id", "form_encoded"),
                "classes": ("collapse",),
            },
        ),
        ("Retention", {"fields": ("restored_at", "archive", "size"), "classes": ("collapse",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for _, options in self.fieldsets for name in options["fields"]]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventLog]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            return rows.defer("body", "legacy_payload")
        return rows

    def has_index_for(self, request: HttpRequest) -> bool:
        if request.GET.get("status__exact") in {str(int(s)) for s in EventStatus if not s.is_final}:
            return True
        term = request.GET.get("q", "").strip()
        return request.GET.get("status__exact") == str(int(EventStatus.DEAD)) or bool(
            _GUID.fullmatch(term) or (term.isascii() and term.isdigit())
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EventLog], search_term: str
    ) -> tuple[QuerySet[EventLog], bool]:
        """Find by what the term looks like, always a whole value: parts of values would read every row."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if _GUID.fullmatch(term):
            return queryset.filter(delivery__in=[term, term.lower()]), False
        if term.isascii() and term.isdigit() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        if re.fullmatch(r"#[0-9]{1,18}", term):
            return queryset.filter(number=int(term[1:])), False
        if term.startswith("@"):
            return queryset.filter(sender=term[1:]), False
        if "/" in term:
            return queryset.filter(repository=term), False
        event, _, action = term.partition(".")
        return queryset.filter(event=event, **({"action": action} if action else {})), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        prefix = "django_github_app_eventlog"
        return [
            path("cleanup/", view(pages.CleanupPage.as_view(admin=self)), name=f"{prefix}_cleanup"),
            path("archive/", view(pages.ArchivePage.as_view(admin=self)), name=f"{prefix}_archive"),
            path("due/", view(pages.DuePage.as_view(admin=self)), name=f"{prefix}_due"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        permissions = {
            "may_clean_up": self.may(request, "delete"),
            "may_archive": self.may(request, "archive"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **permissions})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["payload"] = self.shown_payload(context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def may(self, request: HttpRequest, verb: str) -> bool:
        return request.user.has_perm(f"django_github_app.{verb}_eventlog")

    def has_clean_up_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "delete")

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "archive")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "change")

    @admin.action(description="Delete selected events", permissions=["clean_up"])
    def delete_selected_events(
        self, request: HttpRequest, queryset: QuerySet[EventLog]
    ) -> HttpResponse | None:
        return pages.act_on_selected(self, request, self._ids(request, queryset), JobKind.CLEANUP)

    @admin.action(description="Archive selected events", permissions=["archive"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> HttpResponse | None:
        return pages.act_on_selected(self, request, self._ids(request, queryset), JobKind.ARCHIVE)

    @admin.action(description="Process selected events again, from the start", permissions=["replay"])
    def process_again(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> None:
        self._replay(request, queryset, failed_only=False)

    @admin.action(description="Run the failed handlers of selected events again", permissions=["replay"])
    def run_failed_again(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> None:
        self._replay(request, queryset, failed_only=True)

    def _replay(self, request: HttpRequest, queryset: QuerySet[EventLog], *, failed_only: bool) -> None:
        ids = self._ids(request, queryset)
        queued = len(sweep.replay(ids, failed_only=failed_only)) if ids else 0
        if ids:
            level = messages.SUCCESS if queued else messages.WARNING
            self.message_user(request, f"{queued} of {len(ids)} events were queued.", level)

    def _ids(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> list[int]:
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_SELECTED + 1])
        if len(ids) <= MOST_SELECTED:
            return ids
        self.message_user(
            request,
            f"More than {MOST_SELECTED:,} events are selected: use the clean-up or archive page for so many.",
            messages.ERROR,
        )
        return []

    @admin.display(description="event")
    def name(self, event: EventLog) -> str:
        return f"{event.event}.{event.action}" if event.action else str(event.event or "unknown")

    @admin.display(description="subject")
    def subject(self, event: EventLog) -> str:
        if event.number is None:
            return event.repository or "-"
        return f"{event.repository or ''}#{event.number}"

    @admin.display(description="state")
    def state(self, event: EventLog) -> SafeString:
        status = EventStatus(event.status)
        return badge(status.label, KINDS[status])

    @admin.display(description="body")
    def size(self, event: EventLog) -> str:
        try:
            return f"{len(event.raw_body):,} bytes"
        except (ValueError, zstandard.ZstdError):
            return "-"

    @admin.display(description="received")
    def received(self, event: EventLog) -> str:
        return to_the_second(event.received_at)

    def shown_payload(self, event: EventLog) -> SafeString | str:
        try:
            payload = event.payload
        except (ValueError, RecursionError, zstandard.ZstdError) as error:
            return f"cannot be shown: {type(error).__name__}"
        return "-" if payload is None else pretty(_without_secrets(payload))


SECRET_KEYS = re.compile(r"secret|token|password|private_key|^pem$", re.IGNORECASE)


def _without_secrets(value: Any, depth: int = 0) -> Any:
    """Return a payload whose secrets are blanked out, by the name they go by; addresses stay."""
    if depth > 50:
        return json.dumps(value)[:100]
    if isinstance(value, dict):
        return {
            key: "[secret]"
            if isinstance(item, str) and item and SECRET_KEYS.search(key) and not key.endswith("_url")
            else _without_secrets(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(item, depth + 1) for item in value]
    return value
