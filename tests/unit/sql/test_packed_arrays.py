"""PostgreSQL's binary arrays are packed as psycopg packs them, and read by it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from django.db import DataError
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import Format

from django_github_app.sql.packed_arrays import PackedArray, pack

MOMENT = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
BEFORE = dt.datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)

CASES: list[tuple[str, list[Any]]] = [
    ("bigint", [0, 1, -1, 2**63 - 1, -(2**63), None]),
    ("boolean", [True, False, None]),
    ("bytea", [b"", b"\x00\xff", None]),
    ("double precision", [0.0, 1.5, -1e300, None]),
    ("integer", [2**31 - 1, -(2**31)]),
    ("smallint", [2**15 - 1, -(2**15), None]),
    ("text", ["", "ünïcödé 🦀", None]),
    ("timestamptz", [MOMENT, BEFORE, None]),
]
NUMBERS = {
    "bigint": "int8",
    "boolean": "bool",
    "bytea": "bytea",
    "double precision": "float8",
    "integer": "int4",
    "smallint": "int2",
    "text": "text",
    "timestamptz": "timestamptz",
}


def read(packed: PackedArray, element: str) -> list[Any]:
    """Read an array as psycopg reads what PostgreSQL sends."""
    info = psycopg.adapters.types[NUMBERS[element]]
    loader = Transformer().get_loader(info.array_oid, Format.BINARY)
    return [bytes(one) if isinstance(one, memoryview) else one for one in loader.load(packed.data)]


@pytest.mark.parametrize(("element", "values"), CASES, ids=[name for name, _ in CASES])
def test_what_is_packed_is_read_as_it_was(element: str, values: list[Any]) -> None:
    packed = pack(values, element)
    assert isinstance(packed, PackedArray)
    assert read(packed, element) == values
    empty = pack([], element)
    assert isinstance(empty, PackedArray)
    assert read(empty, element) == []


def test_texts_that_repeat_are_packed_the_same() -> None:
    once, again = (pack(["a", "b", "a"], "text", repeats=repeats) for repeats in (False, True))
    assert isinstance(once, PackedArray)
    assert isinstance(again, PackedArray)
    assert once.data == again.data


def test_a_type_that_is_not_known_is_left_to_psycopg() -> None:
    assert pack((1, 2), "numeric") == [1, 2]


@pytest.mark.parametrize(
    ("element", "value"),
    [("bigint", 2**63), ("smallint", 2**15), ("integer", "7"), ("text", "\ud800")],
)
def test_what_the_type_cannot_hold_is_an_error_of_the_data(element: str, value: Any) -> None:
    with pytest.raises(DataError, match=f"not a {element}"):
        pack([value], element)


def test_it_is_sent_as_it_is() -> None:
    packed = pack([1], "bigint")
    dumper = Transformer().get_dumper(packed, PyFormat.BINARY)
    assert isinstance(packed, PackedArray)
    assert dumper.dump(packed) == packed.data
