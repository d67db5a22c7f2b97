"""The keys of log lines are API: docs/architecture.md lists them all, and the texts carry no values."""

from __future__ import annotations

import ast

import pytest

from tests.support.log_keys import (
    keys_in_docs,
    keys_in_source,
    keys_of,
    lines_with_values_in_their_text,
)
from tests.support.source import modules

# What a record has of its own: logging raises KeyError for an ``extra`` of one of these names.
TAKEN = {
    "name",
    "msg",
    "args",
    "message",
    "module",
    "thread",
    "process",
    "filename",
    "lineno",
    "created",
    "asctime",
}


def test_the_page_lists_the_keys_that_lines_carry_and_no_other() -> None:
    source, docs = keys_in_source(), keys_in_docs()
    undocumented = {key: modules for key, modules in source.items() if key not in docs}
    assert undocumented == {}, "list the key in docs/architecture.md, or use one that is there"
    assert docs - source.keys() == set(), "docs/architecture.md lists a key that no line carries"


def test_no_key_is_one_that_every_record_has() -> None:
    assert keys_in_source().keys() & TAKEN == set()


def test_the_text_of_a_line_is_the_same_each_time() -> None:
    # The sample handlers' notes are texts of the project's own.
    varying = {
        f"{name}:{line}"
        for name, tree in modules("worker", "deploy").items()
        if name != "worker/notes.py"
        for line in lines_with_values_in_their_text(tree)
    }
    assert varying == set()


@pytest.mark.parametrize(
    "code",
    [
        "logger.info('a', extra={'x': 1, 'y': 2})",
        "def f():\n    fields = {'x': 1}\n    fields['y'] = 2\n    logger.info('a', extra=fields)",
        "base = {'x': 1}\ndef f():\n    logger.info('a', extra={**base, 'y': 2})",
        "def f(z):\n    logger.info('a', extra={'x': 1} if z else {'y': 2})",
        "def f():\n    logger.info('a', extra={'x': 1} | {'y': 2})",
    ],
)
def test_keys_are_read_however_they_are_written(code: str) -> None:
    assert set(keys_of(ast.parse(code))) == {"x", "y"}


def test_keys_that_cannot_be_read_are_refused_and_not_passed_over() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        list(keys_of(ast.parse("def f(given):\n    logger.info('a', extra=given)")))


@pytest.mark.parametrize(
    "code", ["logger.info('job %s', pk)", "logger.info(f'job {pk}')", "logger.info('a' + b)"]
)
def test_a_value_in_the_text_is_found(code: str) -> None:
    assert list(lines_with_values_in_their_text(ast.parse(code))) == [1]
