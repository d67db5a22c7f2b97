"""The admin without a browser: who is logged in, and what a page says."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

CHANGELIST = "admin:django_github_app_eventlog_changelist"
CHANGE = "admin:django_github_app_eventlog_change"
CLEANUP = "admin:django_github_app_eventlog_cleanup"
ARCHIVE = "admin:django_github_app_eventlog_archive"


def client_with(*permissions: str) -> Client:
    """Return the client of somebody on the staff who has these permissions and no others."""
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, name: str, *arguments: object, **query: Any) -> str:
    """Return the text of a page that is there."""
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200, response
    return response.content.decode()
