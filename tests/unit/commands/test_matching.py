"""Which commands a comment brings."""

from __future__ import annotations

from typing import Any

import pytest
from gidgethub import sansio
from hypothesis import given
from hypothesis import strategies as st

from django_github_app import commands
from django_github_app.commands import Command, Match
from tests.support import comments
from tests.support.comment_events import comment, edit

KNOWN = [Command.make(name, lambda: None) for name in comments.NAMES]


def found(event: sansio.Event, **options: Any) -> list[Match]:
    return commands.match(KNOWN, event, slug=options.pop("slug", "bot"), **{"prefix": "/", **options})


def described(matches: list[Match]) -> list[str]:
    return [
        f"{m.command.name} {m.arguments}".strip() if m.command is not None else f"? {m.name}" for m in matches
    ]


def test_the_table_is_long_enough() -> None:
    assert len({text for text, _ in comments.ALL}) == len(comments.ALL) >= 150


@pytest.mark.parametrize(("text", "expected"), comments.ALL)
def test_a_comment_brings_exactly_these_commands(text: str, expected: list[str]) -> None:
    matches = found(comment(text))
    assert described(matches) == expected
    for match in matches:
        assert text[match.position] in "@/"
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert lines[match.typed.line - 1][match.typed.column - 1] in "@/"


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for match in found(comment(text)):
        assert match.typed.position < len(text)


@given(
    st.lists(
        st.sampled_from(
            ["@bot", "/", "[bot]", " ", "deploy", "help", "\n", "`", "*", ">", "<!--", "-->", '"', "\\"]
        )
    )
)
def test_any_text_made_of_marks_is_read_without_an_error(parts: list[str]) -> None:
    text = "".join(parts)
    for match in found(comment(text)):
        assert text[match.position] in "@/"
        assert match.identity


@pytest.mark.parametrize(
    ("event", "action", "options"),
    [
        ("issue_comment", "created", {}),
        ("issue_comment", "created", {"on_pull_request": True}),
        ("pull_request_review", "submitted", {}),
        ("pull_request_review_comment", "created", {}),
    ],
)
def test_comments_of_each_kind_bring_commands(event: str, action: str, options: dict[str, bool]) -> None:
    assert described(found(comment("@bot deploy", event, action, **options))) == ["deploy"]


@pytest.mark.parametrize("event", ["commit_comment", "discussion_comment"])
def test_commits_and_discussions_need_their_scope(event: str) -> None:
    match = commands.match(
        [Command.make("deploy", lambda: None, scope={"commit", "discussion"})],
        comment("@bot deploy", event, "created"),
        slug="bot",
    )[0]
    assert match.command is not None
    assert match.source.scope in match.command.scopes


@pytest.mark.parametrize(
    ("event", "action"), [("issues", "opened"), ("pull_request", "opened"), ("discussion", "created")]
)
def test_the_body_of_what_is_opened_brings_commands_if_wanted(event: str, action: str) -> None:
    opened = comment("", event, action, body="@bot deploy")
    assert described(found(opened)) == ["deploy"]
    assert found(opened, bodies=False) == []
    assert found(comment("", event, "closed", body="@bot deploy")) == []


@pytest.mark.parametrize("action", ["deleted", "pinned", "dismissed", "synchronize", "labeled"])
@pytest.mark.parametrize("event", ["issue_comment", "pull_request_review", "issues", "pull_request", "push"])
def test_other_events_bring_none(event: str, action: str) -> None:
    assert found(comment("@bot deploy", event, action, body="@bot deploy")) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("@bot deploy", "@bot deploy", []),
        ("@bot deploy", "@bot deploy prod", ["deploy prod"]),
        ("@bot deploy", "Hi\n\n@bot  DEPLOY", []),
        ("@bot deploy", "@bot deploy\n@bot deploy", ["deploy"]),
        ("@bot deploy\n@bot merge", "@bot merge\n@bot deploy\n@bot try", ["try"]),
        ("`@bot deploy`", "@bot deploy", ["deploy"]),
        ("> @bot deploy", "@bot deploy", ["deploy"]),
        ("", "@bot deploy", ["deploy"]),
        ("@bot depoly", "@bot depoly!", []),
        ("@bot depoly", "@bot deploy", ["deploy"]),
    ],
)
def test_an_edit_brings_what_it_added(before: str, after: str, expected: list[str]) -> None:
    assert described(found(edit(before, after))) == expected


def test_an_edit_of_something_else_than_the_text_brings_none() -> None:
    assert found(comment("@bot deploy", action="edited", changes={"title": {"from": "x"}})) == []
    assert found(comment("@bot deploy", action="edited")) == []


def test_the_same_command_of_the_same_comment_has_the_same_identity_in_every_delivery() -> None:
    first, second = found(comment("@bot deploy\n@bot deploy"))
    again = found(comment("@bot  Deploy"))[0]
    edited = found(edit("x", "@bot deploy"))[0]
    elsewhere = found(comment("@bot deploy", repository="other/repo"))[0]
    other = found(comment("@bot deploy prod"))[0]
    assert first.identity == again.identity == edited.identity
    assert len({m.identity for m in (first, second, elsewhere, other)}) == 4


def test_at_most_twenty_commands_of_a_comment_are_run() -> None:
    assert len(found(comment("@bot deploy\n" * 50))) == commands.MOST_COMMANDS


def test_without_commands_there_is_no_help_either() -> None:
    assert commands.match([], comment("@bot help"), slug="bot") == []


def test_an_own_help_takes_the_place_of_the_built_in_one() -> None:
    own = Command.make("help", lambda: None)
    (match,) = commands.match([own], comment("@bot help"), slug="bot")
    assert match.command is own


def test_of_two_commands_of_one_name_the_one_that_works_here_is_meant() -> None:
    on_issues = Command.make("close", lambda: None, scope="issue")
    on_pulls = Command.make("close", lambda: None, scope="pr")
    for on_pull, expected in ((False, on_issues), (True, on_pulls)):
        (match,) = commands.match(
            [on_issues, on_pulls], comment("@bot close", on_pull_request=on_pull), slug="bot"
        )
        assert match.command is expected


def test_an_app_without_a_name_is_addressed_by_its_prefix_only() -> None:
    assert described(found(comment("@bot deploy\n/merge"), slug="")) == ["merge"]
    assert found(comment("@bot deploy"), slug="", prefix="") == []


def test_a_prefix_that_is_a_word_stands_alone() -> None:
    text = "bot deploy\nbotdeploy\n!Bot merge"
    assert described(found(comment(text), prefix="bot")) == ["deploy"]
    assert described(found(comment(text), prefix="!bot")) == ["merge"]


def test_a_payload_with_unexpected_shapes_brings_none() -> None:
    shapes: list[dict[str, Any]] = [
        {"comment": "text"},
        {"sender": None},
        {"repository": []},
        {"comment": {"body": 7}},
    ]
    for broken in shapes:
        event = comment("@bot deploy")
        event.data.update(broken)
        assert found(event) == []
