"""``context``: what a command's callback knows about who typed it and where, and how it answers."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from django_github_app.commands import Match, words

from .base import AsyncVoice, Context, Speaker, SyncVoice
from .names import RepositoryName
from .runs import Run

__all__ = ["AsyncCommandContext", "CommandContext", "SyncCommandContext"]


@dataclass(frozen=True, eq=False)
class CommandContext(Context):
    """Who typed a command and where. Each field is an attribute and a key: ``context.repo``, ``context["repo"]``."""

    scope: str
    """``issue``, ``pr``, ``commit`` or ``discussion``."""
    number: int | None
    """Of the issue, pull request or discussion."""
    repo: RepositoryName
    """``owner/name``; ``repo.owner``, ``repo.name``. Called, it returns both as arguments for an address."""
    comment_id: int | None
    """None when the command stands in the body of what was opened."""
    sender: str
    """Login of who typed it; of an edited comment, who edited it."""
    is_bot: bool
    """Whether that is a machine, which only a command with ``allow_bots`` is called for."""
    issue_url: str | None
    """API address of the issue, or of the pull request as an issue."""
    comment_url: str | None
    """API address of the comment or review."""
    html_url: str | None
    """Where a person finds it."""
    installation: int | None
    """GitHub's id of the installation."""
    event_id: int
    """Of the event in the event log."""
    delivery: str | None
    """``X-GitHub-Delivery``."""
    command: str
    """Name of the command, whichever alias was typed."""
    cmd_args: str
    """The text behind the name."""
    args: tuple[str, ...]
    """``cmd_args`` as words: quotes keep spaces."""
    line: int
    """1-based line and column of the command in the comment."""
    column: int
    speaker: Speaker = field(repr=False)
    run: Run | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        match: Match,
        speaker: Speaker,
        *,
        event_id: int,
        delivery: str | None,
        installation: int | None,
        run: Run | None = None,
    ) -> Any:
        """Return the context of a command that was found in a comment."""
        source = match.source
        return cls(
            scope=source.scope.value,
            number=source.number,
            repo=RepositoryName(source.repo),
            comment_id=source.comment_id,
            sender=source.sender,
            is_bot=source.bot,
            issue_url=source.issue_url,
            comment_url=source.comment_url,
            html_url=source.html_url,
            installation=installation,
            event_id=event_id,
            delivery=delivery,
            command=match.command.name if match.command is not None else match.name,
            cmd_args=match.arguments,
            args=tuple(words(match.arguments)),
            line=match.typed.line,
            column=match.typed.column,
            speaker=speaker,
            run=run,
        )


CommandContext._keys = (
    *(f.name for f in fields(CommandContext) if f.name not in ("speaker", "run")),
    "log",
    "reply",
    "react",
)


class AsyncCommandContext(AsyncVoice, CommandContext):
    """The context of an asynchronous callback."""


class SyncCommandContext(SyncVoice, CommandContext):
    """The context of a synchronous callback."""
