"""Strangers' YAML is read within bounds, and every value has its place."""

from __future__ import annotations

import time

import pytest

from django_github_app.configuration.yaml_text import MAX_CHARACTERS, YAMLInvalid, parse


def test_values_have_their_places() -> None:
    parsed = parse("labels:\n  - bug\n  - 7\nnested: {deep: yes}\n# comment\n")
    assert parsed.data == {"labels": ["bug", 7], "nested": {"deep": True}}
    assert parsed.place_of(("labels", 1)) == (3, 5)
    assert parsed.place_of(("nested", "deep")) == (4, 10)
    assert parsed.place_of(("nested", "missing", 3)) == (4, 1)
    assert parsed.place_of(("missing",)) == (1, 1)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_says_nothing(text: str) -> None:
    assert parse(text).data in ({}, None)


def test_keys_are_texts_and_on_is_a_word() -> None:
    assert parse("on: push\n1: one\n").data == {"on": "push", "1": "one"}


def test_anchors_and_merge_keys_work() -> None:
    text = "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: [*a, *a]\n"
    assert parse(text).data == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": [{"x": 1, "y": 2}, {"x": 1, "y": 2}],
    }


def laughs(lines: int) -> str:
    text = 'a0: &a0 ["lol","lol","lol","lol","lol","lol","lol","lol","lol"]\n'
    for i in range(1, lines):
        text += f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n"
    return text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (laughs(10), "more than 10000 values"),
        ("a: &a\n  <<: *a\n", "contains it"),
        ("a: &a [*a]\n", "contains it"),
        ("[" * 5_000, "nested too deeply"),
        ("[" * 60 + "]" * 60, "nested more than 50 deep"),
        ("a" * (MAX_CHARACTERS + 1), f"more than {MAX_CHARACTERS} characters"),
        ("x: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("? [a, b]\n: c\n", "A key has to be a text"),
        ("a: 2026-02-31\n", "day is out of range"),
        ("a: \x00\n", "special characters are not allowed"),
    ],
)
def test_what_would_harm_is_refused(text: str, said: str) -> None:
    started = time.process_time()
    with pytest.raises(YAMLInvalid, match=said):
        parse(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: [1,\nc: 2\n", (4, 1)),
        ("a: 1\n  b: 2\n", (2, 4)),
        ("a:\n\t- b\n", (2, 1)),
        ("a: 'x\n", (2, 1)),
    ],
)
def test_a_mistake_has_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(YAMLInvalid) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == place
