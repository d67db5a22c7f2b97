"""Who may use a command: levels of access to a repository, teams, or a rule of the command's own. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

__all__ = ["Level", "Permission", "Rule"]

Rule = Callable[..., "bool | str | Awaitable[bool | str] | None"]
"""Called with those of ``event``, ``gh`` and ``context`` that it names. True: allowed. A text: not, and why."""


class Level(IntEnum):
    """Access to a repository, as GitHub's roles are ordered."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    @classmethod
    def named(cls, name: str) -> Level:
        """Return the level of that name. Raises ValueError for another one."""
        try:
            return cls[name.strip().upper()]
        except KeyError:
            known = ", ".join(level.name.lower() for level in cls if level)
            raise ValueError(f"there is no permission {name!r}; use {known}, or @organisation/team") from None

    @classmethod
    def from_api(cls, answer: dict[str, Any]) -> Level:
        """Return the level in an answer of the collaborator-permission API.

        ``permission`` knows no triage and no maintain. ``role_name`` does, but may be a role that the
        organisation made up; both together are at least what either says.
        """
        names = (answer.get("role_name"), answer.get("permission"))
        levels = [cls[n.upper()] for n in names if isinstance(n, str) and n.upper() in cls.__members__]
        return max(levels, default=cls.NONE)


@dataclass(frozen=True, slots=True)
class Permission:
    """What a command asks for: any of a level, one of some teams, or what a rule says."""

    level: Level | None = None
    teams: tuple[tuple[str, str], ...] = ()
    """``(organisation, team slug)`` of each."""
    rule: Rule | None = None

    @classmethod
    def of(cls, wanted: str | Iterable[str] | Rule | None) -> Permission:
        """Read ``permission=…`` of a command: a level, ``"@organisation/team"``, several of them, or a callable."""
        if wanted is None:
            return cls()
        if callable(wanted):
            return cls(rule=wanted)
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        if not names:
            raise ValueError("permission is an empty list: nobody could use the command")
        teams = [tuple(n.strip().removeprefix("@").split("/", 1)) for n in names if "/" in n]
        levels = [Level.named(n) for n in names if "/" not in n]
        return cls(min(levels, default=None), tuple((org, team) for org, team in teams))

    def __bool__(self) -> bool:
        return self.level is not None or bool(self.teams) or self.rule is not None

    def describe(self) -> str:
        """Return what is asked for, as part of a sentence."""
        parts = [] if self.level is None else [f"{self.level.name.lower()} access to this repository"]
        parts += [f"membership of {org}/{team}" for org, team in self.teams]
        if self.rule is not None:
            parts.append("a rule of its own")
        return " or ".join(parts) or "nothing"
