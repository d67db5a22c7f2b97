"""Continuations: callbacks that are called later, because another callback asked for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Continues", "awaited"]


@dataclass(frozen=True, slots=True)
class Continues:
    """What a continuation goes by, and the events that it may wait for: ``(event, action)``, None for all actions."""

    name: str
    events: tuple[tuple[str, str | None], ...] = ()

    def may_wait_for(self, event: str, action: str | None) -> bool:
        """Say whether events of this name are kept for it."""
        return (event, action) in self.events or (event, None) in self.events


def awaited(event: Any) -> None:
    """Do nothing: an event that a callback is registered for is kept, and the sweep finds it."""
