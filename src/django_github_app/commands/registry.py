"""`Command`, and how a typed name finds one. Pure."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

from django_github_app.comments.mentions import MentionScope
from django_github_app.comments.sources import scopes_of

from . import parameters
from .grammar import MOST_WORDS_OF_A_NAME
from .permissions import Permission, Rule

__all__ = ["HELP", "Command", "Found", "lookup", "shadowed", "suggest"]

_NAME = re.compile(r"[^\W_][^\s@`\N{OBJECT REPLACEMENT CHARACTER}]*(?: [^\s@`]+)*")


@dataclass(frozen=True, eq=False)
class Command:
    """A callback that people call from comments."""

    name: str
    callback: Callable[..., Any]
    scopes: frozenset[MentionScope]
    aliases: tuple[str, ...] = ()
    permission: Permission = field(default_factory=Permission)
    allow_bots: bool | frozenset[str] = False
    hidden: bool = False
    cooldown: float | None = None
    """Seconds between two uses in the same issue or pull request."""
    help: str = ""
    parameters: tuple[click.Parameter, ...] = ()

    @classmethod
    def make(
        cls,
        name: str,
        callback: Callable[..., Any],
        *,
        scope: str | Iterable[str] = "both",
        aliases: Iterable[str] = (),
        permission: str | Iterable[str] | Rule | None = None,
        allow_bots: bool | Iterable[str] = False,
        hidden: bool = False,
        cooldown: float | None = None,
        help: str | None = None,
    ) -> Command:
        """Make a command out of what its decorator was given.

        Click options and arguments that are stacked on the callback become typed parameters; ``help`` defaults
        to the callback's docstring. Raises ValueError for what could never work.
        """
        if isinstance(aliases, str):
            aliases = [aliases]
        text = help if help is not None else inspect.getdoc(callback) or ""
        return cls(
            name=_checked(name),
            callback=callback,
            scopes=scopes_of(scope),
            aliases=tuple(_checked(alias) for alias in aliases),
            permission=Permission.of(permission),
            allow_bots=allow_bots
            if isinstance(allow_bots, bool)
            else frozenset(login.casefold() for login in allow_bots),
            hidden=hidden,
            cooldown=cooldown,
            help=text.strip(),
            parameters=parameters.of(callback),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def summary(self) -> str:
        """The first line of the help."""
        return self.help.split("\n", 1)[0].strip()

    def accepts_bot(self, login: str, slug: str) -> bool:
        """Say whether a machine may use it. The app itself must be named: its comments could answer each other."""
        if isinstance(self.allow_bots, frozenset):
            return login.casefold() in self.allow_bots
        return self.allow_bots and login.casefold() != f"{slug}[bot]".casefold()


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not _NAME.fullmatch(name) or len(name) > 100 or name.count(" ") >= MOST_WORDS_OF_A_NAME:
        raise ValueError(
            f"{name!r} cannot be a command: up to {MOST_WORDS_OF_A_NAME} words, the first one beginning with a "
            "letter or digit"
        )
    return name


def _help() -> None:
    """List the commands that you can use here, or describe one."""


HELP = Command.make(
    "help", click.argument("command", required=False)(_help), scope=("both", "commit", "discussion")
)
"""Every app that has commands has this one, unless it registers its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """The command that a line names, and how many of its words are the name."""

    command: Command
    words: int


def lookup(commands: Sequence[Command], words: Sequence[str], scope: MentionScope | None) -> Found | None:
    """Return the command with the longest name that the words begin with, whatever their case.

    Of several with that name the first one that works in ``scope`` is meant, or just the first one.
    """
    for size in range(min(len(words), MOST_WORDS_OF_A_NAME), 0, -1):
        typed = " ".join(words[:size]).casefold()
        named = [c for c in commands if typed in (name.casefold() for name in c.names)]
        if named:
            return Found(next((c for c in named if scope in c.scopes), named[0]), size)
    return None


def shadowed(commands: Iterable[Command]) -> list[tuple[str, Command, Command]]:
    """Return ``(name, command that is never called by it, command that is)`` where two have a name and a scope."""
    first: dict[tuple[str, MentionScope], Command] = {}
    found: dict[tuple[str, int], tuple[str, Command, Command]] = {}
    for command in commands:
        for name in command.names:
            for scope in sorted(command.scopes):
                other = first.setdefault((name.casefold(), scope), command)
                if other is not command:
                    found.setdefault((name.casefold(), id(command)), (name, command, other))
    return list(found.values())


def suggest(commands: Iterable[Command], typed: str) -> list[str]:
    """Return the names most like what was typed, the best one first. Hidden commands are not given away."""
    names: dict[str, str] = {}
    for command in commands:
        if not command.hidden:
            names.update({name.casefold(): command.name for name in command.names})
    close = difflib.get_close_matches(typed.casefold()[:100], names, n=3, cutoff=0.6)
    return list(dict.fromkeys(names[name] for name in close))
