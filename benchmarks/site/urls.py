from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from benchmarks.site.naive import views
from django_github_app.views import AsyncWebhookView, SyncWebhookView


@csrf_exempt
async def nothing(request: HttpRequest) -> HttpResponse:
    """Read the body and store nothing: what Django alone costs."""
    return HttpResponse(status=202 if request.body else 400)


urlpatterns = [
    path("nothing/", nothing),
    path("naive/sync/", views.webhook),
    path("naive/async/", views.awebhook),
    path("github/sync/", SyncWebhookView.as_view()),
    path("github/async/", AsyncWebhookView.as_view()),
]
