"""The admin, the webhooks, and an answer for whoever asks whether this process is up."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import include, path


def healthz(request):
    """Say that this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz),
    path("admin/", admin.site.urls),
    # GitHub's webhook URL is https://YOUR-HOST/github/{{ kind }}/
    path("github/", include("django_github_app.urls")),
]
