"""What people typed, said again by the app, does nothing."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_github_app import commands
from django_github_app.comments.mentions import extract_mentions

INVISIBLE = "\N{ZERO WIDTH SPACE}"


@pytest.mark.parametrize(
    "text",
    [
        "cc @org/everyone fixes #1", "closes GH-1", "fixes octo/widgets#12", "\n@bot deploy", "/lgtm",
        "x\n  /approve", "- /approve", "1. /approve", "> - /approve", "**/approve**", "_/approve_",
        "@*octocat*", "~~/approve~~", "# /approve",
        "<b>/approve</b>", "<!-- x --> /approve", "![x](y)/approve", "\\/approve", "[/approve](x)", "- [ ] /approve",
        "Resolves: https://github.com/o/r/issues/1",
        "fixes            https://github.com/o/r/issues/1", "fixes\nhttps://github.com/o/r/issues/1",
        "fixes <https://github.com/o/r/issues/1>", "fixes **https://github.com/o/r/issues/1**",
        "closes\u00a0https://github.com/o/r/issues/1", "closes&nbsp;https://github.com/o/r/issues/1",
        "<!-- bot:0123 -->", "`\n`@octocat",
        "\\`@octocat\\`", "<a title='`'>@octocat</a>`", "``@octocat`",
    ],
)  # fmt: skip
def test_it_looks_the_same_and_does_nothing(text: str) -> None:
    said = commands.neutralise(text)
    assert said.replace(INVISIBLE, "") == text
    assert said != text
    assert extract_mentions(said) == []
    assert commands.find(said, "bot", "/") == []
    for live in ("@o", "#1", "GH-1", "<!--", ": http"):
        assert live not in said


@pytest.mark.parametrize(
    "text",
    ["&#64;octocat", "&#x40;octocat", "&commat;org/everyone", "@&#111;ctocat", "#&#49;", "fixes &num;1", "&#35;12",
     "GH-&#49;", "&lt;!-- bot:0123 --&gt;", "&#0000064;octocat"],
)  # fmt: skip
def test_what_is_written_as_an_entity_does_nothing_either(text: str) -> None:
    """GitHub looks for names and numbers after Markdown has read the entities."""
    said = html.unescape(commands.neutralise(text))
    for live in ("@o", "#1", "GH-1", "<!--"):
        assert live not in said


@pytest.mark.parametrize(
    "text",
    [
        "Type `@bot deploy #1` instead.",
        "No issue, 50 %, a/b, C# and me@",
        "``x ` @a``",
        "` `` @octocat `",
        "one<br />two",
        "https://example.com/a/b ./c",
    ],
)
def test_what_does_nothing_stays_as_it_is(text: str) -> None:
    assert commands.neutralise(text) == text


@given(st.text(alphabet="@abot #1`<!->/\\\n \r*_~[]().+:&;", max_size=60))
def test_no_text_at_all_mentions_or_commands(text: str) -> None:
    said = commands.neutralise(text)
    assert said.replace(INVISIBLE, "") == text.replace(INVISIBLE, "")
    assert extract_mentions(said) == []
    assert commands.find(said, "bot", "/") == []


@given(st.text(alphabet="@abot #1`<!->/\\\n ", max_size=60))
def test_a_quote_is_one_code_span(text: str) -> None:
    assert extract_mentions(commands.quote(text)) == []
