"""Who is mentioned in a comment, and where."""

from __future__ import annotations

import re

import pytest
from gidgethub import sansio
from hypothesis import given
from hypothesis import strategies as st

from django_github_app.comments.mentions import (
    EventAction,
    LineInfo,
    Mention,
    MentionScope,
    ParsedMention,
    extract_mentions,
    extract_mentions_from_event,
    matches_pattern,
)


def comment_event(body: str | None, event: str = "issue_comment", **data: object) -> sansio.Event:
    key = "review" if event == "pull_request_review" else "comment"
    return sansio.Event({"action": "created", key: {"body": body}, **data}, event=event, delivery_id="1")


def names(comment: str) -> list[str]:
    return [mention.username for mention in extract_mentions(comment)]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("@a", ["a"]),
        ("cc @a, @b-c and (@d)!", ["a", "b-c", "d"]),
        ("@a[bot] @A", ["a", "A"]),
        ("*@a* **@b** ~~@c~~", ["a", "b", "c"]),
        ("# @a\n\n- @b\n\n|@c|\n|-|\n|x @d|", ["a", "b", "c", "d"]),
        ("@octo_corp", ["octo_corp"]),
        ("@a.", ["a"]),
        ("@a\r\n@b\r\n\r\n@c", ["a", "b", "c"]),
        ("me@a.com foo@bar", []),
        ("@org/team", []),
        ("@a.com @-a @", []),
        ("@@a `@b` [@c](d) ![@e](f) <http://@g> http://x/@h", []),
        ("\\@a &#64;b", []),
        ("> @a\n@lazy\n\n@b", ["b"]),
        ("```\n@a\n```\n~~~\n@b\n~~~\n\n    @c", []),
        ("<!-- @a -->\n\n<div>@b</div>\n\n<code>@c</code> @d", ["d"]),
        ("x" * 38 + " @" + "y" * 39, ["y" * 39]),
    ],
)
def test_mentions_are_those_that_github_would_link(comment: str, expected: list[str]) -> None:
    assert names(comment) == expected


def test_a_mention_knows_its_place_and_its_neighbours() -> None:
    comment = "Hello\r\n\r\n- **@one** and @two\r\n"
    one, two = extract_mentions(comment)
    assert comment[one.position :].startswith("@one")
    assert comment[two.position :].startswith("@two")
    assert one.line_info == LineInfo(3, "- **@one** and @two")
    assert (one.column, two.column) == (5, 16)
    assert one.visible_text == "@one and @two"
    assert one.next_mention is two
    assert two.previous_mention is one
    assert one.previous_mention is None
    assert two.next_mention is None


def test_line_info_of_a_position_counts_lines_as_github_does() -> None:
    assert LineInfo.for_mention_in_comment("a\r\nb\u2028c\n@d e", 7) == LineInfo(3, "@d e")


@pytest.mark.parametrize(
    ("event", "data", "expected"),
    [
        ("issue_comment", {"issue": {}}, MentionScope.ISSUE),
        ("issue_comment", {"issue": {"pull_request": None}}, MentionScope.ISSUE),
        ("issue_comment", {"issue": {"pull_request": {"url": "u"}}}, MentionScope.PR),
        ("pull_request_review", {}, MentionScope.PR),
        ("pull_request_review_comment", {}, MentionScope.PR),
        ("commit_comment", {}, MentionScope.COMMIT),
        ("discussion_comment", {}, MentionScope.DISCUSSION),
        ("push", {}, None),
    ],
)
def test_scope_of_an_event(event: str, data: dict[str, object], expected: MentionScope | None) -> None:
    assert MentionScope.from_event(sansio.Event(data, event=event, delivery_id="1")) is expected


def test_all_events_names_each_event_once() -> None:
    events = MentionScope.all_events()
    assert len(events) == len(set(events))
    assert EventAction("issue_comment", "created") in events
    assert EventAction("discussion_comment", "created") in events
    assert MentionScope.PR.get_events() == [
        EventAction("issue_comment", "created"),
        EventAction("pull_request_review_comment", "created"),
        EventAction("pull_request_review", "submitted"),
    ]


def test_from_event_yields_the_wanted_names_linked_to_each_other() -> None:
    event = comment_event("@bot a\n@other\n@BOT b")
    first, second = Mention.from_event(event, username="bot", scope=MentionScope.PR)
    assert (first.scope, first.mention.username, second.mention.username) == (MentionScope.PR, "bot", "BOT")
    assert first.mention.next_mention is second.mention
    assert [m.mention.username for m in Mention.from_event(event, username=re.compile("o.*"))] == ["other"]
    assert len(list(Mention.from_event(event))) == 3


@pytest.mark.parametrize("event", ["issue_comment", "pull_request_review", "commit_comment"])
@pytest.mark.parametrize("body", [None, ""])
def test_an_event_without_text_mentions_nobody(event: str, body: str | None) -> None:
    assert extract_mentions_from_event(comment_event(body, event)) == []
    assert extract_mentions_from_event(sansio.Event({"comment": None}, event=event, delivery_id="1")) == []


def test_a_review_is_read_from_its_own_field() -> None:
    assert [m.username for m in extract_mentions_from_event(comment_event("@a", "pull_request_review"))] == [
        "a"
    ]


def test_a_name_is_matched_without_case_and_a_pattern_as_a_whole() -> None:
    assert matches_pattern("Bot", " bot ")
    assert not matches_pattern("bots", "bot")
    assert matches_pattern("bot-1", re.compile(r"bot-\d"))
    assert not matches_pattern("bot-12", re.compile(r"bot-\d"))


@given(st.text(alphabet=st.sampled_from("@ab[]()`*_~<>!-\n\r |#.1/\\&;"), max_size=80))
def test_every_mention_stands_where_it_says(comment: str) -> None:
    for mention in extract_mentions(comment):
        assert isinstance(mention, ParsedMention)
        assert comment.startswith("@", mention.position)
        line = mention.line_info.text
        assert line[mention.column - 1] == "@"
        assert LineInfo.for_mention_in_comment(comment, mention.position) == mention.line_info
