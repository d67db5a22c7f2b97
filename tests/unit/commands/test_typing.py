# ruff: noqa: RUF001 - quotation marks of all sorts
"""A command is what a person sees and means, whatever their keyboard put in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import override_settings
from gidgethub import sansio

from django_github_app import commands, routing
from django_github_app.commands import Command
from django_github_app.deliveries.summary import Summary, summarize
from django_github_app.routing import GitHubRouter
from tests.support.comment_events import comment

KNOWN = [Command.make(name, lambda: None) for name in ("claim", "deploy", "remote list")]


def found(text: str) -> list[tuple[str, str]]:
    event: sansio.Event = comment(text)
    matches = commands.match(KNOWN, event, slug="bot", prefix="/")
    return [(m.command.name if m.command else "?", m.arguments) for m in matches]


@pytest.mark.parametrize(
    "mark",
    list(
        "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u00ad\u061c"
        # What else Unicode shows as nothing: fillers, deprecated direction controls, selectors, tags.
        "\u034f\u115f\u1160\u17b4\u180e\u206a\u206f\u3164\uffa0\ufff9\U0001bca0\U0001d173\U000e0001"
        "\u180b\ufe00\ufe0f\U000e0020\U000e007f\U000e0100"
    ),
)
def test_what_nobody_sees_changes_nothing(mark: str) -> None:
    for text in (
        f"{mark}@bot deploy prod",
        f"@bot {mark}deploy prod",
        f"@bot deploy{mark} prod{mark}",
        f"@bot{mark} deploy prod",
    ):
        assert found(text) == [("deploy", "prod")], text
    assert found(f"{mark}/deploy prod") == [("deploy", "prod")]


def test_a_mention_that_is_broken_on_purpose_stays_broken_and_emoji_stay_whole() -> None:
    assert found(commands.neutralise("@bot deploy")) == []
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert found(f"@bot deploy {family}") == [("deploy", family)]


@pytest.mark.parametrize(
    "quoted", ["“a b”", "„a b“", "„a b”", "”a b”", "‘a b’", "‚a b‘", "«a b»", "»a b«", '"a b"', "'a b'"]
)
def test_typographic_quotes_are_quotes(quoted: str) -> None:
    assert commands.words(f"x {quoted} y") == ["x", "a b", "y"]
    assert commands.words(f"name={quoted}") == ["name=a b"]


def test_apostrophes_and_inches_are_none() -> None:
    assert commands.words("don’t 5” fits") == ["don’t", "5”", "fits"]


@pytest.mark.parametrize(
    "text", ["@bot claim!", "@bot claim.", "@bot claim…", "@bot Claim!!!", "@bot claim !", "/claim!"]
)
def test_a_mark_at_the_end_of_a_command_is_no_part_of_it(text: str) -> None:
    assert found(text) == [("claim", "!" if text.endswith(" !") else "")]


def test_a_name_of_two_words_may_be_exclaimed_too() -> None:
    assert found("@bot remote list!") == [("remote list", "")]


@pytest.mark.parametrize("text", ["@bot claim?", "@bot deploy prod."])
def test_what_is_not_certain_is_left_as_it_is(text: str) -> None:
    assert found(text) in ([("?", "")], [("deploy", "prod.")])


def test_a_line_that_a_mention_callback_takes_is_no_unknown_command() -> None:
    with GitHubRouter.isolated(), override_settings(GITHUB_APP={"NAME": "bot"}):
        gh = GitHubRouter()

        @gh.command("deploy")
        def deploy() -> None: ...

        @gh.mention(username="bot")
        def chat() -> None: ...

        def kinds(text: str) -> list[str]:
            return [call.kind for call in routing.match(comment(text), "sync")]

        assert kinds("@bot depoly") == ["mention"]
        assert kinds("@bot deploy") == ["mention", "command"]


ISSUES = {"parent_issue": 1, "sub_issue": 2, "blocked_issue": 3, "blocking_issue": 4}


@pytest.mark.parametrize(
    ("action", "number"),
    [
        ("sub_issue_added", 1), ("sub_issue_removed", 1), ("parent_issue_added", 2), ("parent_issue_removed", 2),
        ("blocked_by_added", 3), ("blocked_by_removed", 3), ("blocking_added", 4), ("blocking_removed", 4),
    ],
)  # fmt: skip
def test_relations_of_issues_belong_to_the_issue_of_their_repository(action: str, number: int) -> None:
    payload: dict[str, Any] = {"action": action, **{name: {"number": n} for name, n in ISSUES.items()}}
    assert summarize(json.dumps(payload).encode()).number == number
    assert Summary.from_payload(payload).number == number
