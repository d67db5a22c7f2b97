"""What a project writes, with every type spelled out: mypy --strict and pyright accept it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import click
from gidgethub import sansio

from django_github_app.context import (
    AsyncEventContext,
    AsyncMentionContext,
    SyncCommandContext,
    SyncEventContext,
)
from django_github_app.errors import PermanentError, RetryLater, UserError
from django_github_app.github import (
    AsyncGitHubAPI,
    GitHubAPIEndpoint,
    GitHubAPIUrl,
    SyncGitHubAPI,
    acomment_once,
    areact,
    comment_once,
)
from django_github_app.mentions import Mention, MentionScope
from django_github_app.models import EventLog, EventStatus, Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.webhooks import Event, IssueCommentCreated, Issues, IssuesOpened, PullRequest, Push

gh = GitHubRouter()


@gh.event("issues", action="opened")
async def welcome(event: sansio.Event, api: AsyncGitHubAPI, *args: Any, **kwargs: Any) -> None:
    """An asynchronous handler."""
    comment = await acomment_once(api, event, "Thank you!", key="welcome")
    await areact(api, event, "eyes")
    if "id" not in comment:
        raise RetryLater("the issue is not there yet")


@gh.event("push")
def pushed(event: sansio.Event, api: SyncGitHubAPI, *args: Any, **kwargs: Any) -> None:
    """A synchronous one."""
    comment_once(api, event, "Pushed", key="pushed")
    for page in api.getiter("/repos/octo/widgets/issues"):
        print(page["number"])


@gh.mention(username=re.compile("hello-.*"), scope=MentionScope.ISSUE)
async def greeted(event: sansio.Event, *args: Any, context: Mention, **kwargs: Any) -> None:
    """A mention."""
    line: int = context.mention.line_info.lineno
    if line < 1:
        raise PermanentError("nobody was greeted")


@gh.command("backport", aliases=["cherry-pick"], scope="pr", permission="write")
@click.argument("branch")
async def backport(event: sansio.Event, api: AsyncGitHubAPI, branch: str, *args: Any, **kwargs: Any) -> None:
    """A command with a typed parameter."""
    if branch == "main":
        raise UserError("That is where it is already.")


@gh.event(["issues.opened", "pull_request.opened"])
async def greet(context: AsyncEventContext, api: AsyncGitHubAPI) -> None:
    """A handler that names its context."""
    await context.reply(f"Hello {context.sender} in {context.repo.name}!")
    await context.react("heart")
    await api.getitem("/repos/{owner}/{repo}/issues/{issue_number}", context.issue())
    context.log.info("greeted", extra={"number": context.number})


@gh.event("issues.opened")
async def typed(event: Event[IssuesOpened], gh: AsyncGitHubAPI) -> None:
    """An event whose payload is known."""
    title: str = event.data["issue"]["title"]
    opened: str = event.data["action"]
    if title and opened == "opened":
        await gh.post(event.data["issue"]["comments_url"], data={"body": event.data["sender"]["login"]})


@gh.event("issue_comment.created")
def commented(comment: IssueCommentCreated, context: SyncEventContext) -> None:
    """A payload in the place of the event."""
    body: str = comment["comment"]["body"]
    context.reply(body)


@gh.event("issues")
def several(payload: Issues) -> None:
    """One of several actions: the action narrows the type."""
    if payload["action"] == "labeled":
        label = payload.get("label")
        print(label["name"] if label else payload["issue"]["number"])


@gh.event("push")
def commits(event: Event[Push]) -> None:
    """An event without actions."""
    print(event.data["ref"], [commit["id"] for commit in event.data["commits"]])


def size_of(payload: PullRequest) -> int:
    """All actions of an event have this."""
    return payload["number"]


@gh.mention()
async def mentioned(context: AsyncMentionContext) -> None:
    """A mention has what an event has, and more."""
    await context.reply(f"line {context.mention.line_info.lineno} of {context.repo}")


@gh.command("ping")
def ping(context: SyncCommandContext) -> None:
    """A command."""
    context.reply("pong" if not context.is_bot else context.repo.owner)


def dead_since(moment: dt.datetime) -> list[int]:
    """A query."""
    rows = EventLog.objects.filter(status=EventStatus.DEAD, received_at__gt=moment)
    return [row.pk for row in rows]


async def issues_of(repository: Repository) -> list[dict[str, Any]]:
    """What managers and models return."""
    installation: Installation = await Installation.objects.aget(repositories=repository)
    token: str = await installation.aget_access_token()
    assert token
    url: str = GitHubAPIUrl(GitHubAPIEndpoint.REPO_ISSUES, {"owner": "octo", "repo": "widgets"}).full_url
    assert url
    return await repository.aget_issues()
