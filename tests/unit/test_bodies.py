"""The stored form of a body: exact bytes in, exact bytes out, from any number of threads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from django_github_app import bodies
from django_github_app.testing import payloads


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=5000))
def test_any_bytes_come_back(body: bytes) -> None:
    assert bodies.decompress(bodies.compress(body)) == body
    assert bodies.decompress(memoryview(bodies.compress(body))) == body


def test_the_frame_says_how_large_it_is_and_carries_a_checksum() -> None:
    frame = bodies.compress(b"x" * 100_000)
    parameters = zstandard.get_frame_parameters(frame)
    assert (parameters.content_size, parameters.has_checksum) == (100_000, True)
    assert len(frame) < 100


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_frame_is_an_error_and_no_other_body(damage: str) -> None:
    frame = bytearray(bodies.compress(json.dumps(payloads.build("push")).encode()))
    match damage:
        case "cut":
            frame = frame[:-5]
        case "flipped":
            frame[-1] ^= 1
        case "empty":
            frame = bytearray()
        case "text":
            frame = bytearray(b"{}")
    with pytest.raises(zstandard.ZstdError):
        bodies.decompress(bytes(frame))


def test_a_frame_that_claims_too_much_is_refused_before_memory_is_taken() -> None:
    # Magic number, single segment with an 8-byte size, one raw last block: a terabyte, it says.
    frame = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"
    with pytest.raises((zstandard.ZstdError, MemoryError)):
        bodies.decompress(frame)


def test_threads_do_not_share_what_zstd_cannot_share() -> None:
    texts = [json.dumps({"n": n, "text": "abc" * n}).encode() for n in range(400)]

    def round_trip(text: bytes) -> bool:
        return all(bodies.decompress(bodies.compress(text)) == text for _ in range(5))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(round_trip, texts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}', {"a": 1}),
        ('{"a":"\\u0000\\ud800"}', {"a": "\x00\ud800"}),
        ('{"a":1e400}', {"a": float("inf")}),
        ('{"a":1,"a":2}', {"a": 2}),
        ("\ufeff{}", {}),
    ],
)
def test_a_payload_is_decoded_as_python_decodes_it(text: str, expected: Any) -> None:
    assert bodies.decode(text.encode("utf-8")) == expected


@pytest.mark.parametrize("digits", [4000, 4001, 4300, 4301, 20_000])
def test_an_integer_that_python_will_not_convert_keeps_its_value(digits: int) -> None:
    number = "-" + "7" * digits
    value = bodies.decode(b'{"n":%b,"small":12}' % number.encode())
    assert isinstance(value["n"], int | Decimal)
    assert Decimal(value["n"]) == Decimal(number)
    assert value["small"] == 12


def test_the_payload_of_a_form_is_decoded_from_its_field() -> None:
    body = b"x=1&payload=%7B%22a%22%3A%22b+c%26d%22%7D"
    assert bodies.json_text(body, form_encoded=True) == b'{"a":"b c&d"}'
    assert bodies.decode(body, form_encoded=True) == {"a": "b c&d"}


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"\xff"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError and JSONDecodeError have only this in common
        bodies.decode(body)
