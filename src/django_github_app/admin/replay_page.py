"""The page that runs events again by what they are: form → confirmation with a count → job."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from django_github_app.models import JobKind, RetentionJob
from django_github_app.retention import enqueue, replaying, requesting
from django_github_app.sql.clock import database_now

from .bounded import statement_timeout
from .retention_pages import Page, job_url

MOST_COUNTED = 2000


class ReplayForm(forms.Form):
    """Which events run again."""

    failed = forms.BooleanField(
        required=False,
        initial=True,
        label="Only events that failed",
        help_text="Their failed handlers are called.",
    )
    from_start = forms.BooleanField(
        required=False, label="Handlers that succeeded too", help_text="As if the events were new."
    )
    hours = forms.FloatField(
        required=False, min_value=0.01, max_value=24 * 3650, label="Received within", help_text="Hours."
    )
    handler = forms.CharField(required=False, max_length=255, help_text="Its dotted name, or the end of it.")
    event = forms.CharField(required=False, max_length=255, help_text="As in issues or issues.opened.")
    repository = forms.CharField(required=False, max_length=255, help_text="As owner/name.")
    rate = forms.FloatField(
        min_value=0.1, max_value=10_000, initial=replaying.RATE, label="Pace", help_text="Events a second."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("failed") and not values.get("hours"):
            raise forms.ValidationError("Choose only events that failed, or say within how many hours.")
        return values

    def choice(self) -> replaying.Choice:
        """Return what was asked for."""
        values = self.cleaned_data
        hours = values.get("hours")
        since = database_now() - dt.timedelta(hours=hours) if hours else None
        return replaying.Choice(
            values["failed"], values["handler"], values["event"], values["repository"], since
        )


class ReplayPage(Page):
    """Asks what is to run again, says how many events that is, and enqueues a job."""

    permission = "change_eventlog"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._ask(request, ReplayForm(initial=_asked(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReplayForm(request.POST)
        if not form.is_valid():
            return self._ask(request, form)
        choice = form.choice()
        if request.POST.get("post") != "yes":
            return self._ask(request, form, due=_counted(choice))
        parameters = requesting.replay_parameters(
            choice, from_start=form.cleaned_data["from_start"], rate=form.cleaned_data["rate"]
        )
        job = enqueue(JobKind.REPLAY, parameters, requested_by=request.user.get_username(), source="admin")
        return HttpResponseRedirect(job_url(self.admin, job))

    def _ask(self, request: HttpRequest, form: ReplayForm, due: str = "") -> HttpResponse:
        return self.render(request, "eventlog/replay.html", title="Run events again", form=form, due=due)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return what a link to the page fills in: a handler that failed, say."""
    return {"handler": request.GET.get("handler", "")[:255]}


def _counted(choice: replaying.Choice) -> str:
    try:
        with statement_timeout(RetentionJob):
            number, more = replaying.count(choice, MOST_COUNTED)
    except OperationalError:
        return "an unknown number of"
    return f"more than {number:,}" if more else f"{number:,}"


__all__ = ["ReplayForm", "ReplayPage"]
