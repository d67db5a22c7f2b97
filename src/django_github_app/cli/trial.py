"""A comment tried out in this process: no server, no worker and no GitHub App are needed.

The event is stored and processed as a worker would, against a GitHub of its own on this machine.
"""

from __future__ import annotations

import itertools
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

__all__ = ["try_out"]

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
