"""``context``: what a command's callback knows about who typed it and where, and how it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from gidgethub import sansio

from django_github_app.commands import Match, words
from django_github_app.github.writes import Reaction, areact, areply
from django_github_app.process import loop

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

__all__ = ["AsyncCommandContext", "CommandContext", "Speaker", "SyncCommandContext"]


@dataclass(slots=True)
class Speaker:
    """Says things to the person who typed a command: each once, however often the command is tried."""

    api: AsyncGitHubAPI
    event: sansio.Event
    key: str
    """Names the command in the hidden marks of the answers."""
    said: int = 0

    async def reply(self, text: str) -> None:
        self.said += 1
        await areply(self.api, self.event, text, key=f"{self.key}-{self.said}")

    async def react(self, content: Reaction) -> None:
        await areact(self.api, self.event, content)


@dataclass(frozen=True, eq=False)
class CommandContext(Mapping[str, Any]):
    """Who typed a command and where. Each field is an attribute and a key: ``context.repo``, ``context["repo"]``."""

    scope: str
    """``issue``, ``pr``, ``commit`` or ``discussion``."""
    number: int | None
    """Of the issue, pull request or discussion."""
    repo: str
    """``owner/name``."""
    comment_id: int | None
    """None when the command stands in the body of what was opened."""
    sender: str
    """Login of who typed it; of an edited comment, who edited it."""
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

    @classmethod
    def of(
        cls, match: Match, speaker: Speaker, *, event_id: int, delivery: str | None, installation: int | None
    ) -> Any:
        source = match.source
        return cls(
            scope=source.scope.value,
            number=source.number,
            repo=source.repo,
            comment_id=source.comment_id,
            sender=source.sender,
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
        )

    def __getitem__(self, key: str) -> Any:
        if key not in _KEYS:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(_KEYS)

    def __len__(self) -> int:
        return len(_KEYS)


_KEYS = (*(f.name for f in fields(CommandContext) if f.name != "speaker"), "reply", "react")


class AsyncCommandContext(CommandContext):
    """The context of an asynchronous callback."""

    async def reply(self, text: str) -> None:
        """Answer below the comment. Tried again after a crash, an answer that is there is not posted twice."""
        await self.speaker.reply(text)

    async def react(self, content: Reaction) -> None:
        """React to the comment with one of GitHub's eight, such as ``+1`` or ``heart`` (`github.writes.Reaction`)."""
        await self.speaker.react(content)


class SyncCommandContext(CommandContext):
    """The context of a synchronous callback."""

    def reply(self, text: str) -> None:
        """Answer below the comment. Tried again after a crash, an answer that is there is not posted twice."""
        loop.run_on_loop(self.speaker.reply(text))

    def react(self, content: Reaction) -> None:
        """React to the comment with one of GitHub's eight, such as ``+1`` or ``heart`` (`github.writes.Reaction`)."""
        loop.run_on_loop(self.speaker.react(content))
