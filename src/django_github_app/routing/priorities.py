"""How urgent events of a worker type are, as their handlers say: of several, the most urgent one counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django_github_app.deliveries.event_names import EVERY

from .matching import Registration

__all__ = ["OF_PEOPLE", "Priorities", "priorities_of"]

OF_PEOPLE = 1
"""The priority of commands that people type: they wait for an answer."""


_BEGUN = ("opened", "created")
"""Of an issue, a pull request or a discussion: its body may have commands."""


@dataclass(frozen=True, slots=True)
class Priorities:
    """Priorities by event (``push``) and by action (``issues.opened``); and of what people write."""

    by_name: Mapping[str, int]
    typed: Mapping[str, int]

    def not_usual(self) -> frozenset[str] | None:
        """Return the names of events that may have a priority; None if any may."""
        named = {name.partition(".")[0] for name, priority in self.by_name.items() if priority}
        return None if EVERY in named else frozenset(named | self.typed.keys())

    def of(self, event: str | None, action: str | None, sender: str | None) -> int:
        """Return the priority of an event."""
        name = event or ""
        known = [self.by_name[one] for one in (name, f"{name}.{action}", EVERY) if one in self.by_name]
        may_be_typed = name in self.typed and (name.endswith(("_comment", "_review")) or action in _BEGUN)
        if may_be_typed and sender and not sender.endswith("[bot]"):
            known.append(self.typed[name])
        return max(known, default=0)


def priorities_of(registrations: Iterable[Registration]) -> Priorities:
    """Return what registrations of one worker type say."""
    by_name: dict[str, int] = {}
    typed: dict[str, int] = {}
    for one in registrations:
        if one.command is not None:
            typed[one.event_type] = max(typed.get(one.event_type, one.priority), one.priority)
            continue
        actions = one.actions
        names = [one.event_type] if actions is None else [f"{one.event_type}.{action}" for action in actions]
        for name in names:
            by_name[name] = max(by_name.get(name, one.priority), one.priority)
    return Priorities(by_name, typed)
