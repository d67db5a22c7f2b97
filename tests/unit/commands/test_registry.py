"""What a command is made of, how it is found, and what the app says about it."""

from __future__ import annotations

from typing import Any

import click
import pytest

from django_github_app.commands import Command, Level, Permission, lookup, suggest, to_markdown
from django_github_app.commands.help import code
from django_github_app.comments.mentions import MentionScope


def make(name: str = "deploy", **options: Any) -> Command:
    def callback() -> None:
        """Deploy the site.

        All of it.
        """

    return Command.make(name, callback, **options)


def test_help_defaults_to_the_docstring() -> None:
    assert make().help == "Deploy the site.\n\nAll of it."
    assert make().summary == "Deploy the site."
    assert make(help="Other").help == "Other"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("issue", {"issue"}),
        ("pr", {"pr"}),
        ("commit", {"commit"}),
        ("discussion", {"discussion"}),
        ("both", {"issue", "pr"}),
        ({"both", "commit"}, {"issue", "pr", "commit"}),
        ([MentionScope.PR], {"pr"}),
    ],
)
def test_scopes(scope: Any, expected: set[str]) -> None:
    assert make(scope=scope).scopes == expected


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"scope": "everywhere"}, "there is no scope 'everywhere'"),
        ({"scope": []}, "could be used nowhere"),
        ({"permission": "owner"}, "there is no permission 'owner'"),
        ({"permission": []}, "nobody could use"),
        ({"name": ""}, "cannot be a command"),
        ({"name": "@deploy"}, "cannot be a command"),
        ({"name": "a b c d e"}, "cannot be a command"),
        ({"aliases": ["ok", "`x`"]}, "cannot be a command"),
    ],
)
def test_what_could_never_work_is_refused_when_it_is_registered(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make(**options)


def test_levels_are_ordered_as_githubs_roles() -> None:
    assert Level.READ < Level.TRIAGE < Level.WRITE < Level.MAINTAIN < Level.ADMIN


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"permission": "admin", "role_name": "admin"}, Level.ADMIN),
        ({"permission": "write", "role_name": "maintain"}, Level.MAINTAIN),
        ({"permission": "read", "role_name": "triage"}, Level.TRIAGE),
        ({"permission": "write", "role_name": "release manager"}, Level.WRITE),
        ({"permission": "none", "role_name": "none"}, Level.NONE),
        ({"permission": "write"}, Level.WRITE),
        ({"permission": None}, Level.NONE),
        ({}, Level.NONE),
    ],
)
def test_a_level_is_read_from_the_api(answer: dict[str, Any], expected: Level) -> None:
    assert Level.from_api(answer) is expected


def test_a_permission_is_a_level_teams_or_a_rule() -> None:
    assert not Permission.of(None)
    assert Permission.of("Write").level is Level.WRITE
    several = Permission.of(["admin", "maintain", "@octo/core", "octo/ops"])
    assert several == Permission(Level.MAINTAIN, (("octo", "core"), ("octo", "ops")))
    assert (
        several.describe()
        == "maintain access to this repository or membership of octo/core or membership of octo/ops"
    )


def test_the_longest_name_is_meant_whatever_its_case() -> None:
    remote, listing = make("remote"), make("remote list", aliases=["remotes"])
    for typed, command, size in (
        (["Remote", "LIST", "x"], listing, 2),
        (["remote", "add"], remote, 1),
        (["remotes"], listing, 1),
    ):
        found = lookup([remote, listing], typed, MentionScope.ISSUE)
        assert found is not None
        assert (found.command, found.words) == (command, size)
    assert lookup([remote], ["other"], MentionScope.ISSUE) is None
    assert lookup([remote], [], MentionScope.ISSUE) is None


def test_suggestions_are_the_most_alike_and_give_no_hidden_command_away() -> None:
    known = [make("deploy", aliases=["ship"]), make("delete"), make("deploy-all", hidden=True)]
    assert suggest(known, "depoly") == ["deploy"]
    assert suggest(known, "SHIPP") == ["deploy"]
    assert suggest(known, "xyz") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a`", "`` `a` ``"), ("", "`  `"), ("a\n@b", "`a @b`")],
)
def test_a_persons_words_are_repeated_as_code(text: str, expected: str) -> None:
    assert code(text) == expected


def test_a_bot_is_accepted_as_the_command_says() -> None:
    assert not make().accepts_bot("x[bot]", "bot")
    assert make(allow_bots=True).accepts_bot("x[bot]", "bot")
    assert not make(allow_bots=True).accepts_bot("Bot[bot]", "bot")
    assert make(allow_bots=["Bot[bot]"]).accepts_bot("bot[bot]", "bot")
    assert not make(allow_bots=["x[bot]"]).accepts_bot("y[bot]", "bot")


def test_the_docs_page_has_a_section_for_each_command_that_is_not_hidden() -> None:
    @click.argument("branch", metavar="BRANCH")
    @click.option("--force", is_flag=True, help="Even if it conflicts.")
    def backport() -> None:
        """Backport this pull request."""

    known = [
        Command.make("backport", backport, scope="pr", permission="write", aliases=["cherry-pick"]),
        make("secret", hidden=True),
    ]
    assert to_markdown(known, "bot") == (
        "## `backport`\n"
        "\n"
        "**Usage:** `@bot backport BRANCH [--force]`\n"
        "\n"
        "Backport this pull request.\n"
        "\n"
        "- `BRANCH` (required)\n"
        "- `--force`: Even if it conflicts.\n"
        "\n"
        "Works on pull requests; needs write access to this repository; also called `cherry-pick`.\n"
    )
