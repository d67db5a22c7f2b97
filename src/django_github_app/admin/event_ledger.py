"""What ran for events: the table on an event's page, and the columns of the list that say it in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.observe.redaction import redact
from django_github_app.sql.tries import earlier_tries

from .bounded import BoundedChangeList, badge, to_the_second
from .event_filters import short_name

MOST_RUNS = 1000
MOST_NAMED = 3
EVENT_KINDS = {
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
    RunStatus.SUPERSEDED: "quiet",
    RunStatus.CANCELLED: "quiet",
}
_SHOWN = ("event_id", "handler", "position", "status", "duration_ms", "command")


class EventChangeList(BoundedChangeList):
    """A list of events, each with its runs: one statement for a page of them, which reads so many at most."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        events = list(self.result_list)
        runs: dict[int, list[HandlerRun]] = {event.pk: [] for event in events}
        if events:
            found = (
                HandlerRun.objects.filter(event_id__in=list(runs)).only(*_SHOWN).order_by("event_id", "id")
            )
            for run in found[:MOST_RUNS]:
                runs[run.event_id].append(run)
        for event in events:
            event.shown_runs = runs[event.pk]
        # The admin goes through it and asks for its length.
        self.result_list = events


def handlers_of(event: EventLog) -> SafeString | str:
    """Return the names of what ran for an event of the list, failures first."""
    runs: Sequence[HandlerRun] = getattr(event, "shown_runs", ())
    ordered = sorted(runs, key=lambda run: run.status not in (RunStatus.DEAD, RunStatus.RETRYING))
    names = list(dict.fromkeys((_name(run), run.handler) for run in ordered))
    if not names:
        return "-"
    shown = format_html_join(", ", '<span class="github-name" title="{1}">{0}</span>', names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return format_html("{} and {} more", shown, more) if more > 0 else shown


def duration_of(event: EventLog) -> str:
    """Return how long the handlers of an event of the list took together, each in its last attempt."""
    runs: Sequence[HandlerRun] = getattr(event, "shown_runs", ())
    taken = [run.duration_ms for run in runs if run.duration_ms is not None]
    return f"{sum(taken):,.1f} ms" if taken else "-"


def _name(run: HandlerRun) -> str:
    return run.command or short_name(run.handler)


class HandlerRunInline(admin.TabularInline):  # type: ignore[type-arg]  # generic in the stubs only
    """The ledger: one row per callback that ran."""

    model = HandlerRun
    extra = 0
    can_delete = False
    verbose_name_plural = "handler runs"
    template = "admin/django_github_app/eventlog/runs.html"
    fields = ("callback", "outcome", "attempts", "started", "took", "next_try", "asked", "what_went_wrong")
    readonly_fields = fields
    ordering = ("started_at", "id")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="handler")
    def callback(self, run: HandlerRun) -> SafeString:
        place = f" @{run.position}" if run.position else ""
        # A long dotted name may break at its dots, and nowhere else.
        parts = format_html_join(SafeString(".<wbr>"), "{}", ((part,) for part in run.handler.split(".")))
        return format_html('<span class="github-name" title="{}">{}{}</span>', run.handler, parts, place)

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

    @admin.display(description="next attempt")
    def next_try(self, run: HandlerRun) -> str:
        return "-" if run.next_attempt_at is None else to_the_second(run.next_attempt_at)

    @admin.display(description="command")
    def asked(self, run: HandlerRun) -> str:
        if not run.command:
            return "-"
        command = " ".join(filter(None, [run.command, run.arguments]))
        return redact(f"{command} (by {run.actor})" if run.actor else command)

    @admin.display(description="error")
    def what_went_wrong(self, run: HandlerRun) -> str | SafeString:
        latest = _error(run.error, run.traceback) if run.error else ""
        earlier = earlier_tries(run)
        if not earlier:
            return latest or "-"
        tries = format_html_join(
            "",
            "<li>{}, {} ms: {}</li>",
            (
                (
                    to_the_second(one.started_at),
                    f"{one.duration_ms or 0:,.1f}",
                    _error(one.error, one.traceback),
                )
                for one in reversed(earlier)
            ),
        )
        number = f"{len(earlier)} earlier {'try' if len(earlier) == 1 else 'tries'}"
        return format_html(
            '{}<details class="github-tries"><summary>{}</summary><ol reversed>{}</ol></details>',
            latest,
            number,
            tries,
        )


def _error(error: str, traceback: str | None) -> SafeString | str:
    if not traceback:
        return redact(error)
    return format_html(
        "<details><summary>{}</summary><pre>{}</pre></details>", redact(error), redact(traceback)
    )
