from __future__ import annotations

import os

from django.urls import path

from django_github_app import views

# A site has one of them: with both, django-github-app's own check stops Django.
view = views.AsyncWebhookView if os.environ.get("BENCH_VIEW") == "async" else views.SyncWebhookView
urlpatterns = [path("github/", view.as_view())]
