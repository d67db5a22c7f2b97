"""Which click parameters a comment may fill in: those that reach nothing of the server. Pure.

What stands in a comment was typed by anybody. `click.File` opens what it names, even inside of a tuple;
`click.Path` says what is there and who may read it, whatever its flags; ``envvar`` puts values of the server's
environment into messages; a prompt waits for a terminal.
"""

from __future__ import annotations

import sys
from functools import partial
from inspect import isbuiltin
from typing import Any

import click

__all__ = ["check", "runs_code"]

_HARMLESS = (
    click.types.StringParamType,
    click.types.IntParamType,  # and IntRange
    click.types.FloatParamType,  # and FloatRange
    click.types.BoolParamType,
    click.types.UUIDParameterType,
    click.types.UnprocessedParamType,
    click.Choice,
    click.DateTime,
)

# Of the standard library, what makes a value of a text and reaches nothing. What a project wrote is its own choice.
_HARMLESS_MODULES = frozenset(
    {
        "builtins",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "ipaddress",
        "json",
        "math",
        "pathlib",
        "shlex",
        "uuid",
    }
)


def check(parameter: click.Parameter) -> None:
    """Raise ValueError for a parameter that people must not fill in from a comment."""
    name = _shown(parameter)
    if isinstance(parameter, click.Option) and parameter.prompt:
        raise ValueError(f"{name} prompts for its value, but in a comment nobody can answer")
    if parameter.envvar:
        raise ValueError(
            f"{name} reads {parameter.envvar} from the server's environment, and a usage error would post it; "
            "give it a default instead of envvar"
        )
    _check_type(name, parameter.type)


def _check_type(name: str, kind: click.ParamType[Any]) -> None:
    if isinstance(kind, click.File):
        raise ValueError(
            f"{name} is a file: people would name, read or overwrite files of the server; take a str"
        )
    if isinstance(kind, click.Path):
        raise ValueError(f"{name} is a path: answers would tell which files the server has; take a str")
    if isinstance(kind, click.Tuple):
        for one in kind.types:
            _check_type(name, one)
    elif isinstance(kind, click.types.FuncParamType):
        _check_function(name, kind.func)
    elif type(kind).__module__.partition(".")[0] == "click" and not isinstance(kind, _HARMLESS):
        raise ValueError(
            f"{name} is of {type(kind).__name__}, which is not known to be harmless in a comment"
        )


def _check_function(name: str, function: Any) -> None:
    while isinstance(function, partial):
        function = function.func
    room = str(getattr(function, "__module__", None) or "builtins").partition(".")[0]
    # open, eval, os.listdir … are built in; os.makedirs, subprocess.run and click.open_file are not.
    reaches = room == "click" or (room in sys.stdlib_module_names and room not in _HARMLESS_MODULES)
    if isbuiltin(function) or reaches:
        raise ValueError(
            f"{name} is converted by {getattr(function, '__name__', function)}, which a comment must not call; "
            "convert it with a function of your own"
        )


def _shown(parameter: click.Parameter) -> str:
    names = [*parameter.opts, *parameter.secondary_opts] if isinstance(parameter, click.Option) else []
    return max(names, key=len, default=f"the argument {parameter.name}")


def runs_code(parameter: click.Parameter) -> bool:
    """Return whether reading the parameter calls code of the project: a callback, a conversion, a default."""
    if parameter.callback is not None or callable(parameter.default):
        return True
    return not isinstance(parameter.type, _HARMLESS)
