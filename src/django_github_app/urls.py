"""Both webhook views under one include: ``path("github/", include("django_github_app.urls"))``."""

from __future__ import annotations

from django.urls import path

from .views import AsyncWebhookView, SyncWebhookView

__all__ = ["app_name", "urlpatterns"]

app_name = "django_github_app"
"""The namespace of the two views: ``django_github_app:async_webhook`` and ``…:sync_webhook``."""

urlpatterns = [
    path("async/", AsyncWebhookView.as_view(), name="async_webhook"),
    path("sync/", SyncWebhookView.as_view(), name="sync_webhook"),
]
"""``async/`` for the handlers of async workers, ``sync/`` for those of sync workers."""
