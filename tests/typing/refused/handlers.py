"""Mistakes in types: each line that is marked is refused by mypy --strict and by pyright."""

from __future__ import annotations

from typing import Any

from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.deliveries import Delivery
from django_github_app.github import AsyncGitHubAPI, GitHubAPIUrl
from django_github_app.mentions import MentionScope
from django_github_app.testing.payloads import sign
from django_github_app.webhooks import Event, IssuesOpened, Push

number: int = app_settings.QUEUE_PREFIX  # refused
address: int = GitHubAPIUrl("/app").full_url  # refused
scope: MentionScope = "issue"  # refused
sign(7, b"{}")  # refused


def name_of(delivery: Delivery) -> int:
    """Return a text as a number."""
    return delivery.event  # refused


async def handler(event: sansio.Event, api: AsyncGitHubAPI, *args: Any) -> None:
    """Ask for a token of an installation that is named, where an id is wanted."""
    await api.aget_installation_token("octo")  # refused


async def typed(event: Event[IssuesOpened]) -> None:
    """Misspell keys of a payload, and take a text for a number."""
    event.data["isue"]  # refused
    event.data["issue"]["titel"]  # refused
    number: int = event.data["issue"]["title"]  # refused
    print(number)


def pushed(payload: Push) -> None:
    """Ask a push for what only others have."""
    payload["issue"]  # refused
