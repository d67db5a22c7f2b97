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
from django.views import View

from django_github_app.conf import app_settings
from django_github_app.models import ArchiveState, EventStatus, JobKind, RetentionJob
from django_github_app.retention import Filter, NothingArchived, enqueue, requesting
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

    def __init__(self, *args: Any, anywhere: bool = False, delete: bool = False, **kwargs: Any) -> None:
        """``anywhere``: whether the place may be another than the settings say; ``delete``: whether rows may go."""
        super().__init__(*args, **kwargs)
        names = [configured_store()]
        if anywhere:
            names += [alias for alias in settings.STORAGES if alias != "staticfiles"]
        else:
            del self.fields["location"]
        if not delete:
            del self.fields["delete_after_archive"]
        field = self.fields["storage"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = [(name, name) for name in dict.fromkeys(names) if name]
        if not field.choices:
            field.help_text = "GITHUB_APP['ARCHIVE_STORAGE'] names no storage: nothing can be archived."


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

    def __init__(self, *args: Any, reprocess: bool = False, **kwargs: Any) -> None:
        """``reprocess``: whether handlers may be run again."""
        super().__init__(*args, **kwargs)
        if not reprocess:
            del self.fields["reprocess"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not any(values.get(name) for name in ("since", "until", "delivery", "repository")):
            raise forms.ValidationError("Say which days, delivery or repository.")
        which = self.which()
        try:
            which.archive_files()
        except NothingArchived as error:
            damaged = which.damaged_files()
            message = (
                f"Only damaged archives can hold such events: {', '.join(file.path for file in damaged[:20])}."
                if damaged
                else "No archive can hold such events."
            )
            raise forms.ValidationError(message) from error
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
        return self.ask(request, self.make_form(request, initial=self.initial()))

    def make_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DaysForm:
        """Return the form with those fields that this person may fill in."""
        return self.form(*args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.make_form(request, request.POST)
        if not form.is_valid():
            return self.ask(request, form)
        if request.POST.get("post") == "yes":
            job = enqueue(
                self.kind, self.parameters(form), requested_by=request.user.get_username(), source="admin"
            )
            return HttpResponseRedirect(job_url(self.admin, job))
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
        return requesting.cleanup_parameters(form.days())

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

    def make_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> DaysForm:
        """Deleting takes the permission to delete; another place than the settings name takes a superuser."""
        user: Any = request.user
        refuse_fields(
            request, {"storage": user.is_superuser, "location": user.is_superuser}, configured_place()
        )
        refuse_fields(request, {"delete_after_archive": may_delete(request)})
        return ArchiveForm(*args, anywhere=user.is_superuser, delete=may_delete(request), **kwargs)

    def initial(self) -> dict[str, Any]:
        return super().initial() | {
            "delete_after_archive": True,
            "storage": configured_store(),
            "location": app_settings.ARCHIVE_LOCATION,
        }

    def parameters(self, form: DaysForm) -> dict[str, Any]:
        values = form.cleaned_data
        return requesting.archive_parameters(
            form.days(),
            storage=values["storage"],
            location=values.get("location", app_settings.ARCHIVE_LOCATION),
            delete_after_archive=values.get("delete_after_archive", False),
        )

    def keeps(self, form: DaysForm) -> bool:
        return not form.cleaned_data.get("delete_after_archive", False)

    def facts(self, form: DaysForm) -> dict[str, str]:
        values = form.cleaned_data
        return super().facts(form) | {
            "storage": describe_store(values["storage"]),
            "folder": values.get("location", app_settings.ARCHIVE_LOCATION) or "(top)",
            "afterwards": "the events are deleted from the database, once their archive is verified"
            if values.get("delete_after_archive")
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
        return self.ask(request, RestoreForm(reprocess=may_run_handlers(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        reprocess = may_run_handlers(request)
        refuse_fields(request, {"reprocess": reprocess})
        form = RestoreForm(request.POST, reprocess=reprocess)
        if not form.is_valid():
            return self.ask(request, form)
        reprocess = form.cleaned_data.get("reprocess", False)
        parameters = requesting.restore_parameters(form.which(), reprocess=reprocess)
        job = enqueue(JobKind.RESTORE, parameters, requested_by=request.user.get_username(), source="admin")
        return HttpResponseRedirect(job_url(self.admin, job))

    def ask(self, request: HttpRequest, form: RestoreForm) -> HttpResponse:
        return self.render(request, "archivefile/restore.html", title="Restore archived events", form=form)


def may_delete(request: HttpRequest) -> bool:
    """Return whether this person may make events leave the database."""
    return request.user.has_perm("django_github_app.delete_eventlog")


def may_run_handlers(request: HttpRequest) -> bool:
    """Return whether this person may run handlers again, here as in the list of events."""
    return request.user.has_perm("django_github_app.change_eventlog")


def configured_place() -> dict[str, str]:
    """Return what everybody may name: the place that the settings name."""
    return {"storage": configured_store(), "location": app_settings.ARCHIVE_LOCATION}


def refuse_fields(
    request: HttpRequest, allowed: Mapping[str, bool], usual: Mapping[str, str] | None = None
) -> None:
    """Raise PermissionDenied when a form was sent with a field that this person's form does not have.

    Without a word, what was asked for and what was done would differ.
    """
    for name, is_allowed in allowed.items():
        sent = request.POST.get(name)
        if sent and not is_allowed and sent != (usual or {}).get(name):
            raise PermissionDenied


def act_on_selected(
    admin: BoundedAdmin, request: HttpRequest, ids: list[int], kind: JobKind
) -> HttpResponse | None:
    """Ask whether the selected events are meant, then enqueue a job for exactly those."""
    if not ids:
        return None
    if kind is JobKind.ARCHIVE and not configured_store():
        messages.error(request, "GITHUB_APP['ARCHIVE_STORAGE'] names no storage: nothing can be archived.")
        return None
    if request.POST.get("confirmed") == "yes":
        parameters = (
            requesting.cleanup_parameters(only=ids)
            if kind is JobKind.CLEANUP
            else requesting.archive_parameters(only=ids, delete_after_archive=may_delete(request))
        )
        job = enqueue(kind, parameters, requested_by=request.user.get_username(), source="admin")
        messages.success(request, f"Job {job.pk} was queued.")
        return HttpResponseRedirect(job_url(admin, job))
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "media": admin.media,
        "title": "Delete events" if kind is JobKind.CLEANUP else "Archive events",
        "ids": ids,
        "kind": kind,
        "store": describe_store(configured_store()) if kind is JobKind.ARCHIVE else "",
        "deletes": may_delete(request),
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
        return str(app_settings.ARCHIVE_STORAGE or "")


def describe_store(name: str) -> str:
    """Return a storage's name, with its bucket or folder, and never its keys."""
    try:
        storage: Any = Store.resolve(name).storage
    except ImproperlyConfigured:
        return f"{name} (cannot be used)"
    bucket = getattr(storage, "bucket_name", None)
    place = f"bucket {bucket}" if bucket else str(getattr(storage, "location", ""))
    return f"{name} ({place})" if place else name


def job_url(admin: BoundedAdmin, job: RetentionJob) -> str:
    return admin.url_of("retentionjob_change", job.pk)


def files_that_can(action: str) -> list[int]:
    """Return the states of files that an action on archives is for."""
    states = {
        "restore": [ArchiveState.STORED, ArchiveState.VERIFIED],
        "verify": [ArchiveState.STORED, ArchiveState.VERIFIED, ArchiveState.DAMAGED],
    }
    return [int(state) for state in states[action]]


__all__ = ["ArchivePage", "CleanupPage", "DuePage", "RestorePage", "act_on_selected"]
