"""URLs of the site: the webhooks, the admin, and a page for the platform's health check."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers. Not whether the database does: restarting the web would not mend that."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path(settings.ADMIN_PATH, admin.site.urls),
    path("github/", include("django_github_app.urls")),
    path("github/", include("django_github_app.observe.urls")),
    path("healthz", healthz),
]
