"""A command that takes long the first time, in both worker types."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import click

from django_github_app.routing import GitHubRouter
from tests.support.recording import record

gh = GitHubRouter()


@gh.command("build", permission="write")
@click.argument("target")
async def build(context: Any, target: str) -> None:
    await context.reply(f"Building {target}.")
    if record("build", target) == 1:
        await asyncio.sleep(60)
    await context.reply("Built.")


@gh.command("bake", permission="write")
@click.argument("target")
def bake(context: Any, target: str) -> None:
    context.reply(f"Baking {target}.")
    if record("bake", target) == 1:
        time.sleep(60)
    context.reply("Baked.")
