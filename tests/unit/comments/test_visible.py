"""What a language model is given is what a person sees. The corpus is docs/prompt-injection.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.bench_markdown import KINDS
from django_github_app.comments.visible import CUT, Passage, passages, visible_text, with_shape
from tests.unit.comments.test_markdown_growth import MORE_STEPS, MOST_STEPS, SIZE, steps

PAGE = (Path(__file__).parents[3] / "docs" / "prompt-injection.md").read_text()
CASE = re.compile(r"^### (.+?)\n\n````markdown\n(.*?)````\n\n````text\n(.*?)````$", re.DOTALL | re.MULTILINE)
CORPUS = [pytest.param(text, seen.rstrip("\n"), id=name) for name, text, seen in CASE.findall(PAGE)]


def test_every_case_of_the_page_is_read() -> None:
    assert len(CORPUS) == PAGE.count("\n### ") == 14


@pytest.mark.parametrize(("text", "seen"), CORPUS)
def test_what_is_hidden_from_people_is_hidden_from_models(text: str, seen: str) -> None:
    assert visible_text(text).strip() == seen
    assert visible_text(text.replace("\n", "\r\n")).strip() == seen


@pytest.mark.parametrize("hidden", ["ignore", "approve"])
def test_sentences_without_a_shape_are_not_there(hidden: str) -> None:
    tags = "".join(chr(0xE0000 + ord(character)) for character in hidden)
    selectors = "".join(chr(0xE0100 + ord(character) - 16) for character in hidden)
    zeros = "".join(
        "\u200b" if bit == "0" else "\u200c" for character in hidden for bit in f"{ord(character):08b}"
    )
    for smuggled in (tags, selectors, zeros, "\u202e", "\u3164", "\x1b[8m"[:1]):
        assert visible_text(f"Hello{smuggled} world") == "Hello world"
        assert with_shape(f"Title{smuggled}") == "Title"


def test_letters_of_every_script_and_emoji_stay() -> None:
    text = "naïve Ελληνικά русский עברית العربية हिन्दी 日本語 한국어 🎉"
    assert visible_text(text) == with_shape(text) == text


def test_quotes_are_passages_of_their_own() -> None:
    assert passages("before\n\n> one\n> > deeper\n\nbetween\n\n> two\nlazily") == [
        Passage("before", False),
        Passage("one\n\ndeeper", True),
        Passage("between", False),
        Passage("two\nlazily", True),
    ]


def test_structure_that_people_see_stays() -> None:
    text = "# Title\n\n- one\n- two\n\n3. three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n    code\n"
    assert visible_text(text) == "Title\n\n- one\n\n- two\n\n3. three\n\na | b\n\n1 | 2\n\ncode"


def test_what_is_too_much_is_cut_and_said() -> None:
    assert visible_text("word\n\n" * 20_000).endswith(CUT)
    assert visible_text("*a* " * 10_000) == CUT


@pytest.mark.parametrize("kind", KINDS)
def test_malicious_texts_of_known_kinds_are_read_in_bounded_steps(kind: str) -> None:
    text = KINDS[kind](SIZE)
    # Of a table the lines are joined too, and each cell that its rows lack is one.
    assert steps(lambda: visible_text(text)) < MOST_STEPS + 3 * MORE_STEPS.get(kind, 0)


@pytest.mark.parametrize(
    "unit", ["<a ", "<a '", "<!-", "<", "$\\", "$ \\", "> <b\n", "<div ><a '\"", "$$\\\n"]
)
def test_tags_and_formulas_that_do_not_end_are_read_in_bounded_steps(unit: str) -> None:
    text = unit * (SIZE // len(unit))
    assert steps(lambda: visible_text(text)) < MOST_STEPS
    assert steps(lambda: visible_text(f"<div>\n{text}")) < MOST_STEPS
