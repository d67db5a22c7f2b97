"""The event log: what came in, what each callback did with it; clean up, archive, run again."""

from __future__ import annotations

import re
from typing import Any

import zstandard
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from django_github_app.maintenance import cancelling, publishing
from django_github_app.models import EventLog, EventStatus, JobKind

from . import event_filters as filters
from . import event_ledger, event_page
from . import retention_pages as pages
from .bounded import BoundedAdmin, badge, to_the_second
from .dashboard import DashboardPage
from .replay_page import ReplayPage
from .tail_page import TailPage, TailRows

MOST_SELECTED = 10_000
_NUMBER = re.compile(r"#[0-9]{1,18}")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.IGNORECASE)


@admin.register(EventLog)
class EventLogAdmin(BoundedAdmin):
    """Shows events; whatever changes one goes through a job or the queue."""

    # On a narrow screen the first ones are seen without scrolling.
    list_display = (
        *("id", "state", "name", "subject", "handlers", "duration", "received"),
        *("next_attempt", "attempts", "sender"),
    )
    list_filter = (
        *(
            "status",
            filters.ReceivedFilter,
            filters.EventFilter,
            filters.HandlerFilter,
            filters.CommandFilter,
        ),
        *(filters.ActorFilter, filters.RepositoryFilter, filters.WorkerTypeFilter),
    )
    search_fields = ("delivery",)
    search_help_text = "Delivery id, event id, owner/name, #number, @sender or event name"
    ordering = ("-id",)
    # No index sorts by anything else, and each would have to be kept for every event.
    sortable_by = ("id",)
    inlines = (event_ledger.HandlerRunInline,)
    actions = (
        "process_again",
        "run_failed_again",
        "cancel_selected",
        "archive_selected",
        "delete_selected_events",
    )
    change_list_template = "admin/django_github_app/eventlog/change_list.html"
    change_form_template = "admin/django_github_app/eventlog/change_form.html"
    fieldsets = (
        (None, {"fields": ("name", "state", "on_github", "sender", "delivery", "received", "finished")}),
        (
            "Processing",
            {
                "fields": (
                    *("worker_type", "attempts", "lost_leases", "next_attempt", "lease_expires"),
                    *("lane", "published"),
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
        ("Retention", {"fields": ("restored", "archive", "size"), "classes": ("collapse",)}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [str(name) for _, options in self.fieldsets for name in options["fields"]]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EventLog]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and (match.url_name or "").endswith("_changelist"):
            return rows.defer("body", "legacy_payload")
        return rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return event_ledger.EventChangeList

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
        if _NUMBER.fullmatch(term):
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
            path("dashboard/", view(DashboardPage.as_view(admin=self)), name=f"{prefix}_dashboard"),
            path("tail/", view(TailPage.as_view(admin=self)), name=f"{prefix}_tail"),
            path("tail/rows/", view(TailRows.as_view(admin=self)), name=f"{prefix}_tail_rows"),
            path("replay/", view(ReplayPage.as_view(admin=self)), name=f"{prefix}_replay_many"),
            path("<int:pk>/replay/", view(require_POST(self.replay_view)), name=f"{prefix}_replay"),
            path("<int:pk>/cancel/", view(require_POST(self.cancel_view)), name=f"{prefix}_cancel"),
            path("due/", view(pages.DuePage.as_view(admin=self)), name=f"{prefix}_due"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        permissions = {
            "may_clean_up": self.may(request, "delete"),
            "may_replay": self.has_replay_permission(request),
            "may_archive": self.may(request, "archive"),
        }
        return super().changelist_view(request, {**(extra_context or {}), **permissions})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        event: EventLog = context["original"]
        payload, problem = event_page.payload_of(event)
        context["payload"] = event_page.shown_payload(payload, problem)
        context["headers"] = event_page.request_headers(event, payload)
        context["ahead"] = event_page.waits_for(event)
        may = self.has_replay_permission(request)
        context["may_replay"] = may and event.status not in (EventStatus.PENDING, EventStatus.PROCESSING)
        context["may_cancel"] = may and not EventStatus(event.status).is_final
        context["may_run_failed"] = may and event.status in (EventStatus.DEAD, EventStatus.RETRYING)
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
        queued = len(publishing.replay(ids, failed_only=failed_only)) if ids else 0
        if ids:
            level = messages.SUCCESS if queued else messages.WARNING
            self.message_user(request, f"{queued} of {len(ids)} events were queued.", level)

    def replay_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Run one event again: its failed handlers, or with ``what=all`` everything from the start."""
        if not (self.has_replay_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        event = get_object_or_404(EventLog.objects.only("pk"), pk=pk)
        queued = publishing.replay([event.pk], failed_only=request.POST.get("what") != "all")
        if queued:
            messages.success(request, "The event is queued: reload this page to see what comes of it.")
        else:
            messages.warning(
                request, "Nothing was queued: it waits or runs already, or nothing of it failed."
            )
        return HttpResponseRedirect(self.url_of("eventlog_change", event.pk))

    @admin.action(description="Cancel selected events", permissions=["replay"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[EventLog]) -> None:
        if ids := self._ids(request, queryset):
            cancelled = len(cancelling.cancel(ids, request.user.get_username()).events)
            level = messages.SUCCESS if cancelled else messages.WARNING
            self.message_user(request, f"{cancelled} of {len(ids)} events were cancelled.", level)

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel one event: what waits is over, what runs is told to stop."""
        if not (self.has_replay_permission(request) and self.has_view_permission(request)):
            raise PermissionDenied
        event = get_object_or_404(EventLog.objects.only("pk"), pk=pk)
        if cancelling.cancel([event.pk], request.user.get_username()).events:
            messages.success(request, "The event is cancelled: a handler that runs is told within seconds.")
        else:
            messages.warning(request, "Nothing was cancelled: the event is over.")
        return HttpResponseRedirect(self.url_of("eventlog_change", event.pk))

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
    def subject(self, event: EventLog) -> str | SafeString:
        place = event_page.subject_on_github(event)
        if place is None:
            return event.repository or "-"
        name, address = place
        return format_html('<a class="github-name" href="{}" rel="noreferrer">{}</a>', address, name)

    @admin.display(description="on GitHub")
    def on_github(self, event: EventLog) -> str | SafeString:
        places = event_page.places_on_github(event, event_page.payload_of(event)[0])
        if places == [event_page.subject_on_github(event)]:
            return self.subject(event)
        links = format_html_join(SafeString(" · "), '<a href="{1}" rel="noreferrer">{0}</a>', places)
        subject = self.subject(event)
        return format_html("{} ({})", subject, links) if links else subject

    @admin.display(description="handlers")
    def handlers(self, event: EventLog) -> str | SafeString:
        return event_ledger.handlers_of(event)

    @admin.display(description="took")
    def duration(self, event: EventLog) -> str:
        return event_ledger.duration_of(event)

    @admin.display(description="state")
    def state(self, event: EventLog) -> SafeString:
        status = EventStatus(event.status)
        return badge(status.label, event_ledger.EVENT_KINDS[status])

    @admin.display(description="body")
    def size(self, event: EventLog) -> str:
        try:
            return f"{len(event.raw_body):,} bytes"
        except (ValueError, zstandard.ZstdError):
            return "-"

    @admin.display(description="received")
    def received(self, event: EventLog) -> str:
        return to_the_second(event.received_at)

    @admin.display(description="finished")
    def finished(self, event: EventLog) -> str:
        return to_the_second(event.finished_at) if event.finished_at else "-"

    @admin.display(description="next attempt")
    def next_attempt(self, event: EventLog) -> str:
        return to_the_second(event.next_attempt_at) if event.next_attempt_at else "-"

    @admin.display(description="lease expires")
    def lease_expires(self, event: EventLog) -> str:
        return to_the_second(event.lease_expires_at) if event.lease_expires_at else "-"

    @admin.display(description="published by the sweep")
    def published(self, event: EventLog) -> str:
        return to_the_second(event.published_at) if event.published_at else "-"

    @admin.display(description="restored")
    def restored(self, event: EventLog) -> str:
        return to_the_second(event.restored_at) if event.restored_at else "-"
