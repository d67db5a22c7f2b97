"""The live tail: the newest events and what ran for them, asked for anew every two seconds while somebody looks.

Each look is one short request, which reads the newest `WINDOW` events at most, by the primary key. It holds no worker
of the web server in between, and an answer that says the same as the one before is a 304 without a body.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django import forms
from django.db import OperationalError
from django.db.models import Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.observe.redaction import redact

from . import event_ledger, event_page
from .bounded import statement_timeout
from .charts import duration
from .event_filters import short_name
from .retention_pages import TEMPLATES, Page

WINDOW: Final = 2000
"""The newest events among which a look searches."""
ROWS: Final = 50
MOST_RUNS: Final = 500
EVERY_MS: Final = 2000
STATES: Final = {
    "failed": ("failed", (EventStatus.DEAD, EventStatus.RETRYING)),
    "waiting": ("waiting or running", (EventStatus.PENDING, EventStatus.PROCESSING)),
    "done": ("done", (EventStatus.DONE,)),
    "ignored": ("ignored", (EventStatus.IGNORED,)),
}
_DEFERRED = ("body", "legacy_payload")


class TailForm(forms.Form):
    """Which of the newest events are shown."""

    state = forms.ChoiceField(
        required=False, choices=[("", "any"), *((name, label) for name, (label, _) in STATES.items())]
    )
    event = forms.CharField(required=False, max_length=255)
    handler = forms.CharField(required=False, max_length=255)
    repository = forms.CharField(required=False, max_length=255)
    actor = forms.CharField(required=False, max_length=100)

    def matching(self) -> QuerySet[EventLog]:
        """Return such events among the newest, newest first."""
        asked = self.cleaned_data
        newest = EventLog.objects.aggregate(Max("pk"))["pk__max"] or 0
        found = EventLog.objects.filter(pk__gt=newest - WINDOW)
        if asked["state"]:
            found = found.filter(status__in=STATES[asked["state"]][1])
        if asked["event"]:
            event, _, action = asked["event"].partition(".")
            found = found.filter(event=event, **({"action": action} if action else {}))
        for field, column in (("repository", "repository"), ("actor", "sender")):
            if asked[field]:
                found = found.filter(**{column: asked[field]})
        if asked["handler"]:
            name = asked["handler"]
            runs = HandlerRun.objects.filter(
                Q(handler=name) | Q(handler__endswith=f".{name}") | Q(command=name),
                event_id__gt=newest - WINDOW,
            )
            found = found.filter(pk__in=runs.values("event_id"))
        return found.defer(*_DEFERRED).order_by("-pk")


class TailPage(Page):
    """The page, with the newest rows in it: without scripts it is a list that one reloads."""

    permission = "view_eventlog"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TailForm(request.GET)
        return self.render(
            request,
            "eventlog/tail.html",
            title="Live tail",
            form=form,
            rows=look(form) if form.is_valid() else [],
            every=EVERY_MS,
            window=f"{WINDOW:,}",
            most=ROWS,
        )


class TailRows(Page):
    """The rows alone, for the page's script."""

    permission = "view_eventlog"

    def get(self, request: HttpRequest) -> HttpResponse:
        form = TailForm(request.GET)
        if not form.is_valid():
            return HttpResponse(status=400)
        try:
            rows = look(form)
        except OperationalError as error:
            if "timeout" not in str(error):
                raise
            return HttpResponse(status=503)
        text = render_to_string(f"{TEMPLATES}/eventlog/tail_rows.html", {"rows": rows}, request)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponse(status=304, headers={"ETag": tag})
        return HttpResponse(text, headers={"ETag": tag, "Cache-Control": "no-store"})


def look(form: TailForm) -> list[dict[str, Any]]:
    """Return what the page shows of the newest events that a valid form asks for."""
    with statement_timeout(EventLog):
        events = list(form.matching()[:ROWS])
        runs: dict[int, list[dict[str, Any]]] = {event.pk: [] for event in events}
        if events:
            found = HandlerRun.objects.filter(event_id__in=list(runs)).defer(
                "traceback", "tries", "arguments"
            )
            for run in found.order_by("event_id", "id")[:MOST_RUNS]:
                runs[run.event_id].append(_run(run))
    return [_row(event, runs[event.pk]) for event in events]


def _row(event: EventLog, runs: list[dict[str, Any]]) -> dict[str, Any]:
    status = EventStatus(event.status)
    place = event_page.subject_on_github(event)
    return {
        "event": event,
        "name": f"{event.event}.{event.action}" if event.action else str(event.event or "unknown"),
        "state": status.label,
        "kind": event_ledger.EVENT_KINDS[status],
        "failed": status in STATES["failed"][1],
        "subject": place[0] if place else event.repository or "",
        "address": place[1] if place else "",
        "runs": runs,
    }


def _run(run: HandlerRun) -> dict[str, Any]:
    status = RunStatus(run.status)
    return {
        "handler": run.handler,
        "name": run.command or short_name(run.handler),
        "state": status.label,
        "kind": event_ledger.RUN_KINDS[status],
        "took": duration(run.duration_ms / 1000) if run.duration_ms is not None else "",
        "attempts": run.attempts,
        "error": redact(run.error)[:200] if run.error else "",
    }


__all__ = ["TailForm", "TailPage", "TailRows", "look"]
