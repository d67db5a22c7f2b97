"""Handlers and commands that leave traces outside of every server: lines in a file, comments on GitHub.

A line is ``start|end <handler> <delivery> <process> <seconds of the machine's monotonic clock>``. Short appends to
one file do not mix.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import click
from gidgethub import sansio

from django_github_app.errors import UserError
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, areply, reply
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()
SECONDS = float(os.environ.get("CHAOS_HANDLER_SECONDS", "0.02"))
FOLDER = Path(os.environ["CHAOS_FOLDER"])


def note(what: str, handler: str, delivery: str | None) -> None:
    with (FOLDER / "calls").open("a") as calls:
        calls.write(f"{what} {handler} {delivery} {os.getpid()} {time.monotonic():.6f}\n")


@gh.event("issue_comment", action="created")
async def on_comment(event: sansio.Event, **kwargs: Any) -> None:
    note("start", "on_comment", event.delivery_id)
    await asyncio.sleep(SECONDS)
    note("end", "on_comment", event.delivery_id)


@gh.event("issues", action="opened")
def on_issue(event: sansio.Event, **kwargs: Any) -> None:
    note("start", "on_issue", event.delivery_id)
    time.sleep(SECONDS)
    note("end", "on_issue", event.delivery_id)


@gh.event("pull_request", action="opened")
async def on_pull(event: sansio.Event, gh: AsyncGitHubAPI, **kwargs: Any) -> None:
    note("start", "on_pull", event.delivery_id)
    await areply(gh, event, f"Seen {event.delivery_id}")
    note("end", "on_pull", event.delivery_id)


@gh.event("issues", action="reopened")
def on_reopened(event: sansio.Event, gh: SyncGitHubAPI, **kwargs: Any) -> None:
    note("start", "on_reopened", event.delivery_id)
    reply(gh, event, f"Seen {event.delivery_id}")
    note("end", "on_reopened", event.delivery_id)


@gh.event("push")
async def on_push(event: sansio.Event, **kwargs: Any) -> None:
    note("start", "on_push", event.delivery_id)
    note("end", "on_push", event.delivery_id)


@gh.event("push")
def on_push_again(event: sansio.Event, **kwargs: Any) -> None:
    """Fail the first time, whichever process that is in."""
    note("start", "on_push_again", event.delivery_id)
    marker = FOLDER / "failed" / str(event.delivery_id)
    if not marker.exists():
        marker.touch()
        raise RuntimeError("the first time it fails")
    note("end", "on_push_again", event.delivery_id)


@gh.command("build", permission="write")
@click.argument("token")
async def build(context: Any, token: str) -> None:
    await context.reply(f"Building {token}.")
    await asyncio.sleep(SECONDS)
    await context.reply(f"Built {token}.")


@gh.command("bake", permission="write")
@click.argument("token")
def bake(context: Any, token: str) -> None:
    context.reply(f"Baking {token}.")
    time.sleep(SECONDS)
    context.reply(f"Baked {token}.")


@gh.command("fail")
async def fail(context: Any, **kwargs: Any) -> None:
    raise RuntimeError("this one always fails")


@gh.command("refuse")
def refuse(context: Any, **kwargs: Any) -> None:
    raise UserError("not today")
