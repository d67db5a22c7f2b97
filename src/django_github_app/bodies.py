"""The stored form of a delivery's body: its exact bytes in one zstd frame."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import zstandard

LEVEL = 3
# A frame that claims more than this is not one of ours (the view's cap is far below).
MAX_DECODED_BYTES = 512 * 1024 * 1024
MAX_INT_DIGITS = 4000

_local = threading.local()


def compress(body: bytes) -> bytes:
    """Return ``body`` as one zstd frame that carries its size and a checksum."""
    # One compressor per thread: a ZstdCompressor that two threads share crashes the process.
    try:
        compressor: zstandard.ZstdCompressor = _local.compressor
    except AttributeError:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    return compressor.compress(body)


def decompress(frame: bytes | memoryview) -> bytes:
    """Return the bytes given to `compress`. Raises `zstandard.ZstdError` for a damaged frame."""
    try:
        decompressor: zstandard.ZstdDecompressor = _local.decompressor
    except AttributeError:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(frame, max_output_size=MAX_DECODED_BYTES)


def json_text(body: bytes, *, form_encoded: bool) -> bytes:
    """Return the JSON text of a body as GitHub sent it: itself, or the ``payload`` field of a form."""
    if not form_encoded:
        return body
    fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=16)
    return fields["payload"][0].encode("utf-8")


def decode(body: bytes, *, form_encoded: bool = False) -> Any:
    """Return the decoded payload. Raises ValueError when it is not JSON."""
    text = json_text(body, form_encoded=form_encoded)
    try:
        return json.loads(text)
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits; as a Decimal their value is kept.
        return json.loads(text, parse_int=_any_int)


def _any_int(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= MAX_INT_DIGITS else Decimal(digits)
