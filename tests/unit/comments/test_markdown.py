"""Which text of a comment is visible, and where it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_github_app.comments import markdown
from django_github_app.comments.inline import OPAQUE
from django_github_app.comments.markdown import visible_lines

ANY = re.compile("")

MARKS = """
    @bot @x a * ** _ ~~ ` `` ``` ~~~ [ ] ( ) ![ ]( < > <!-- --> <b> </b> <code> </code> <br> <pre> > - 1. # |
    \\ & &lt; === --- <div> </div> https://x.y [a]: [x] é😀
"""
SPACES = [
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\0",
    "\f",
    "> ",
    "- ",
    "1. ",
    "- [ ] ",
    "|-|-|\n",
]
MARKDOWN = st.lists(st.sampled_from([*MARKS.split(), *SPACES]), max_size=40).map("".join)


def lines(comment: str) -> list[str]:
    return [line.text for line in visible_lines(comment, ANY)]


def plain(comment: str) -> list[str]:
    return [line.plain.replace(OPAQUE, "·") for line in visible_lines(comment, ANY)]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("a\nb\n\nc", ["a", "b", "c"]),
        ("a\r\nb\rc", ["a", "b", "c"]),
        ("**a** _b_ ~~c~~ ~d~ *e", ["a b c d *e"]),
        ("snake_case_name 2*3*4", ["snake_case_name 234"]),
        ("# a #\n\nb\n===\n", ["a", "b"]),
        ("- a\n- [ ] b\n- [x] c\n  d\n1. e", ["a", "b", "c", "d", "e"]),
        ("[ ] a", ["[ ] a"]),
        ("|a|b|\n|-|-|\n|c \\| d|e|", ["a", "b", "c | d", "e"]),
        ("> a\nlazy\n\nb", ["b"]),
        ("```\na\n```\n~~~\nb\n~~~\n    c\n\nd", ["d"]),
        ("```\nnever closed", []),
        ("<!-- a\n\nb -->\nc", ["c"]),
        ("a <!-- b --> c <!-- d ---> e", ["a  c  e"]),
        ("a<br>b<br/>c", ["a", "b", "c"]),
        ("a  \nb\\\nc", ["a", "b", "c"]),
        ("<div>\na\n</div>\n\nb", ["b"]),
        ("<details>\n\na\n\n</details>", ["a"]),
        ("[a]: http://x 'b'\n\nc [a]", ["c a"]),
        ("`a\nb` c", ["a b c"]),
        ("", []),
    ],
)
def test_a_line_is_what_a_reader_sees_as_one(comment: str, expected: list[str]) -> None:
    assert lines(comment) == expected


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("a `b` c", ["a · c"]),
        ("a [bc](d) e", ["a ·· e"]),
        ("a ![b](c) d", ["a · d"]),
        ("a <http://b> c", ["a ········ c"]),
        ("a http://b/c d", ["a ·········· d"]),
        ("a &lt; \\* b", ["a · ·· b"]),
        ("a <code>b</code> <kbd>c</kbd> <b>d</b>", ["a · · d"]),
        ("<code>a\n\nb\n\n</code>c", ["·", "·", "c"]),
        ("<blockquote>\n\na\n\n</blockquote>\n\nb", ["·", "b"]),
        ("<!-- <code> -->\n\na", ["a"]),
    ],
)
def test_code_links_and_escapes_are_shown_but_not_plain(comment: str, expected: list[str]) -> None:
    assert plain(comment) == expected


@given(MARKDOWN)
def test_plain_characters_stand_where_their_offsets_say(comment: str) -> None:
    for line in visible_lines(comment, ANY):
        assert len(line.text) == len(line.plain) == len(line.offsets)
        for character, offset in zip(line.plain, line.offsets, strict=True):
            if character not in (OPAQUE, " ", "\t", "\ufffd"):
                assert comment[offset] == character


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(comment: str) -> None:
    for line in visible_lines(comment, ANY):
        assert "\n" not in line.plain


def test_a_comment_longer_than_github_accepts_is_read_up_to_a_blank_line() -> None:
    comment = "one\n\n" + "x " * markdown.MAX_LENGTH
    assert lines(comment) == ["one"]
    assert lines("x " * markdown.MAX_LENGTH) == []


def test_text_nested_deeper_than_the_limit_is_not_visible() -> None:
    assert lines("- " * 5 + "a") == ["a"]
    assert lines("- " * 50 + "a") == []


def test_quotes_that_would_take_quadratic_time_are_not_read() -> None:
    assert lines("a\n\n" + "> <div>\nx\n" * 40) != []
    assert lines("a\n\n" + "> <div>\nx\n" * 5_000) == []


def test_a_long_comment_full_of_ordinary_quotes_is_read() -> None:
    assert lines(">>>> quoted\n>> answer\n\nreply\n\n" * 1_500) == ["reply"] * 1_500
