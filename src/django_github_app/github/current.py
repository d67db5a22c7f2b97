"""What is being handled right now, for the calls that are made meanwhile."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

current_delivery: ContextVar[str | None] = ContextVar("current_delivery", default=None)
"""``X-GitHub-Delivery`` of the event being handled; sent along, so that GitHub's support can find the calls."""


@dataclass(slots=True)
class CurrentCall:
    """One run of one callback: what tells its replies from those of the others, on each attempt anew."""

    handler: str
    position: int = 0
    replies: int = 0


current_call: ContextVar[CurrentCall | None] = ContextVar("current_call", default=None)
