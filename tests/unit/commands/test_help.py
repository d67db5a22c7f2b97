"""What the app says about its commands, whole."""

from __future__ import annotations

import click
import pytest

from django_github_app import commands
from django_github_app.commands import Command, Match
from django_github_app.commands import help as answers
from django_github_app.commands.grammar import Mistake
from django_github_app.comments.mentions import MentionScope
from tests.support.comment_events import comment


@click.option("--force", is_flag=True, help="Even | so.")
@click.option("--times", type=int, default=1, show_default=True)
@click.option("--secret", hidden=True)
@click.argument("branch", metavar="BRANCH")
def backport() -> None: ...


BACKPORT = Command.make(
    "backport", backport, aliases=["bp"], permission="write", scope="pr", help="Copy to another branch."
)
LABEL = Command.make("label", lambda: None)
SECRET = Command.make("secret", lambda: None, hidden=True)


def typed(text: str, *known: Command) -> Match:
    (match,) = commands.match(known or (BACKPORT, LABEL), comment(text), slug="bot", prefix="/")
    return match


def test_usage_is_how_the_command_is_typed() -> None:
    assert answers.usage_line(BACKPORT, "@bot ") == "@bot backport [--force] [--times INTEGER] BRANCH"
    assert answers.usage_line(LABEL, "/") == "/label"


@pytest.mark.parametrize(
    ("scopes", "text"),
    [
        ([], ""),
        ([MentionScope.PR], "pull requests"),
        ([MentionScope.PR, MentionScope.ISSUE], "issues and pull requests"),
        (MentionScope, "issues, pull requests, commits and discussions"),
    ],
)
def test_places_are_listed_as_people_list_things(scopes: list[MentionScope], text: str) -> None:
    assert answers.places(scopes) == text


def test_an_unknown_name_is_answered_with_what_is_like_it() -> None:
    assert answers.unknown(typed("@bot lable x")) == (
        "I know no command `lable`. Did you mean `@bot label`? `@bot help` lists what you can use here."
    )
    assert answers.no_such("x" * 600, [LABEL], MentionScope.ISSUE, "/").startswith(
        f"I know no command `{'x' * 500}`. `/help`"
    )


def test_a_mistake_is_pointed_at() -> None:
    match = typed("@bot backport --fast main")
    assert answers.mistake(match, BACKPORT, Mistake("There is no --fast.", 0, 6)) == (
        "I cannot read this command.\n\n"
        "```text\n@bot backport --fast main\n              ^^^^^^\nThere is no --fast.\n```\n\n"
        "Usage: `@bot backport [--force] [--times INTEGER] BRANCH`"
    )


def test_a_mistake_far_behind_is_kept_in_view_and_a_fence_in_it_does_not_end_the_block() -> None:
    match = typed(f"@bot backport {'a' * 900} ```")
    answer = answers.mistake(match, BACKPORT, Mistake("Odd: ```", 901, 904))
    _, block, _ = answer.split("````")
    shown, marks, message = block.removeprefix("text\n").splitlines()
    assert (shown[0], shown[marks.index("^") :], message) == ("…", "```", "Odd: ```")
    assert len(shown) <= answers.MOST_QUOTED


def test_who_may_not_hears_what_it_takes_and_whose_comment_was_edited() -> None:
    match = typed("@bot backport main")
    needs = "`@bot backport` needs write access to this repository"
    assert answers.denied(match, BACKPORT) == f"{needs}."
    assert answers.denied(match, BACKPORT, "read access") == f"{needs}; you have read access."
    assert answers.denied(match, BACKPORT, "none", whose="mona") == (
        f"{needs}, of you and of `mona`, whose comment you edited; `mona` has none."
    )


def test_a_command_in_the_wrong_place_says_where_it_works() -> None:
    assert (
        answers.elsewhere(typed("@bot backport main"), BACKPORT)
        == "`@bot backport` works on pull requests only."
    )


def test_the_list_is_a_table_by_name_whose_cells_hold_their_bars() -> None:
    other = Command.make("a", lambda: None, help="One | two.")
    assert answers.command_list([LABEL, other], "/").splitlines() == [
        "| Command | What it does |",
        "|---|---|",
        "| `/a` | One \\| two. |",
        "| `/label` |  |",
        "",
        "`/help COMMAND` tells more about one of them.",
    ]
    assert answers.command_list([], "/") == "There is no command that you can use here."


def test_help_says_all_there_is_to_know_but_what_is_hidden() -> None:
    assert answers.command_help(BACKPORT, "@bot ").splitlines() == [
        "**Usage:** `@bot backport [--force] [--times INTEGER] BRANCH`",
        "",
        "Copy to another branch.",
        "",
        "- `--force`: Even | so.",
        "- `--times` `INTEGER` (default `1`)",
        "- `BRANCH` (required)",
        "",
        "Works on pull requests; needs write access to this repository; also called `bp`.",
    ]


def test_the_page_has_a_section_for_each_command_that_is_not_hidden() -> None:
    page = answers.to_markdown([SECRET, LABEL], "bot", level=3)
    assert page == "### `label`\n\n**Usage:** `@bot label`\n\nWorks on issues and pull requests.\n"
