"""Items of panels: what is signed, what is found, what is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from django_github_app.commands.panels import place_of, render, ticked, unticked

KEY = b"key"


def panel(items: dict[str, str], key: bytes = KEY) -> str:
    return render(items, place="1 2", slug="bot", key=key)


def found(now: str, before: str, keys: tuple[bytes, ...] = (KEY,)) -> list[str]:
    return [item.command for item in ticked(now, before, place="1 2", slug="bot", keys=keys)]


def test_a_ticked_item_is_found_with_old_keys_and_other_line_ends_too() -> None:
    before = panel({"Rebase": "rebase", "Grüße <b>": "say 'ä'"})
    now = before.replace("[ ] Grüße", "[X] Grüße").replace("\n", "\r\n")
    assert found(now, before) == ["say 'ä'"]
    assert found(now, before, (b"new", KEY)) == ["say 'ä'"]
    assert found(now, before, (b"new",)) == []
    assert found(before, now) == []
    assert "[X]" not in unticked(now, ticked(now, before, place="1 2", slug="bot", keys=(KEY,))[0].marker)


def test_an_item_that_is_repeated_counts_once() -> None:
    line = panel({"Rebase": "rebase"})
    assert found(line.replace("[ ]", "[x]") + "\n" + line.replace("[ ]", "[x]"), line) == ["rebase"]


@pytest.mark.parametrize("items", [{"": "x"}, {"a --> b": "x"}, {"a": ""}, {"a": "x\ny"}, {"a": "x" * 3000}])
def test_what_cannot_be_an_item_is_refused(items: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"label|command"):
        panel(items)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"repository": {"id": 1}},
        {"repository": [], "issue": {"number": 2}},
        {"repository": {"id": 1}, "issue": {}},
    ],
)
def test_without_a_conversation_there_is_no_place(data: dict[str, Any]) -> None:
    assert place_of(data) is None


@pytest.mark.parametrize(
    "text", ["- [ ] " + " <!-- " * 20_000, "- [x] a <!-- bot:panel:" + "a" * 100_000, "- [ ] \n" * 20_000]
)
def test_long_texts_are_read_in_linear_time(text: str) -> None:
    started = time.process_time()
    assert found(text, text.replace("[x]", "[ ]")) == []
    assert time.process_time() - started < 2
