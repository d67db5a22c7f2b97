"""What a command's callback knows about who typed it and where."""

from __future__ import annotations

from typing import Any

from django_github_app import commands
from django_github_app.commands import Command
from django_github_app.context.base import Speaker
from django_github_app.context.commands import AsyncCommandContext, CommandContext
from tests.support.comment_events import comment

API: Any = object()
DEPLOY = Command.make("deploy", lambda: None, aliases=["ship"])


def context(text: str) -> CommandContext:
    event = comment(text)
    match = next(iter(commands.match([DEPLOY], event, slug="bot", prefix="/")))
    made = AsyncCommandContext.of(match, Speaker(API, event), event_id=17, delivery="d-1", installation=3)
    assert isinstance(made, AsyncCommandContext)
    return made


def test_it_says_who_typed_what_and_where() -> None:
    found = context('Well\n  @bot ship "two words" --fast')
    data = found.event.data
    assert (found.command, found.cmd_args) == ("deploy", '"two words" --fast')
    assert found.args == ("two words", "--fast")
    assert (found.line, found.column) == (2, 3)
    assert (found.scope, found.number) == ("issue", data["issue"]["number"])
    assert (found.repo.owner, found.repo) == ("octo-org", data["repository"]["full_name"])
    assert (found.comment_id, found.comment_url) == (data["comment"]["id"], data["comment"]["url"])
    assert (found.sender, found.is_bot) == (data["sender"]["login"], False)
    assert (found.installation, found.event_id, found.delivery) == (3, 17, "d-1")


def test_a_name_that_no_command_has_is_kept_as_it_was_typed() -> None:
    assert context("@bot deplyo").command == "deplyo"


def test_each_value_is_a_key_too_and_what_speaks_is_not() -> None:
    found = context("@bot deploy")
    assert found["command"] == "deploy"
    assert "speaker" not in found
    assert {"reply", "react", "log"} <= set(found)
