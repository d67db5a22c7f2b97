"""Typed parameters, and where a mistake in them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
import pytest

from django_github_app.commands import Mistake
from django_github_app.commands import parameters as click_parameters

Declare = Callable[[Callable[..., None]], Callable[..., None]]


def declared(*decorators: Declare) -> tuple[click.Parameter, ...]:
    def callback() -> None: ...

    function: Callable[..., None] = callback
    for decorator in reversed(decorators):
        function = decorator(function)
    return click_parameters.of(function)


DEPLOY = declared(
    click.argument("environment", type=click.Choice(["prod", "test"])),
    click.argument("files", nargs=-1),
    click.option("--count", "-c", type=click.IntRange(1, 9), default=1),
    click.option("--force/--no-force"),
    click.option("--tag", multiple=True),
)


def test_values_come_by_name_and_type() -> None:
    assert click_parameters.read("deploy", DEPLOY, 'prod "a b" -c 3 --force --tag x --tag=y') == {
        "environment": "prod",
        "files": ("a b",),
        "count": 3,
        "force": True,
        "tag": ("x", "y"),
    }


@pytest.mark.parametrize(
    ("arguments", "place", "message"),
    [
        (
            "prod --count abc",
            "abc",
            "Invalid value for '--count' / '-c': 'abc' is not a valid integer range.",
        ),
        (
            "prod --count=10 x",
            "--count=10",
            "Invalid value for '--count' / '-c': 10 is not in the range 1<=x<=9.",
        ),
        ("prod --nope x", "--nope", "No such option"),
        ("staging", "staging", "Invalid value for '{prod|test}': 'staging' is not one of 'prod', 'test'."),
        ("prod --count", "--count", "Option '--count' requires an argument."),
        ("prod 'x", "'x", "This quote is not closed."),
        ("", "", "Missing argument '{prod|test}'. Choose from: prod, test."),
    ],
)
def test_a_mistake_points_at_its_word(arguments: str, place: str, message: str) -> None:
    with pytest.raises(Mistake) as raised:
        click_parameters.read("deploy", DEPLOY, arguments)
    assert arguments[raised.value.start : raised.value.end] == place
    assert raised.value.message.startswith(message)


def test_one_word_too_many_is_pointed_at() -> None:
    with pytest.raises(Mistake, match="unexpected extra argument") as raised:
        click_parameters.read("x", declared(click.argument("one")), "a b")
    assert (raised.value.start, raised.value.end) == (2, 3)


def test_what_is_missing_is_missed_at_the_end() -> None:
    with pytest.raises(Mistake, match="Missing option '--name'") as raised:
        click_parameters.read("x", declared(click.option("--name", required=True)), "")
    assert raised.value.start == 0


def test_a_command_without_options_takes_words_that_look_like_options() -> None:
    parameters = declared(click.argument("names", nargs=-1))
    assert click_parameters.read("label", parameters, "+A -B --c") == {"names": ("+A", "-B", "--c")}


def test_a_parameter_that_stops_the_command_is_a_mistake_and_ends_no_process() -> None:
    parameters = declared(click.version_option("1.0", message=""))
    with pytest.raises(Mistake):
        click_parameters.read("x", parameters, "--version")


@pytest.mark.parametrize(
    ("decorator", "reason"),
    [
        (click.option("--name", prompt=True), "prompts for its value"),
        (click.argument("file", type=click.File()), "files of the server"),
    ],
)
def test_parameters_that_need_a_terminal_or_files_are_refused(decorator: Declare, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        declared(decorator)


@pytest.mark.parametrize(
    ("decorators", "expected"),
    [
        ([], ""),
        ([click.argument("name")], "NAME"),
        ([click.argument("name", required=False)], "[NAME]"),
        ([click.argument("names", nargs=-1, required=True)], "NAMES..."),
        ([click.argument("names", nargs=2)], "NAMES..."),
        ([click.argument("env", type=click.Choice(["a", "b"]))], "{a|b}"),
        ([click.option("--name", "-n")], "[--name TEXT]"),
        ([click.option("--name", required=True)], "--name TEXT"),
        ([click.option("--name", metavar="WHO")], "[--name WHO]"),
        ([click.option("--size", type=click.Choice(["s", "m"]))], "[--size [s|m]]"),
        ([click.option("--tag", multiple=True)], "[--tag TEXT]..."),
        ([click.option("--yes/--no")], "[--yes/--no]"),
        ([click.option("-v", count=True)], "[-v]"),
        ([click.option("--hidden", hidden=True)], ""),
        ([click.argument("name"), click.option("--yes", is_flag=True)], "NAME [--yes]"),
    ],
)
def test_usage(decorators: list[Any], expected: str) -> None:
    assert click_parameters.usage(declared(*decorators)) == expected


def test_help_is_asked_for_unless_the_command_has_an_option_of_that_name() -> None:
    assert click_parameters.asks_for_help(DEPLOY, ["prod", "--help"])
    assert not click_parameters.asks_for_help(DEPLOY, ["prod"])
    assert not click_parameters.asks_for_help(declared(click.option("--help")), ["--help"])
