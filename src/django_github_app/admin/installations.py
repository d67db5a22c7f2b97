"""Installations and repositories, as GitHub last described them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from django_github_app.models import Installation, InstallationStatus, Repository

from .bounded import BoundedAdmin, badge, pretty


@admin.register(Installation)
class InstallationAdmin(BoundedAdmin):
    """Shows installations."""

    list_display = ("installation_id", "account", "shown_status")
    list_filter = ("status",)
    search_fields = ("=installation_id", "=data__account__login", "=data__account__slug")
    search_help_text = "Installation id, account, or an enterprise's slug"
    ordering = ("-id",)
    fields = ("installation_id", "account", "shown_status", "shown_data")
    readonly_fields = fields

    def has_index_for(self, request: HttpRequest) -> bool:
        return not request.GET.get("q")

    @admin.display(description="account")
    def account(self, installation: Installation) -> str:
        data: Any = installation.data or {}
        # A name is all that some payloads tell of an enterprise.
        return installation.account or str((data.get("account") or {}).get("name") or "-")

    @admin.display(description="status", ordering="status")
    def shown_status(self, installation: Installation) -> SafeString:
        active = installation.status == InstallationStatus.ACTIVE
        return badge(installation.get_status_display(), "good" if active else "quiet")

    @admin.display(description="data")
    def shown_data(self, installation: Installation) -> SafeString:
        return pretty(installation.data)


@admin.register(Repository)
class RepositoryAdmin(BoundedAdmin):
    """Shows repositories."""

    list_display = ("repository_id", "full_name", "installation")
    list_select_related = ("installation",)
    search_fields = ("=repository_id", "=full_name")
    search_help_text = "Repository id or owner/name"
    ordering = ("-id",)
    fields = ("repository_id", "full_name", "installation", "repository_node_id")
    readonly_fields = fields
