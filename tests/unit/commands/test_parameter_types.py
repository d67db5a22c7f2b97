"""What a comment may reach through a command's click parameters."""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest

from django_github_app.commands import Command, Mistake
from django_github_app.commands import parameters as click_parameters
from django_github_app.errors import PermanentError, RetryLater, UserError


class OwnFile(click.File):
    pass


class Colour(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.4
    name = "colour"


def doubled(text: str) -> str:
    return text * 2


@pytest.mark.parametrize(
    "decorator",
    [
        click.argument("x", type=click.File()),
        click.argument("x", type=OwnFile("w")),
        click.argument("x", type=(str, click.File("w"))),
        click.argument("x", type=click.Tuple([str, click.Tuple([int, click.Path()])])),
        click.option("--x", type=click.Path()),
        click.option("--x", type=click.Path(exists=True)),
        click.option("--x", type=(int, click.Path(exists=True)), multiple=True),
        click.option("--x", envvar="SECRET_KEY"),
        click.argument("x", envvar=["A", "B"]),
        click.option("--x", prompt=True),
        click.password_option(),
        click.confirmation_option(),
        click.option("--x", type=open),
        click.option("--x", type=eval),
        click.option("--x", type=os.listdir),
        click.option("--x", type=os.path.exists),
        click.option("--x", type=os.makedirs),
        click.option("--x", type=subprocess.check_output),
        click.option("--x", type=subprocess.Popen),
        click.option("--x", type=click.open_file),
        click.option("--x", type=importlib.import_module),
        click.option("--x", multiple=True, type=(str, os.makedirs)),
        click.option("--x", type=io.FileIO),
    ],
)
def test_what_reaches_the_server_is_refused_when_it_is_registered(decorator: Any) -> None:
    def callback(**values: Any) -> None: ...

    with pytest.raises(ValueError, match=r"--|argument"):
        Command.make("deploy", decorator(callback))


@pytest.mark.parametrize(
    "kind",
    [
        str, int, float, bool, click.UUID, click.UNPROCESSED, click.Choice(["a"]), click.DateTime(),
        click.IntRange(0, 9), click.FloatRange(0, 1), (str, int), Decimal, Path, Colour(), doubled, lambda text: text,
    ],
)  # fmt: skip
def test_what_reaches_nothing_is_accepted(kind: Any) -> None:
    def callback(**values: Any) -> None: ...

    assert Command.make("deploy", click.option("--x", type=kind)(callback)).parameters


def reading(callback: Callable[..., Any]) -> Command:
    def body(**values: Any) -> None: ...

    return Command.make("deploy", click.option("--x", callback=callback)(body))


def test_code_of_a_parameter_that_fails_is_not_worth_another_try() -> None:
    def broken(*args: Any) -> None:
        raise LookupError("secret detail")

    command = reading(broken)
    assert click_parameters.run_code(command.parameters)
    with pytest.raises(PermanentError) as raised:
        click_parameters.read("deploy", command.parameters, "--x 1")
    assert "secret detail" not in str(raised.value)
    assert isinstance(raised.value.__cause__, LookupError)


@pytest.mark.parametrize("error", [UserError("No."), RetryLater("soon"), PermanentError("never")])
def test_what_the_code_of_a_parameter_says_on_purpose_is_kept(error: Exception) -> None:
    def says(*args: Any) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        click_parameters.read("deploy", reading(says).parameters, "--x 1")
    assert raised.value is error


def test_code_of_a_parameter_that_leaves_is_a_mistake() -> None:
    with pytest.raises(Mistake):
        click_parameters.read("deploy", reading(lambda *args: sys.exit(3)).parameters, "--x 1")


def test_a_parameter_that_calls_no_code_is_read_where_it_is() -> None:
    def body(**values: Any) -> None: ...

    command = Command.make("deploy", click.option("--x", type=int)(body))
    assert not click_parameters.run_code(command.parameters)
