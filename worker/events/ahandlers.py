"""Sample handlers of the async worker type: for deliveries that came in at ``/github/async/``."""

from __future__ import annotations

from typing import Any

import click
from gidgethub.sansio import Event

from django_github_app.comments.mentions import Mention, MentionScope
from django_github_app.conf import app_settings
from django_github_app.context import AsyncCommandContext
from django_github_app.routing import GitHubRouter
from worker import triage
from worker.notes import anote

gh = GitHubRouter()


def _repository(event: Event) -> str | None:
    name: str | None = (event.data.get("repository") or {}).get("full_name")
    return name


@gh.event("issues", action="opened")
async def label_issue(event: Event, gh: Any) -> None:
    labels = triage.suggest_labels(event.data["issue"])
    await anote(
        "async.issue", _repository(event), f"issue {event.data['issue']['number']}: {labels or 'no label'}"
    )


@gh.event("pull_request", action=["opened", "synchronize"])
async def size_pull_request(event: Event, gh: Any) -> None:
    pull_request = event.data["pull_request"]
    await anote(
        "async.pull_request",
        _repository(event),
        f"PR {pull_request['number']}: {triage.size_label(pull_request)}",
    )


@gh.event("push")
async def describe_push(event: Event, gh: Any) -> None:
    await anote("async.push", _repository(event), triage.describe_push(event.data))


@gh.event("installation", action="created")
async def welcome(event: Event, gh: Any) -> None:
    await anote("async.installation", None, triage.describe_installation(event.data))


@gh.mention(username=app_settings.SLUG, scope=MentionScope.ISSUE)
async def answer_ping(event: Event, gh: Any, context: Mention) -> None:
    await anote(
        "async.mention", _repository(event), f"@{context.mention.username}: {event.data['comment']['body']}"
    )


@gh.command("size", scope="both", help="Say how large a change of so many lines is.")
@click.argument("lines", type=click.IntRange(0))
async def size(context: AsyncCommandContext, lines: int) -> None:
    label = triage.size_label({"additions": lines, "deletions": 0})
    await context.reply(f"{lines} lines: `{label}`")
