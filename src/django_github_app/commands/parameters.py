"""Typed parameters of a command, declared with click and read without a terminal. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from django_github_app.errors import PermanentError, RetryLater, UserError

from . import parameter_types
from .grammar import Mistake, Word, split

__all__ = ["asks_for_help", "masked", "of", "read", "run_code", "usage"]


def of(callback: Callable[..., Any]) -> tuple[click.Parameter, ...]:
    """Return the click parameters stacked on a callback, in the order in which they are written.

    Raises ValueError for parameters that reach what a comment must not (`parameter_types`).
    """
    declared: list[click.Parameter] = list(reversed(getattr(callback, "__click_params__", [])))
    for parameter in declared:
        parameter_types.check(parameter)
    return tuple(declared)


def run_code(parameters: Sequence[click.Parameter]) -> bool:
    """Return whether reading the parameters calls code of the project, which may take its time."""
    return any(parameter_types.runs_code(parameter) for parameter in parameters)


def read(name: str, parameters: Sequence[click.Parameter], arguments: str) -> dict[str, Any]:
    """Return the values of the parameters by their names.

    Raises `Mistake`, which points into ``arguments``; `UserError` and `RetryLater` of a parameter's own code as
    they are; and `PermanentError` for whatever else that code raises: the same words would fail again.
    """
    words = split(arguments)
    command = _command(name, parameters)
    try:
        context = command.make_context(name, [word.text for word in words])
    except click.UsageError as error:
        raise _mistake(error, arguments, words) from error
    except click.ClickException as error:
        raise Mistake(_sentence(error.format_message()), 0, len(arguments)) from error
    except (click.exceptions.Exit, click.Abort, SystemExit) as error:
        # A parameter's own callback stopped the command, as --version does in a terminal.
        raise Mistake("This stops here.", 0, len(arguments)) from error
    except (UserError, RetryLater, PermanentError):
        raise
    except Exception as error:
        raise PermanentError(f"a parameter of the command {name} raised {type(error).__name__}") from error
    with context:
        return dict(context.params)


def _command(name: str, parameters: Sequence[click.Parameter]) -> click.Command:
    # Without options of its own a command takes words such as -B as they are.
    has_options = any(isinstance(parameter, click.Option) for parameter in parameters)
    return click.Command(
        name,
        params=list(parameters),
        add_help_option=False,
        context_settings={"ignore_unknown_options": not has_options, "color": False},
    )


def asks_for_help(parameters: Sequence[click.Parameter], words: Sequence[str]) -> bool:
    """Say whether ``--help`` was typed, to a command that does not use it for something else."""
    return "--help" in words and not any("--help" in parameter.opts for parameter in parameters)


def usage(parameters: Sequence[click.Parameter]) -> str:
    """Return the usage behind the command's name, as in ``[--force] BRANCH [FILES]...``."""
    pieces: list[str] = []
    for parameter in parameters:
        if isinstance(parameter, click.Option):
            if parameter.hidden:
                continue
            piece = "/".join(
                [_longest(parameter.opts), *map(_longest, filter(None, [parameter.secondary_opts]))]
            )
            if not parameter.is_flag and not parameter.count:
                piece += f" {metavar(parameter)}"
            piece = piece if parameter.required else f"[{piece}]"
            pieces.append(f"{piece}..." if parameter.multiple else piece)
        else:
            piece = (parameter.metavar or parameter.name or "").upper()
            if isinstance(parameter.type, click.Choice) and parameter.metavar is None:
                piece = "{" + "|".join(map(str, parameter.type.choices)) + "}"
            piece = piece if parameter.required else f"[{piece}]"
            pieces.append(f"{piece}..." if parameter.nargs != 1 else piece)
    return " ".join(pieces)


def metavar(parameter: click.Parameter) -> str:
    """Return what stands for the value of an option, as in ``INTEGER`` or ``[fast|slow]``."""
    if parameter.metavar is not None:
        return parameter.metavar
    if isinstance(parameter.type, click.Choice):
        return "[" + "|".join(map(str, parameter.type.choices)) + "]"
    return parameter.type.name.upper()


def _longest(names: Sequence[str]) -> str:
    return max(names, key=len)


_WORD = re.compile(r"\S+")
_NAMED = re.compile(r"'([^']*)'|\(([^\s)]+)")
_SECRET_NAME = re.compile(
    r"token|secret|passw|passphrase|credential|api[-_]?key|private[-_]?key", re.IGNORECASE
)


def masked(arguments: str, parameters: Sequence[click.Parameter] = ()) -> str:
    """Return arguments with ``***`` for the values of names like *token* or *password*, and of hidden input."""
    hidden = {o for p in parameters if isinstance(p, click.Option) and p.hide_input for o in p.opts}
    try:
        words = split(arguments)
    except Mistake:
        words = [Word(m[0], m.start(), m.end()) for m in _WORD.finditer(arguments)]
    pieces, end, secret_next = [], 0, False
    for word in words:
        name, equals, _ = word.text.partition("=")
        is_secret = _SECRET_NAME.search(name) is not None or name in hidden
        pieces.append(arguments[end : word.start])
        if secret_next:
            pieces.append("***")
        elif is_secret and equals:
            pieces.append(f"{name}=***")
        else:
            pieces.append(arguments[word.start : word.end])
        secret_next = is_secret and not equals and not secret_next
        end = word.end
    return "".join(pieces)


# --- where a mistake is ---


def _mistake(error: click.UsageError, arguments: str, words: Sequence[Word]) -> Mistake:
    message = _sentence(error.format_message())
    word = _word_of(error, words)
    if word is None:  # something is missing, and its place is behind everything else
        return Mistake(message, len(arguments), len(arguments))
    return Mistake(message, word.start, word.end)


def _word_of(error: click.UsageError, words: Sequence[Word]) -> Word | None:
    if isinstance(error, click.MissingParameter):
        return None
    if isinstance(error, click.NoSuchOption | click.BadOptionUsage):
        return next((w for w in words if w.text.split("=", 1)[0] == error.option_name), None)
    parameter = error.param if isinstance(error, click.BadParameter) else None
    options = parameter.opts if isinstance(parameter, click.Option) else []
    for index, word in enumerate(words):
        if word.text in options:
            return words[min(index + 1, len(words) - 1)]
        if word.text.split("=", 1)[0] in options:
            return word
    # Click names the value only in its message: in quotes, or in brackets when it is one too many.
    named = _NAMED.findall(error.message)
    by_text = {word.text: word for word in words}  # the last of equal ones
    return next((by_text[text] for pair in named for text in pair if text in by_text), None)


def _sentence(message: str) -> str:
    message = " ".join(message.split())
    return message if message.endswith((".", "?", "!", ")")) else f"{message}."
