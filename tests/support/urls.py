"""URLs of the test settings."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("github/", include("django_github_app.urls")),
    path("github/", include("django_github_app.observe.urls")),
]
