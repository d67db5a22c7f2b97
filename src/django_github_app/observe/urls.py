"""``livez``, ``readyz`` and ``metrics``: ``path("github/", include("django_github_app.observe.urls"))``."""

from __future__ import annotations

from django.urls import path

from . import views

__all__ = ["app_name", "urlpatterns"]

app_name = "django_github_app_observe"
"""The namespace of the three pages."""

urlpatterns = [
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
]
"""The pages, under whatever path they are included."""
