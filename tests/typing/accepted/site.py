"""The entrances of a project."""

from __future__ import annotations

from celery import Celery
from django.core.asgi import get_asgi_application
from django.http import HttpRequest
from django.urls import include, path

from django_github_app import asgi
from django_github_app.celery import configure
from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery
from django_github_app.views import AsyncWebhookView, SyncWebhookView


class OwnView(SyncWebhookView):
    """A view that a project changes."""

    def get_delivery(self, request: HttpRequest) -> Delivery:
        """Return the delivery of a request."""
        delivery = super().get_delivery(request)
        assert delivery.event
        return delivery


urlpatterns = [
    path("github/", include("django_github_app.urls")),
    path("own/", OwnView.as_view()),
    path("async/", AsyncWebhookView.as_view()),
]
celery_app: Celery = configure(Celery("project"))
application = asgi.mount(get_asgi_application(), {"/github/": "async"})
prefix: str = app_settings.QUEUE_PREFIX
