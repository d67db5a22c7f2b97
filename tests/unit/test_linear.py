"""Everything that reads outside text takes linear time: four times the input takes about four times as long."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import click
import pytest
from gidgethub import sansio

from deploy import logs
from django_github_app import commands
from django_github_app.cli import trial
from django_github_app.commands import Command, Mistake, grammar, parameters
from django_github_app.commands import help as answers
from django_github_app.comments import markdown
from django_github_app.comments.mentions import LineInfo, extract_mentions
from django_github_app.deliveries import BodyInvalid, summary
from django_github_app.github import failures
from django_github_app.observe.redaction import describe, redact

SMALL, LARGE = 12_000, 48_000
UNITS = [
    "eyJ", "eyJ.", "eyJa.b", "ghs_", "github_pat_", "gh", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----END ",
    "-----BEGIN PRIVATE KEY-----\n-", "PRIVATE KEY", "-", "A ", " ", "\n", "\r", " \n", "\t", "![", "[", "[[", "](",
    "![](", "<!--", "<", "<a ", "<br", "-->", "@a", "@", "@bot ", "@bot help\n", "`", "``a", "*a", "_a_",
    "~a",
    "&amp;", "\\", "\\[", "> ", "> <div>\nx\n", "- ", "|", "|@", "| @a ", "|-|-|\n",
    "'", "''", "' '", '"', '"a" ',
    "(", "(a", "(a ", "--x ", "-x", "token=", "token ", "\u201c", "\u2014", "a@b", "www.", "https://", "1. ", "#",
    "{", "[]", '{"a":',
    "\N{ZERO WIDTH SPACE}", "\N{RIGHT-TO-LEFT OVERRIDE}", "\ufeff",
]  # fmt: skip


def body(**values: Any) -> None: ...


DEPLOY = Command.make("deploy", click.argument("x", type=int)(click.option("--count", type=int)(body)))
FREE = Command.make("say", body)


def _reading(function: Callable[[str], object]) -> Callable[[str], object]:
    def read(text: str) -> object:
        markdown._reading.cache_clear()
        return function(text)

    return read


def _typed(text: str) -> object:
    data = {
        "action": "created",
        "comment": {"id": 1, "body": f"@bot deploy {text}", "user": {"login": "a"}},
        "issue": {"number": 1},
        "sender": {"login": "a"},
        "repository": {"full_name": "o/r"},
    }
    event = sansio.Event(data, event="issue_comment", delivery_id="1")
    return [m.masked_arguments for m in commands.match([DEPLOY, FREE], event, slug="bot")]


def _parameters(text: str) -> object:
    try:
        return parameters.read("deploy", DEPLOY.parameters, text)
    except Mistake as mistake:
        return mistake


def _summary(text: str) -> object:
    try:
        return summary.summarize(json.dumps({"a": text}).encode())
    finally:
        with contextlib.suppress(BodyInvalid):
            summary.summarize(text.encode())


READERS: dict[str, Callable[[str], object]] = {
    "redact": redact,
    "an error's line": lambda text: describe(ValueError(text)),
    "the log": logs.redact,
    "a comment": _reading(extract_mentions),
    "commands of a comment": _reading(lambda text: grammar.find(text, "bot", "/")),
    "a command": _reading(_typed),
    "words": grammar.words,
    "masked arguments": lambda text: parameters.masked(text, DEPLOY.parameters),
    "click": _parameters,
    "code": answers.code,
    "a line of a comment": lambda text: LineInfo.for_mention_in_comment(text, len(text)),
    "hidden marks": lambda text: trial._HIDDEN.sub("", text),
    "a payload": _summary,
    "an address": failures.shown_url,
}


def seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    with contextlib.suppress(ValueError):
        read(text)
    return time.process_time() - started


@pytest.mark.parametrize("reader", READERS)
def test_four_times_the_text_takes_about_four_times_as_long(reader: str) -> None:
    read = READERS[reader]
    slow = []
    for unit in UNITS:
        small, large = unit * (SMALL // len(unit)), unit * (LARGE // len(unit))
        for _ in range(3):
            # Quadratic is sixteen times. What takes a few milliseconds is not worth measuring.
            ratio = seconds(read, large) / max(seconds(read, small), 0.008)
            if ratio < 9:
                break
        else:
            slow.append((unit, round(ratio, 1)))
    assert slow == []


@pytest.mark.parametrize("unit", ["![", "[", "![](", "*a", "~a", "<!--", "@a", "eyJ"])
def test_the_longest_comment_that_github_accepts_is_read_in_a_moment(unit: str) -> None:
    text = f"@bot deploy {unit * (65_000 // len(unit))}"
    assert min(seconds(READERS["a command"], text) for _ in range(3)) < 1.5


def test_a_comment_is_cut_into_blocks_once_for_mentions_and_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    markdown._reading.cache_clear()
    text = "Hello @bot\n\n@bot deploy\n\n<b>@bot</b> help"
    assert [m.position for m in extract_mentions(text)] == [6, 12, 28]
    assert [t.position for t in grammar.find(text, "bot")] == [12, 28]
    assert markdown._reading.cache_info().misses == 1


def test_secrets_are_blanked_out_wherever_they_stand() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128,0\n\nabc+/=\n"
    key += "-----END RSA PRIVATE KEY-----"
    jwt = "eyJhbGciOi.eyJpc3Mi.c2lnbmF0dXJl"
    token = "ghs_" + "a1B2" * 9
    text = redact(f"a {key} b Bearer {jwt}, c {token}; d x{jwt} e {key.replace(chr(10), chr(92) + 'n')} f")
    assert text == "a [secret] b Bearer [secret], c [secret]; d x[secret] e [secret] f"
    cut = redact(f"a {key[:60]}")
    assert "ENCRYPTED" not in cut
    assert redact("eyJ is how a JWT begins. So does this one, eyJ_and_more.") == (
        "eyJ is how a JWT begins. So does this one, eyJ_and_more."
    )
