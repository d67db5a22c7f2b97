"""Everything that reads outside text takes linear time: four times the input takes about four times as long.

What is found in the code by its syntax (`re.compile` and its like) must be listed here, or read nothing from outside.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from gidgethub import sansio

from deploy import logs
from django_github_app import commands
from django_github_app.cli import trial
from django_github_app.commands import Command, Mistake, grammar, parameters, quoting
from django_github_app.commands import help as answers
from django_github_app.comments import markdown
from django_github_app.comments.mentions import LineInfo, extract_mentions
from django_github_app.deliveries import BodyInvalid, headers_of_environ, headers_of_scope, parsing, summary
from django_github_app.github import failures
from django_github_app.observe.redaction import describe, redact
from tests.support.site import ROOT

# Characters. What is quadratic takes sixteen times as long for four times as many. An expression spends nanoseconds
# on one, reading a comment microseconds, so that fewer say as much.
LARGE, LARGE_COMMENT = 48_000, 4_000
# Seconds of CPU within which the large one need not be compared. A quadratic expression takes a second and more.
AT_ONCE = 0.02
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


def _form(text: str) -> object:
    with contextlib.suppress(BodyInvalid):
        parsing._form_payload(b"payload=" + text.encode())
    with contextlib.suppress(BodyInvalid):
        return parsing._form_payload(text.encode("ascii", "replace"))
    return None


def _headers(text: str) -> object:
    raw = text.encode()
    with contextlib.suppress(Exception):
        headers_of_scope([(b"x-github-event", raw), (raw, b""), (b"content-length", raw)])
    with contextlib.suppress(Exception):
        headers_of_environ({"HTTP_X_GITHUB_EVENT": text, "CONTENT_TYPE": text})
    with contextlib.suppress(Exception):
        parsing._is_form.__wrapped__(text)
    return None


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
    "a quotation": quoting.quote,
    "what is neutralised": quoting.neutralise,
    "a form": _form,
    "headers": _headers,
}
COMMENTS = {"a comment", "commands of a comment", "a command"}


def seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    with contextlib.suppress(ValueError):
        read(text)
    return time.process_time() - started


def slow_units(read: Callable[[str], object], size: int, units: list[str] = UNITS) -> list[tuple[str, float]]:
    """Return the units of which four times as many take much more than four times as long."""
    return [(unit, ratio) for unit in units if (ratio := _growth(read, unit, size)) >= 9]


def _growth(read: Callable[[str], object], unit: str, size: int) -> float:
    large = unit * (size // len(unit))
    if seconds(read, large) < AT_ONCE:
        return 0.0
    small = unit * (size // 4 // len(unit))
    read(small)  # what is made once, and kept, is made
    return min(seconds(read, large) / max(seconds(read, small), AT_ONCE / 4) for _ in range(3))


@pytest.mark.parametrize("reader", READERS)
def test_four_times_the_text_takes_about_four_times_as_long(reader: str) -> None:
    assert slow_units(READERS[reader], LARGE_COMMENT if reader in COMMENTS else LARGE) == []


@pytest.mark.parametrize(
    ("read", "unit"),
    [
        (re.compile("-+>").search, "-"),
        (re.compile("<!--.*?-->", re.DOTALL).search, "<!--"),
    ],
)
def test_what_is_quadratic_is_noticed(read: Callable[[str], object], unit: str) -> None:
    assert slow_units(read, 16_000, [unit])


# Expressions

# "module:name" → why it needs no look here. All others are tried on every unit.
NOT_FROM_OUTSIDE = {
    "deploy.settings:": "an environment variable",
    "retention.names:_FIELD": "a setting",
    "retention.names:": "a setting",
    "setup.scaffold:": "the command line",
    "cli.site:found": "the project's own files",
    "cli.site:option": "the project's own files",
    "setup.migrating:_IN_QUERIES": "the project's own source",
    "setup.migrating:_IN_TESTS": "the project's own source",
    "conf:_ARMOUR": "a setting",
    "commands.registry:_NAME": "names of the project's commands",
    "comments.mentions:name": "made of a name that somebody is called, escaped; the reader `a comment`",
    "commands.grammar:needle": "made of the app's slug, escaped; the reader `commands of a comment`",
    "commands.grammar:": "made of the app's slug, escaped; the reader `commands of a comment`",
}
_ANCHORED = {"match", "fullmatch"}
_USES = ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")


def expressions() -> Iterator[str]:
    """Yield "module:name" of each regular expression in the package and the site."""
    for folder in ("src/django_github_app", "deploy"):
        base = ROOT / folder
        for path in base.rglob("*.py"):
            module = ".".join(path.relative_to(base).with_suffix("").parts)
            if module.startswith(("testing.", "migrations.")):
                continue
            prefix = "" if folder.startswith("src") else "deploy."
            yield from (f"{prefix}{module}:{name}" for name in _expressions_of(ast.parse(path.read_text())))


def _expressions_of(tree: ast.Module) -> Iterator[str]:
    named = {
        id(node.value): target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _USES
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
        ):
            yield named.get(id(node), "")


def _methods_called(module: str, name: str) -> set[str]:
    """Return which methods of an expression its module calls: those that begin at the start of a text, or any."""
    file = importlib.import_module(module).__file__
    assert file is not None
    calls = [node for node in ast.walk(ast.parse(Path(file).read_text())) if isinstance(node, ast.Attribute)]
    return {c.attr for c in calls if isinstance(c.value, ast.Name) and c.value.id == name} or {"elsewhere"}


ALL = sorted(set(expressions()) - set(NOT_FROM_OUTSIDE))


def test_the_list_names_what_is_there() -> None:
    assert set(NOT_FROM_OUTSIDE) <= set(expressions())
    assert len(ALL) > 25


@pytest.mark.parametrize("name", ALL)
def test_every_expression_of_the_code_takes_linear_time(name: str) -> None:
    module, _, attribute = name.partition(":")
    assert attribute, f"{module} has an expression without a name: give it one, or list it"
    full = module if module.startswith("deploy.") else f"django_github_app.{module}"
    pattern: re.Pattern[Any] = getattr(importlib.import_module(full), attribute)

    is_sought = not _methods_called(full, attribute) <= _ANCHORED

    def read(text: str) -> None:
        subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
        pattern.match(subject)
        pattern.fullmatch(subject)
        for _ in pattern.finditer(subject) if is_sought else ():
            pass

    assert slow_units(read, LARGE) == []


@pytest.mark.parametrize("unit", ["![", "*a", "@a"])
def test_the_longest_comment_that_github_accepts_is_read_in_a_moment(unit: str) -> None:
    text = f"@bot deploy {unit * (65_000 // len(unit))}"
    assert any(seconds(READERS["a command"], text) < 1.5 for _ in range(3))


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
