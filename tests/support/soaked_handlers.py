"""Handlers of `tests.support.soak`: what handlers usually do, and now and then what goes wrong."""

from __future__ import annotations

import zlib
from typing import Any

import click
from asgiref.sync import sync_to_async

from django_github_app.models import Installation
from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


def one_in(event: Any, number: int) -> bool:
    return zlib.crc32(str(event.delivery_id).encode()) % number == 0


@gh.event("push")
def count(event: Any) -> None:
    Installation.objects.count()
    if one_in(event, 500):
        raise SystemExit("now and then")


@gh.event("issues")
@gh.event("pull_request")
async def look(event: Any) -> None:
    await sync_to_async(Installation.objects.exists)()
    if one_in(event, 500):
        raise ValueError("now and then")


@gh.event("check_run")
async def nothing(event: Any) -> None:
    pass


@gh.command("build", permission="read")
@click.argument("target")
async def build(gh: Any, context: Any, target: str) -> None:
    await gh.getitem(f"/repos/octo/widgets/issues/{context.number}")
