"""What a context says where an event came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gidgethub import sansio

from django_github_app.github.writes import Reaction, areact, areply

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI

__all__ = ["Speaker"]


@dataclass(slots=True)
class Speaker:
    """Says things where an event came from: each once, however often its callback is tried."""

    api: AsyncGitHubAPI
    event: sansio.Event
    key: str | None = None
    """Names a command in the hidden marks of its answers; None: the callback and its delivery do."""
    said: int = 0

    async def reply(self, text: str) -> None:
        """Answer where the event came from."""
        self.said += 1
        key = None if self.key is None else f"{self.key}-{self.said}"
        await areply(self.api, self.event, text, key=key)

    async def react(self, content: Reaction) -> None:
        """React to what the event brought."""
        await areact(self.api, self.event, content)
