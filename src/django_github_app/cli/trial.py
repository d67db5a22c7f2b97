"""A comment tried out in this process: no server, no worker and no GitHub App are needed.

The event is stored and processed as a worker would, against a GitHub of its own on this machine.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
from typing import Any

import click
from django.conf import settings
from django.test import override_settings

from django_github_app import routing
from django_github_app.broker.queues import WORKER_TYPES, WorkerType
from django_github_app.conf import app_settings
from django_github_app.errors import HandlerLoadError
from django_github_app.execution import batches
from django_github_app.ingest import inbox
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver
from django_github_app.testing.fake_github import FakeGitHub
from django_github_app.testing.fake_github_conversations import Comment

__all__ = ["process_here", "try_out"]

EMOJI = {
    "+1": "\N{THUMBS UP SIGN}",
    "-1": "\N{THUMBS DOWN SIGN}",
    "laugh": "\N{GRINNING FACE}",
    "confused": "\N{CONFUSED FACE}",
    "heart": "\N{HEAVY BLACK HEART}",
    "hooray": "\N{PARTY POPPER}",
    "rocket": "\N{ROCKET}",
    "eyes": "\N{EYES}",
}
_HIDDEN = re.compile(r"(?<!\s)\s*+<!--.*?(?:-->|\Z)", re.DOTALL)


def try_out(text: str, *, repository: str, number: int, sender: str, role: str, on_pull_request: bool) -> int:
    """Type a comment, process it and print what the app did. Returns the id of the event."""
    if not app_settings.SLUG:
        raise click.ClickException("GITHUB_APP['NAME'] is empty: nobody could mention the app")
    with FakeGitHub(slug=app_settings.SLUG) as github:
        # Another comment each time: the same one would not run its commands again.
        github.world.ids = itertools.count(10**9 + secrets.randbelow(10**9))
        installation = github.add_installation(
            repository.split("/", maxsplit=1)[0], repositories=[repository]
        )
        repo = github.repo(repository)
        repo.roles[sender.lower()] = role
        issue = repo.issue(number, is_pull=on_pull_request)
        comment = issue.comment(text, sender)
        configured = {**getattr(settings, "GITHUB_APP", {}), **github.settings()}
        configured["NAME"] = app_settings.NAME
        with override_settings(GITHUB_APP=configured):
            try:
                row = deliver(
                    "issue_comment",
                    worker_type=_worker_type(),
                    payload=payloads.build(
                        "issue_comment",
                        repository=repository,
                        sender=sender,
                        installation=installation.id,
                        issue=issue.json(),
                    )
                    | {"comment": comment.json()},
                )
            finally:
                inbox.close()
                batches.close()
        _show(comment, issue.comments[1:])
    return row.pk


def process_here(event: str, body: bytes, delivery: str, role: str) -> int:
    """Process a payload and print what the app asked of GitHub. Returns the id of the event.

    Repository, issue and comment that the payload names are there on a GitHub of its own, and its addresses lead to
    it. An installation of the site's app is one of the app there.
    """
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise click.ClickException(f"the payload is no JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.ClickException("the payload is no JSON object")
    with FakeGitHub(slug=app_settings.SLUG or "bot") as github:
        _populate(github, payload, role)
        payload = payloads.addressed_to(_adopted(payload, github), github.url)
        configured = {**getattr(settings, "GITHUB_APP", {}), **github.settings()}
        configured["NAME"] = app_settings.NAME
        with override_settings(GITHUB_APP=configured):
            try:
                row = deliver(event, worker_type=_worker_type(), payload=payload, delivery=delivery)
            finally:
                inbox.close()
                batches.close()
        for request in github.requests:
            if not request.path.endswith("/access_tokens"):
                click.echo(f"{request.method} {request.path} {request.status}")
    return row.pk


def _adopted(payload: dict[str, Any], github: FakeGitHub) -> dict[str, Any]:
    installation = payload.get("installation")
    if not isinstance(installation, dict) or str(installation.get("app_id")) != app_settings.APP_ID:
        return payload
    return payloads.of_app(payload, app_id=str(github.app_id), client_id=github.client_id)


def _populate(github: FakeGitHub, payload: dict[str, Any], role: str) -> None:
    def part(name: str) -> dict[str, Any]:
        value = payload.get(name)
        return value if isinstance(value, dict) else {}

    full_name = part("repository").get("full_name")
    if not isinstance(full_name, str) or full_name.count("/") != 1:
        return
    number = part("installation").get("id")
    github.add_installation(
        full_name.partition("/")[0],
        repositories=[full_name],
        id=number if isinstance(number, int) else None,
    )
    repo = github.repo(full_name)
    repo.roles[str(part("sender").get("login", "octocat")).lower()] = role
    thread = part("issue") or part("pull_request")
    if not isinstance(thread.get("number"), int):
        return
    issue = repo.issue(thread["number"], is_pull="pull_request" in payload or "pull_request" in thread)
    said = part("comment")
    if "issue" in payload and isinstance(said.get("id"), int):
        comment = issue.comment(
            str(said.get("body", "")), str((said.get("user") or {}).get("login", "octocat"))
        )
        # Reactions go to the comment that the payload names.
        repo.comments[said["id"]] = repo.comments.pop(comment.id)
        comment.id = said["id"]


def _worker_type() -> WorkerType:
    """Return the type whose handlers have commands; the async one when both or none have."""
    try:
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        routing.GitHubRouter.ensure_async_handlers_loaded()
    except HandlerLoadError as error:
        raise click.ClickException(str(error)) from error

    def counted(worker_type: str) -> int:
        return sum(r.kind != "event" for r in routing.registrations(worker_type))

    found: Any = max(reversed(WORKER_TYPES), key=counted)
    return "sync" if found == "sync" else "async"


def _show(comment: Comment, answers: list[Comment]) -> None:
    click.echo(f"{comment.user.login}: {comment.body}")
    if comment.emoji:
        click.echo("  " + " ".join(EMOJI[content] for content in comment.emoji))
    for answer in answers:
        text = _HIDDEN.sub("", answer.body).replace("\n", "\n  ")
        click.echo(f"{answer.user.login}:\n  {text}")
    if not answers and not comment.emoji:
        click.echo("no answer")
