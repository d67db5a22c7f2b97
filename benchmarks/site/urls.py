from __future__ import annotations

from django.urls import path

from benchmarks.site.naive import views
from django_github_app.views import AsyncWebhookView, SyncWebhookView

urlpatterns = [
    path("naive/sync/", views.webhook),
    path("naive/async/", views.awebhook),
    path("github/sync/", SyncWebhookView.as_view()),
    path("github/async/", AsyncWebhookView.as_view()),
]
