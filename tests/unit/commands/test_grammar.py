"""Words of arguments."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_github_app.commands import Mistake, split, words
from django_github_app.commands.parameters import masked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  a   b\tc ", ["a", "b", "c"]),
        ('"a b" c', ["a b", "c"]),
        ("'a b' c", ["a b", "c"]),
        ('x"a b"y', ["xa by"]),
        ('note="wait for CI" p=1', ["note=wait for CI", "p=1"]),
        (r"a\ b \"c", ["a b", '"c']),
        (r'"a \"b\" \\ \n"', [r'a "b" \ \n']),
        (r"'a\b'", [r"a\b"]),
        ('""', [""]),
        ("\u201ca b\u201d", ["a b"]),
        ("\u2014force a\u2014b", ["--force", "a\u2014b"]),
        ("--flag key=value -x", ["--flag", "key=value", "-x"]),
        ("a\\", ["a\\"]),
    ],
)
def test_arguments_are_split_as_a_shell_does(text: str, expected: list[str]) -> None:
    assert words(text) == expected
    assert [word.text for word in split(text)] == expected


def test_a_word_knows_where_it_stands_with_its_quotes() -> None:
    text = 'a "b c" d'
    assert [text[word.start : word.end] for word in split(text)] == ["a", '"b c"', "d"]


@pytest.mark.parametrize(("text", "start"), [('a "b c', 2), ("don't", 3), ("\u201ca", 0)])
def test_a_quote_that_is_not_closed_is_a_mistake_with_a_place(text: str, start: int) -> None:
    with pytest.raises(Mistake, match="This quote is not closed") as raised:
        split(text)
    assert (raised.value.start, raised.value.end) == (start, len(text))
    assert words(text) == text.split()


@given(st.text(max_size=200))
def test_any_text_is_split_or_a_mistake(text: str) -> None:
    assert isinstance(words(text), list)


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\u201c\u2014"), max_size=20), max_size=6))
def test_what_the_shells_own_quoting_protects_comes_back_as_it_was(parts: list[str]) -> None:
    assert words(shlex.join(parts)) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b=c", "a b=c"),
        ("token=abc x", "token=*** x"),
        ("--token abc x", "--token *** x"),
        ('--api-key="a b" x', "--api-key=*** x"),
        ("DB_PASSWORD=x 'my secret' y", "DB_PASSWORD=*** 'my secret' ***"),
        ("password", "password"),
        ("it's token=abc", "it's token=***"),
    ],
)
def test_values_of_secret_names_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@given(st.text(max_size=100))
def test_masking_changes_nothing_without_a_secret_name(text: str) -> None:
    if not any(
        name in text.casefold() for name in ("token", "secret", "passw", "passphrase", "credential", "key")
    ):
        assert masked(text).split() == text.split()
