"""URLs of the small project."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from .sites import SEVERAL, site

urlpatterns = [
    path("admin/", admin.site.urls),
    path("github/", include("django_github_app.urls")),
]
if SEVERAL:
    urlpatterns.append(path("operations/", site.urls))
