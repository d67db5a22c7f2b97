"""Retention jobs: a list, and a page per job whose progress bar moves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from django_github_app.models import JobKind, JobState, RetentionJob

from .bounded import BoundedAdmin, badge
from .retention_pages import job_url

KINDS = {
    JobState.QUEUED: "busy",
    JobState.RUNNING: "busy",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
    JobState.CANCELLED: "quiet",
}
# Who may start a job may stop it.
PERMISSIONS = {
    JobKind.CLEANUP: "delete_eventlog",
    JobKind.ARCHIVE: "archive_eventlog",
    JobKind.VERIFY: "archive_eventlog",
    JobKind.RESTORE: "restore_eventlog",
    JobKind.EXPIRE: "archive_eventlog",
    JobKind.REPLAY: "change_eventlog",
}


@admin.register(RetentionJob)
class RetentionJobAdmin(BoundedAdmin):
    """Shows jobs; the only thing one can do to a job is cancel it."""

    list_display = ("id", "kind", "shown_state", "done", "speed", "requested_by", "source", "created_at")
    list_filter = ("kind", "state")
    ordering = ("-id",)
    change_form_template = "admin/django_github_app/retentionjob/change_form.html"
    fields = (
        *("kind", "requested_by", "source", "created_at", "started_at", "finished_at"),
        *("tasks", "losses", "parameters"),
    )

    class Media:
        js = ["django_github_app/job.js"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        prefix = "django_github_app_retentionjob"
        return [
            path("<int:pk>/status/", view(self.status_view), name=f"{prefix}_status"),
            path("<int:pk>/cancel/", view(require_POST(self.cancel_view)), name=f"{prefix}_cancel"),
            *super().get_urls(),
        ]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may start jobs may look at them."""
        return super().has_view_permission(request, obj) or any(
            request.user.has_perm(f"django_github_app.{name}") for name in set(PERMISSIONS.values())
        )

    def status_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Return how far a job is, for its page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return JsonResponse(progress_of(get_object_or_404(RetentionJob, pk=pk)))

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask a job to stop."""
        job = get_object_or_404(RetentionJob, pk=pk)
        if not self._may_cancel(request, job):
            raise PermissionDenied
        if job.request_cancel():
            messages.success(request, "The job stops at its next batch.")
        else:
            messages.warning(request, "The job had ended already.")
        return HttpResponseRedirect(job_url(self, job))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        job: RetentionJob = context["original"]
        context["job"] = job
        context["progress"] = progress_of(job)
        context["may_cancel"] = not job.is_final and self._may_cancel(request, job)
        return super().render_change_form(request, context, *args, **kwargs)

    def _may_cancel(self, request: HttpRequest, job: RetentionJob) -> bool:
        return request.user.has_perm(f"django_github_app.{PERMISSIONS[JobKind(job.kind)]}")

    @admin.display(description="state", ordering="state")
    def shown_state(self, job: RetentionJob) -> SafeString:
        state = JobState(job.state)
        return badge(state.label, KINDS[state])

    @admin.display(description="done")
    def done(self, job: RetentionJob) -> str:
        percent = job.percent
        return f"{job.processed:,}" + ("" if percent is None else f" ({percent} %)")

    @admin.display(description="per second")
    def speed(self, job: RetentionJob) -> str:
        return "-" if job.rate is None else f"{job.rate:,.0f}"


def progress_of(job: RetentionJob) -> dict[str, Any]:
    """Return what the job's page shows and its script polls."""
    state = JobState(job.state)
    return {
        "state": state.label,
        "kind": KINDS[state],
        "final": job.is_final,
        "stopping": job.cancel_requested and not job.is_final,
        "percent": job.percent,
        "processed": f"{job.processed:,}",
        "total": None if job.total is None else f"{job.total:,}",
        "rate": None if not job.rate else f"{job.rate:,.0f}",
        "error": job.error,
        "result": {
            name: f"{value:,}" if isinstance(value, int) else value for name, value in job.result.items()
        },
    }
