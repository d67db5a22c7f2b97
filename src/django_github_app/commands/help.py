"""What the app says about its commands: help in a comment, answers to mistakes, and the docs page. Pure."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

import click

from django_github_app.comments.mentions import MentionScope

from .grammar import Mistake
from .matching import Match
from .parameters import metavar, usage
from .quoting import quote
from .registry import Command, suggest

__all__ = [
    "code",
    "command_help",
    "command_list",
    "denied",
    "elsewhere",
    "mistake",
    "no_such",
    "to_markdown",
    "unknown",
    "usage_line",
]

_PLACES = {
    MentionScope.ISSUE: "issues",
    MentionScope.PR: "pull requests",
    MentionScope.COMMIT: "commits",
    MentionScope.DISCUSSION: "discussions",
}
MOST_QUOTED = 500
"""Characters of a person's text that an answer repeats."""


code = quote

_BACKTICKS = re.compile("`+")


def usage_line(command: Command, address: str) -> str:
    """Return how the command is typed, as in ``@app backport [--force] BRANCH``."""
    return f"{address}{command.name} {usage(command.parameters)}".strip()


def places(scopes: Iterable[MentionScope]) -> str:
    """Return where a command works, as in ``issues and pull requests``."""
    wanted = set(scopes)
    return _either([name for scope, name in _PLACES.items() if scope in wanted], "and")


def _either(names: Sequence[str], word: str = "or") -> str:
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


# --- answers ---


def unknown(match: Match) -> str:
    """Answer a name that no command has."""
    return no_such(match.name, match.commands, match.source.scope, match.typed.address)


def no_such(name: str, commands: Iterable[Command], scope: MentionScope, address: str) -> str:
    """Answer a name that no command has here: say what is like it."""
    lines = [f"I know no command {code(name[:MOST_QUOTED])}."]
    likely = suggest((c for c in commands if scope in c.scopes), name)
    if likely:
        lines.append(f"Did you mean {_either([code(address + name) for name in likely])}?")
    lines.append(f"{code(address + 'help')} lists what you can use here.")
    return " ".join(lines)


def mistake(match: Match, command: Command, found: Mistake) -> str:
    """Answer arguments that cannot be read: say why, point at the place, show the usage."""
    start = f"{match.typed.address}{match.name} "
    arguments = match.arguments
    first = len(start) + found.start
    width = max(1, found.end - found.start)
    shown = (start + arguments).rstrip()
    if first > MOST_QUOTED:  # keep the place in view
        cut = first - MOST_QUOTED // 2
        shown, first = "…" + shown[cut:], first - cut + 1
    shown = shown[:MOST_QUOTED]
    width = min(width, max(1, MOST_QUOTED - first))
    # The message repeats words of the person's: in the block they mention nobody and start no other app.
    text = f"{shown}\n{' ' * first}{'^' * width}\n{found.message[:MOST_QUOTED]}"
    usage_text = code(usage_line(command, match.typed.address))
    return f"I cannot read this command.\n\n{_fenced(text)}\n\nUsage: {usage_text}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def denied(match: Match, command: Command, has: str = "", *, whose: str = "") -> str:
    """Answer a person who may not use the command; ``whose`` names another one who may not."""
    answer = f"{code(match.typed.address + command.name)} needs {command.permission.describe()}"
    if whose:
        answer = f"{answer}, of you and of {code(whose)}, whose comment you edited"
        return f"{answer}; {code(whose)} has {has}." if has else f"{answer}."
    return f"{answer}; you have {has}." if has else f"{answer}."


def elsewhere(match: Match, command: Command) -> str:
    """Answer a command that is not for this kind of conversation."""
    return f"{code(match.typed.address + command.name)} works on {places(command.scopes)} only."


# --- help ---


def command_list(commands: Iterable[Command], address: str) -> str:
    """Return a table of commands for a person who may use them here."""
    rows = [
        f"| {_cell(code(usage_line(command, address)))} | {_cell(command.summary)} |"
        for command in sorted(commands, key=lambda c: c.name)
    ]
    if not rows:
        return "There is no command that you can use here."
    more = f"{code(address + 'help COMMAND')} tells more about one of them."
    return "\n".join(["| Command | What it does |", "|---|---|", *rows, "", more])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def command_help(command: Command, address: str) -> str:
    """Return all there is to know about one command."""
    lines = [f"**Usage:** {code(usage_line(command, address))}"]
    if command.help:
        lines += ["", inspect.cleandoc(command.help)]
    described = [line for p in command.parameters if (line := _parameter(p)) is not None]
    if described:
        lines += ["", *described]
    facts = [f"Works on {places(command.scopes)}"]
    if command.permission:
        facts.append(f"needs {command.permission.describe()}")
    if command.aliases:
        facts.append(f"also called {', '.join(code(alias) for alias in command.aliases)}")
    return "\n".join([*lines, "", "; ".join(facts) + "."])


def _parameter(parameter: click.Parameter) -> str | None:
    if isinstance(parameter, click.Option):
        if parameter.hidden:
            return None
        names = ", ".join(code(name) for name in [*parameter.opts, *parameter.secondary_opts])
        if not parameter.is_flag and not parameter.count:
            names += f" {code(metavar(parameter))}"
        text = parameter.help
    else:
        names = code((parameter.metavar or parameter.name or "").upper())
        text = getattr(parameter, "help", None)  # click 8.4 and later
    notes = _notes(parameter)
    return f"- {names}" + (f": {text}" if text else "") + (f" ({notes})" if notes else "")


def _notes(parameter: click.Parameter) -> str:
    notes = []
    if isinstance(parameter.type, click.Choice) and not isinstance(parameter, click.Option):
        notes.append("one of " + ", ".join(code(str(choice)) for choice in parameter.type.choices))
    if parameter.required:
        notes.append("required")
    elif getattr(parameter, "show_default", False) and isinstance(parameter.default, str | int | float):
        notes.append(f"default {code(str(parameter.default))}")
    return "; ".join(notes)


def to_markdown(commands: Iterable[Command], slug: str, *, level: int = 2) -> str:
    """Return a section about each command that is not hidden, for an app's documentation."""
    address = f"@{slug} "
    sections = [
        f"{'#' * level} `{command.name}`\n\n{command_help(command, address)}\n"
        for command in sorted(commands, key=lambda c: c.name)
        if not command.hidden
    ]
    return "\n".join(sections)
