"""Reading a comment takes a number of steps that its length bounds, whatever it is made of. Steps, not seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.bench_markdown import KINDS
from django_github_app.commands import find
from django_github_app.comments import markdown
from tests.support.pending import forget_pending_exceptions

SIZE = 2_000
STEPS_PER_CHARACTER = 250
# Broken quotes are read again and again until their budget is used up.
BUDGET = 300_000
# Looking at every character once for each character would take 4 to 20 million steps.
MOST_STEPS = SIZE * STEPS_PER_CHARACTER + BUDGET
# A table has up to 65,536 cells that its rows lack: much for so few characters, and no more for any number.
MORE_STEPS = {"a table with missing cells": 65_536 * 15}

_ATOMS = """
    [ ] ( ) ! * _ ~~ ~ ` `` < <!-- --> <a " ' > & \\ a | |- --- === ``` ~~~ [a]: <b> </b> <? <div> https:// # : @
    (< =" []: <!A ]]> ![ ]( <pre> </pre> &amp; <br> <code> <![CDATA[ ?> [a] 1. -
"""
ATOMS = _ATOMS.split()
BREAKS = [
    " ",
    "  ",
    "    ",
    "\t",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "\n> ",
    "\n- ",
    "\n  ",
    "|a|b|\n|-|-|\n",
    "[b]: c 'd\n",
]


def steps(read: Callable[[], object]) -> int:
    """Count the calls that ``read`` makes, of Python functions and of built-in ones."""
    count = 0

    def step(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    forget_pending_exceptions()
    before = sys.getprofile()
    markdown._reading.cache_clear()
    sys.setprofile(step)
    try:
        read()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_malicious_comments_of_known_kinds_are_read_in_bounded_steps(kind: str) -> None:
    comment = KINDS[kind](SIZE)
    assert steps(lambda: find(comment, "bot", "/")) < MOST_STEPS + MORE_STEPS.get(kind, 0)


@settings(max_examples=20, deadline=None)
@given(
    before=st.lists(st.sampled_from([*ATOMS, *BREAKS]), max_size=3).map("".join),
    unit=st.lists(st.sampled_from([*ATOMS, *BREAKS]), min_size=1, max_size=6).map("".join),
    after=st.lists(st.sampled_from([*ATOMS, *BREAKS]), max_size=3).map("".join),
)
def test_any_text_repeated_is_read_in_bounded_steps(before: str, unit: str, after: str) -> None:
    comment = f"@bot help\n\n{before}{unit * (SIZE // len(unit))}{after}\n@bot"
    assert steps(lambda: find(comment, "bot", "/")) < MOST_STEPS
