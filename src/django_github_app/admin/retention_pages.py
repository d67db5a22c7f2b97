"""The pages that start retention jobs. They count within bounds, ask once more, and enqueue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from django_github_app.conf import app_settings
from django_github_app.models import ArchiveState, EventStatus, JobKind, RetentionJob
from django_github_app.retention import Filter, NothingArchived, enqueue, kinds
from django_github_app.retention.policy import FINAL, Cutoffs, count_due, policy_days
from django_github_app.retention.stores import Store

from .bounded import BoundedAdmin, statement_timeout

TEMPLATES = "admin/django_github_app"


class DaysForm(forms.Form):
    """How long finished events stay."""

    days_to_keep = forms.IntegerField(
        min_value=0, max_value=36_500, help_text="Finished events that were received before that go."
    )
    days_to_keep_dead = forms.IntegerField(
        label="Days to keep dead events",
        min_value=0,
        max_value=36_500,
        required=False,
        help_text="Events whose handlers failed for good. Empty: as long as the others.",
    )

    def days(self) -> dict[str, int]:
        """Return the days by final state."""
        days = dict.fromkeys(FINAL, self.cleaned_data["days_to_keep"])
        dead = self.cleaned_data.get("days_to_keep_dead")
        if dead is not None:
            days[EventStatus.DEAD.label] = dead
        return days


class ArchiveForm(DaysForm):
    """What to archive, where to, and whether it leaves the database."""

    delete_after_archive = forms.BooleanField(
        required=False, help_text="Delete the events once their archive has been read back and compared."
    )
    storage = forms.ChoiceField(help_text="One of the project's STORAGES.")
    location = forms.CharField(max_length=500, required=False, help_text="Folder in the storage.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [configured_store(), *(alias for alias in settings.STORAGES if alias != "staticfiles")]
        field = self.fields["storage"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(name, name) for name in dict.fromkeys(names)]


class RestoreForm(forms.Form):
    """Which archived events come back."""

    since = forms.DateField(
        required=False, help_text="First day (UTC).", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, help_text="Last day (UTC).", widget=forms.DateInput(attrs={"type": "date"})
    )
    delivery = forms.CharField(required=False, max_length=64, help_text="X-GitHub-Delivery.")
    repository = forms.CharField(required=False, max_length=255, help_text="As owner/name.")
    reprocess = forms.BooleanField(
        required=False, help_text="Run the handlers again on what comes back. Otherwise nothing runs."
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not any(values.get(name) for name in ("since", "until", "delivery", "repository")):
            raise forms.ValidationError("Say which days, delivery or repository.")
        try:
            self.which().archive_files()
        except NothingArchived as error:
            raise forms.ValidationError("No archive can hold such events.") from error
        return values

    def which(self) -> Filter:
        """Return what was asked for."""
        values = self.cleaned_data
        return Filter(
            since=values.get("since"),
            until=values.get("until"),
            deliveries=tuple(filter(None, [values.get("delivery")])),
            repositories=tuple(filter(None, [values.get("repository")])),
        )


class Page(View):
    """A page of an admin for people who have its permission; everybody else gets 403."""

    admin: BoundedAdmin = None  # type: ignore[assignment]  # given to as_view
    permission = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(f"django_github_app.{self.permission}"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def render(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context = {
            **self.admin.admin_site.each_context(request),
            "opts": self.admin.opts,
            "media": self.admin.media,
            **context,
        }
        return render(request, f"{TEMPLATES}/{template}", context)


class CleanupPage(Page):
    """Form → confirmation with a count → job."""

    permission = "delete_eventlog"
    form: type[DaysForm] = DaysForm
    kind = JobKind.CLEANUP
    title = "Clean up old events"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.ask(request, self.form(initial=self.initial()))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.ask(request, form)
        if request.POST.get("post") == "yes":
            job = enqueue(
                self.kind, self.parameters(form), requested_by=request.user.get_username(), source="admin"
            )
            return HttpResponseRedirect(job_url(job))
        return self.render(
            request,
            "eventlog/confirm.html",
            title=self.title,
            form=form,
            due=bounded_count(form.days(), kept_too=self.keeps(form)),
            facts=self.facts(form),
            kind=self.kind,
        )

    def ask(self, request: HttpRequest, form: DaysForm) -> HttpResponse:
        return self.render(request, "eventlog/ask.html", title=self.title, form=form, kind=self.kind)

    def initial(self) -> dict[str, Any]:
        days = policy_days()
        usual, dead = days[EventStatus.DONE.label], days[EventStatus.DEAD.label]
        return {"days_to_keep": usual, "days_to_keep_dead": dead if dead != usual else None}

    def parameters(self, form: DaysForm) -> dict[str, Any]:
        return kinds.cleanup_parameters(form.days())

    def keeps(self, form: DaysForm) -> bool:
        return False

    def facts(self, form: DaysForm) -> dict[str, str]:
        return {f"{name} events are kept": f"{days} days" for name, days in form.days().items()}


class ArchivePage(CleanupPage):
    """The same, with a place to go to."""

    permission = "archive_eventlog"
    form = ArchiveForm
    kind = JobKind.ARCHIVE
    title = "Archive old events"

    def initial(self) -> dict[str, Any]:
        return super().initial() | {
            "delete_after_archive": True,
            "storage": configured_store(),
            "location": app_settings.ARCHIVE_LOCATION,
        }

    def parameters(self, form: DaysForm) -> dict[str, Any]:
        values = form.cleaned_data
        return kinds.archive_parameters(
            form.days(),
            storage=values["storage"],
            location=values["location"],
            delete_after_archive=values["delete_after_archive"],
        )

    def keeps(self, form: DaysForm) -> bool:
        return not form.cleaned_data["delete_after_archive"]

    def facts(self, form: DaysForm) -> dict[str, str]:
        values = form.cleaned_data
        return super().facts(form) | {
            "storage": describe_store(values["storage"]),
            "folder": values["location"] or "(top)",
            "afterwards": "the events are deleted from the database, once their archive is verified"
            if values["delete_after_archive"]
            else "the events stay in the database too",
        }


class DuePage(Page):
    """How many events would go, as JSON, for the form to show while one types."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not any(
            request.user.has_perm(f"django_github_app.{verb}_eventlog") for verb in ("delete", "archive")
        ):
            raise PermissionDenied
        return View.dispatch(self, request, *args, **kwargs)

    def get(self, request: HttpRequest) -> JsonResponse:
        form = DaysForm(request.GET)
        if not form.is_valid():
            return JsonResponse({"errors": form.errors.get_json_data()}, status=400)
        kept_too = request.GET.get("kind") == JobKind.ARCHIVE and "delete_after_archive" not in request.GET
        return JsonResponse({"due": bounded_count(form.days(), kept_too=kept_too)})


class RestorePage(Page):
    """Which archived events come back → job."""

    permission = "restore_eventlog"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.ask(request, RestoreForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = RestoreForm(request.POST)
        if not form.is_valid():
            return self.ask(request, form)
        parameters = kinds.restore_parameters(form.which(), reprocess=form.cleaned_data["reprocess"])
        job = enqueue(JobKind.RESTORE, parameters, requested_by=request.user.get_username(), source="admin")
        return HttpResponseRedirect(job_url(job))

    def ask(self, request: HttpRequest, form: RestoreForm) -> HttpResponse:
        return self.render(request, "archivefile/restore.html", title="Restore archived events", form=form)


def act_on_selected(
    admin: BoundedAdmin, request: HttpRequest, ids: list[int], kind: JobKind
) -> HttpResponse | None:
    """Ask whether the selected events are meant, then enqueue a job for exactly those."""
    if not ids:
        return None
    if request.POST.get("confirmed") == "yes":
        parameters = (
            kinds.cleanup_parameters(only=ids)
            if kind is JobKind.CLEANUP
            else kinds.archive_parameters(only=ids)
        )
        job = enqueue(kind, parameters, requested_by=request.user.get_username(), source="admin")
        messages.success(request, f"Job {job.pk} was queued.")
        return HttpResponseRedirect(job_url(job))
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "media": admin.media,
        "title": "Delete events" if kind is JobKind.CLEANUP else "Archive events",
        "ids": ids,
        "kind": kind,
        "store": describe_store(configured_store()) if kind is JobKind.ARCHIVE else "",
        "action": request.POST.get("action"),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return render(request, f"{TEMPLATES}/eventlog/confirm_selected.html", context)


def bounded_count(days: Mapping[str, int], *, kept_too: bool = False) -> str:
    """Return how many events are due, in words that stay true for any number."""
    extra = "AND e.archive_id IS NULL" if kept_too else ""
    try:
        with statement_timeout(RetentionJob):
            return str(count_due(Cutoffs.from_days(days), extra=extra))
    except OperationalError:
        return "an unknown number of"


def configured_store() -> str:
    """Return the name of the store that the settings name, even if it cannot be used."""
    try:
        return Store.resolve().name
    except ImproperlyConfigured:
        return str(app_settings.ARCHIVE_STORAGE)


def describe_store(name: str) -> str:
    """Return a storage's name, with its bucket or folder, and never its keys."""
    try:
        storage: Any = Store.resolve(name).storage
    except ImproperlyConfigured:
        return f"{name} (cannot be used)"
    bucket = getattr(storage, "bucket_name", None)
    place = f"bucket {bucket}" if bucket else str(getattr(storage, "location", ""))
    return f"{name} ({place})" if place else name


def job_url(job: RetentionJob) -> str:
    return reverse("admin:django_github_app_retentionjob_change", args=[job.pk])


def files_that_can(action: str) -> list[int]:
    """Return the states of files that an action on archives is for."""
    states = {
        "restore": [ArchiveState.STORED, ArchiveState.VERIFIED],
        "verify": [ArchiveState.STORED, ArchiveState.VERIFIED, ArchiveState.DAMAGED],
    }
    return [int(state) for state in states[action]]


__all__ = ["ArchivePage", "CleanupPage", "DuePage", "RestorePage", "act_on_selected"]
