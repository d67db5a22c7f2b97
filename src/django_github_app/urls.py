"""Both webhook views under one include: ``path("github/", include("django_github_app.urls"))``."""

from __future__ import annotations

from django.urls import path

from .views import AsyncWebhookView, SyncWebhookView

app_name = "django_github_app"

urlpatterns = [
    path("async/", AsyncWebhookView.as_view(), name="async_webhook"),
    path("sync/", SyncWebhookView.as_view(), name="sync_webhook"),
]
