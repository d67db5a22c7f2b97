"""Sample handlers of the sync worker type: for deliveries that came in at ``/github/sync/``."""

from __future__ import annotations

from typing import Any

from gidgethub.sansio import Event

from django_github_app.comments.mentions import Mention, MentionScope
from django_github_app.conf import app_settings
from django_github_app.routing import GitHubRouter
from worker import triage
from worker.notes import note

gh = GitHubRouter()


def _repository(event: Event) -> str | None:
    name: str | None = (event.data.get("repository") or {}).get("full_name")
    return name


@gh.event("issues", action="opened")
def label_issue(event: Event, gh: Any) -> None:
    labels = triage.suggest_labels(event.data["issue"])
    note("sync.issue", _repository(event), f"issue {event.data['issue']['number']}: {labels or 'no label'}")


@gh.event("pull_request", action=["opened", "synchronize"])
def size_pull_request(event: Event, gh: Any) -> None:
    pull_request = event.data["pull_request"]
    note(
        "sync.pull_request",
        _repository(event),
        f"PR {pull_request['number']}: {triage.size_label(pull_request)}",
    )


@gh.event("push")
def describe_push(event: Event, gh: Any) -> None:
    note("sync.push", _repository(event), triage.describe_push(event.data))


@gh.event("installation", action="created")
def welcome(event: Event, gh: Any) -> None:
    note("sync.installation", None, triage.describe_installation(event.data))


@gh.mention(username=app_settings.SLUG, scope=MentionScope.ISSUE)
def answer_ping(event: Event, gh: Any, context: Mention) -> None:
    note("sync.mention", _repository(event), f"@{context.mention.username}: {event.data['comment']['body']}")
