"""The pieces of a line, and which of them a person sees."""

from __future__ import annotations

import re

import pytest

from django_github_app.comments.inline import OPAQUE, VisibleLine, _Silence
from django_github_app.comments.markdown import visible_lines

X = OPAQUE


def lines(text: str) -> list[VisibleLine]:
    return list(visible_lines(text, re.compile("")))


@pytest.mark.parametrize(
    ("comment", "text", "plain"),
    [
        ("a *b* **c** ~~d~~", "a b c d", "a b c d"),
        ("a `b` c", "a b c", f"a {X} c"),
        ("a [b](https://x.y) c", "a b c", f"a {X} c"),
        ("a ![b](c.png) d", f"a {X} d", f"a {X} d"),
        ("a &amp; b", "a & b", f"a {X} b"),
        (r"a \@b", r"a \@b", f"a {X}{X}b"),
        ("a <b>c</b>", "a c", "a c"),
        ("a <code>@b</code> c", "a @b c", f"a {X}{X} c"),
        ("a <!-- hidden --> b", "a  b", "a  b"),
        ("a <!-- hidden ---> b", "a  b", "a  b"),
        ("see https://x.y/@b now", "see https://x.y/@b now", f"see {X * 14} now"),
        ("- [x] done", "done", "done"),
    ],
)
def test_what_is_seen_and_what_of_it_is_plain(comment: str, text: str, plain: str) -> None:
    (line,) = lines(comment)
    assert (line.text, line.plain) == (text, plain)
    assert len(line.offsets) == len(line.text)


def test_a_line_ends_where_the_reader_sees_it_end() -> None:
    assert [line.text for line in lines("a<br>b\nc")] == ["a", "b", "c"]


def test_each_character_knows_its_place_in_the_comment() -> None:
    comment = "one **two** `three`"
    (line,) = lines(comment)
    for character, offset in zip(line.text[:7], line.offsets[:7], strict=True):
        assert comment[offset] == character


def test_tags_that_silence_are_counted_and_an_end_too_many_is_none() -> None:
    silence = _Silence()
    silence.see("</code>")
    assert not silence
    silence.see("<code><pre>")
    before = silence.copy()
    silence.see("</code></pre>")
    assert (bool(silence), bool(before)) == (False, True)
    silence.see("<!-- <code> -->")
    assert not silence
