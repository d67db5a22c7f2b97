"""The stored form of a delivery's body: a zstd frame from which its exact bytes come back.

Webhook bodies have little text of their own: most of one is the same keys and links as in every other. The links are
said once (`folding`), and a dictionary of the rest halves what is stored again. A folded body's frame has one byte
before it, which no frame begins with. A frame names the dictionary it needs by number; one that was ever used is kept
for reading (`BODY_DICTIONARIES`, and those in ``dictionaries/``, of which none is ever removed). Frames without one
are readable as before.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
import zstandard

from django_github_app.errors import DictionaryMissing

from .folding import fold, unfold

LEVEL = 3
# A frame that claims more than this is not one of ours (the view's cap is far below).
MAX_DECODED_BYTES = 512 * 1024 * 1024
MAX_INT_DIGITS = 4000
FOLDED: Final = b"\x01"
_decode = msgspec.json.Decoder().decode

DIRECTORY: Final = Path(__file__).parent / "dictionaries"
SHIPPED: Final = ("github-2.zstdict", "github-1.zstdict")
"""Dictionaries of this package, the one that is written with first."""


class _Dictionaries:
    """Dictionary id → dictionary; ``writing`` is the one that new frames use."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.by_id: dict[int, zstandard.ZstdCompressionDict] = {}
        self.writing: zstandard.ZstdCompressionDict | None = None
        for path in paths:
            dictionary = zstandard.ZstdCompressionDict(
                path.read_bytes(), dict_type=zstandard.DICT_TYPE_FULLDICT
            )
            # Both sides of a dictionary are prepared on first use; here no other thread can be in the middle of it.
            dictionary.precompute_compress(level=LEVEL)
            frame = zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary).compress(b"{}")
            zstandard.ZstdDecompressor(dict_data=dictionary).decompress(frame)
            if self.writing is None:
                self.writing = dictionary
            self.by_id.setdefault(dictionary.dict_id(), dictionary)


class _Codecs(threading.local):
    """Compressor and decompressors of one thread: one that two threads share crashes the process."""

    def __init__(self) -> None:
        self.dictionaries: _Dictionaries | None = None
        self.compressor: zstandard.ZstdCompressor
        self.decompressors: dict[int, zstandard.ZstdDecompressor]


_lock = threading.Lock()
_dictionaries: _Dictionaries | None = None
_codecs = _Codecs()


def use_dictionaries(paths: Iterable[str | Path]) -> None:
    """Write new frames with the first dictionary of ``paths``; read frames of all, and of those that ship.

    Without any, the package's own is written with. Raises OSError and `zstandard.ZstdError` for files that are none.
    """
    global _dictionaries
    found = _Dictionaries([*map(Path, paths), *(DIRECTORY / name for name in SHIPPED)])
    with _lock:
        _dictionaries = found


def _ready() -> _Codecs:
    global _dictionaries
    if _dictionaries is None:
        with _lock:
            if _dictionaries is None:
                _dictionaries = _Dictionaries(DIRECTORY / name for name in SHIPPED)
    if _codecs.dictionaries is not _dictionaries:
        _codecs.dictionaries = _dictionaries
        _codecs.compressor = zstandard.ZstdCompressor(
            level=LEVEL, dict_data=_dictionaries.writing, write_checksum=True
        )
        _codecs.decompressors = {0: zstandard.ZstdDecompressor()}
    return _codecs


def compress(body: bytes) -> bytes:
    """Return the stored form of ``body``: a frame that carries its size, a checksum and the id of its dictionary."""
    folded = fold(body)
    if folded is body:
        return _ready().compressor.compress(body)
    return FOLDED + _ready().compressor.compress(folded)


def compress_all(bodies: Sequence[bytes]) -> list[bytes]:
    """Return the stored form of each body; most of the work is one step during which other threads run."""
    at_once = getattr(
        _ready().compressor, "multi_compress_to_buffer", None
    )  # zstandard has it in its C form only
    folded = [fold(body) for body in bodies]
    if at_once is None or not folded or not all(folded):  # nor does it take an empty body
        return [compress(body) for body in bodies]
    frames = at_once(folded, threads=0)
    return [
        frame.tobytes() if short is body else FOLDED + frame.tobytes()
        for frame, short, body in zip(frames, folded, bodies, strict=True)
    ]


class TooLarge(zstandard.ZstdError):
    """A frame claims to hold more than any body has."""


def decompress(stored: bytes | memoryview, *, most: int = MAX_DECODED_BYTES) -> bytes:
    """Return the bytes given to `compress`.

    Raises `zstandard.ZstdError` for a damaged frame; and `TooLarge` and `DictionaryMissing`, which are such errors,
    for one of more than ``most`` bytes, and for one whose dictionary is not known.
    """
    if stored[:1] != FOLDED:
        return _decompress(stored, most)
    folded = _decompress(stored[1:], most)
    try:
        return unfold(folded, most=most)
    except OverflowError as error:
        raise TooLarge(str(error)) from error
    except ValueError as error:
        raise zstandard.ZstdError(str(error)) from error


def _decompress(frame: bytes | memoryview, most: int) -> bytes:
    codecs = _ready()
    parameters = zstandard.get_frame_parameters(frame)
    # zstandard makes room for what a frame claims before it reads it, whatever it is told of the most.
    if zstandard.CONTENTSIZE_UNKNOWN != parameters.content_size > most:
        raise TooLarge(f"a frame claims to hold {parameters.content_size} bytes")
    number = parameters.dict_id
    decompressor = codecs.decompressors.get(number)
    if decompressor is None:
        assert codecs.dictionaries is not None  # noqa: S101 - _ready() saw to it
        dictionary = codecs.dictionaries.by_id.get(number)
        if dictionary is None:
            raise DictionaryMissing(number)
        decompressor = codecs.decompressors[number] = zstandard.ZstdDecompressor(dict_data=dictionary)
    return decompressor.decompress(frame, max_output_size=most)


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
        return _decode(text)
    except (msgspec.MsgspecError, RecursionError):
        pass  # lone surrogates, NaN, 1e400, a byte order mark, or no JSON at all
    try:
        return json.loads(text)
    except ValueError:
        # Python refuses to convert integers of more than 4,300 digits; as a Decimal their value is kept.
        return json.loads(text, parse_int=_any_int)


def _any_int(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= MAX_INT_DIGITS else Decimal(digits)
