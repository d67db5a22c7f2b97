"""Archive files: what is where; verify, restore, download."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from django_github_app.models import ArchiveFile, ArchiveState, JobKind
from django_github_app.retention import Filter, enqueue, requesting
from django_github_app.retention.stores import Store

from .bounded import BoundedAdmin, badge, to_the_second
from .retention_pages import RestorePage, files_that_can, job_url

KINDS = {
    ArchiveState.WRITING: "busy",
    ArchiveState.VERIFIED: "busy",
    ArchiveState.STORED: "good",
    ArchiveState.DAMAGED: "bad",
    ArchiveState.EXPIRED: "quiet",
}


@admin.register(ArchiveFile)
class ArchiveFileAdmin(BoundedAdmin):
    """Shows archives; actions enqueue jobs."""

    list_display = ("path", "day", "shown_state", "count", "shown_size", "checked", "download")
    list_filter = ("state", "storage")
    search_fields = ("path__startswith",)
    search_help_text = "Start of the path"
    ordering = ("-day", "-id")
    actions = ("verify", "restore")
    change_list_template = "admin/django_github_app/archivefile/change_list.html"
    fields = (
        *("path", "storage", "day", "shown_state", "error", "count", "first_id", "last_id"),
        *("shown_size", "shown_text_size", "sha256", "created_at", "verified_at", "expired_at", "download"),
    )
    readonly_fields = ("shown_state", "shown_size", "shown_text_size", "download")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        prefix = "django_github_app_archivefile"
        return [
            path("restore/", view(RestorePage.as_view(admin=self)), name=f"{prefix}_restore"),
            path("<int:pk>/download/", view(self.download_view), name=f"{prefix}_download"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_restore": self.has_restore_permission(request)}
        return super().changelist_view(request, context)

    def has_index_for(self, request: HttpRequest) -> bool:
        return True  # one row per file: a small table

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_github_app.restore_eventlog")

    def has_archive_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("django_github_app.archive_eventlog")

    @admin.action(description="Verify selected archives", permissions=["archive"])
    def verify(self, request: HttpRequest, queryset: QuerySet[ArchiveFile]) -> HttpResponse | None:
        return self._enqueue(request, queryset, JobKind.VERIFY)

    @admin.action(description="Restore the events of selected archives", permissions=["restore"])
    def restore(self, request: HttpRequest, queryset: QuerySet[ArchiveFile]) -> HttpResponse | None:
        return self._enqueue(request, queryset, JobKind.RESTORE)

    def _enqueue(
        self, request: HttpRequest, queryset: QuerySet[ArchiveFile], kind: JobKind
    ) -> HttpResponse | None:
        files = queryset.filter(state__in=files_that_can(kind.value))
        which = Filter(files=tuple(files.values_list("pk", flat=True)))
        if not which.files:
            self.message_user(request, f"None of these archives can be used to {kind}.", messages.WARNING)
            return None
        parameters = (
            requesting.restore_parameters(which) if kind is JobKind.RESTORE else {"filter": which.to_json()}
        )
        job = enqueue(kind, parameters, requested_by=request.user.get_username(), source="admin")
        return HttpResponseRedirect(job_url(self, job))

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send the file, or the browser to where the store has it."""
        if not (
            self.has_view_permission(request) and request.user.has_perm("django_github_app.view_eventlog")
        ):
            raise PermissionDenied
        file = get_object_or_404(ArchiveFile, pk=pk)
        try:
            store = Store.resolve(file.storage)
            if url := store.url(file.path):
                return HttpResponseRedirect(url)
            source = store.storage.open(file.path, "rb")
        except (FileNotFoundError, ImproperlyConfigured) as error:
            raise Http404(f"{file.path} is not in its store") from error
        return FileResponse(
            source,
            as_attachment=True,
            filename=file.path.rsplit("/", 1)[-1],
            content_type="application/octet-stream",
        )

    @admin.display(description="state", ordering="state")
    def shown_state(self, file: ArchiveFile) -> SafeString:
        state = ArchiveState(file.state)
        return badge(state.label, KINDS[state])

    @admin.display(description="size", ordering="size")
    def shown_size(self, file: ArchiveFile) -> str:
        return filesizeformat(file.size)

    @admin.display(description="verified", ordering="verified_at")
    def checked(self, file: ArchiveFile) -> str:
        return "-" if file.verified_at is None else to_the_second(file.verified_at)

    @admin.display(description="size of its text")
    def shown_text_size(self, file: ArchiveFile) -> str:
        return filesizeformat(file.text_size)

    @admin.display(description="file")
    def download(self, file: ArchiveFile) -> SafeString | str:
        if file.state == ArchiveState.EXPIRED:
            return "-"
        url = self.url_of("archivefile_download", file.pk)
        return format_html('<a href="{}">download</a>', url)
