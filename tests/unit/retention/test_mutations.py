"""Archives that are damaged or forged: whoever reads one gets its events or ArchiveDamaged, in bounded memory."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import random
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zstandard

from django_github_app.bodies import folding, frames
from django_github_app.retention import format as archive_format
from django_github_app.retention.format import Digest, LineMarks, count_events, read_events, read_stamps
from django_github_app.retention.records import ArchiveDamaged, ArchiveFormat, Manifest
from django_github_app.retention.settling import Stamps
from django_github_app.retention.signing import is_signed
from tests.support.forged_archives import mutated_bytes
from tests.unit.retention.test_format import an_event, write

FILES = int(os.environ.get("FUZZ_ARCHIVES", "3000"))
SEED = int(os.environ.get("FUZZ_SEED", "14"))


def drained(read: Callable[..., Iterator[Any]]) -> Callable[..., None]:
    def drain(source: Any, format: ArchiveFormat) -> None:
        stamps = Stamps()
        for one in read(source, format, most=1_000_000):
            if read is read_stamps:
                try:
                    stamps.append(one)
                except (KeyError, OverflowError, TypeError):
                    return

    return drain


@pytest.mark.parametrize("read", [drained(read_events), drained(read_stamps), count_events])
def test_a_mutated_file_is_read_or_damaged_and_nothing_else(read: Callable[..., Any]) -> None:
    chance = random.Random(SEED)
    bodies = [b'{"a":1}', b"\xff\x00", b"payload=%7B", b"[\n]", b"[" * 200 + b"]" * 200]
    events = [an_event(number, chance.choice(bodies)) for number in range(1, 31)]
    whole = {one: write(events, one)[0] for one in ArchiveFormat}
    outcomes = dict.fromkeys(("read", "damaged"), 0)
    tracemalloc.start()
    try:
        for number in range(FILES):
            kind = list(ArchiveFormat)[number % 4]
            data = mutated_bytes(whole[kind], chance)
            try:
                read(io.BytesIO(data), kind)
                outcomes["read"] += 1
            except ArchiveDamaged:
                outcomes["damaged"] += 1
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()
    assert min(outcomes.values()) > FILES / 50


def test_a_mutated_manifest_is_read_or_damaged_and_never_signed() -> None:
    chance = random.Random(SEED)
    text = Manifest(
        path="a/b.jsonl", day=dt.date(2026, 3, 14), first_id=1, last_id=2, count=2, size=10, text_size=20,
        sha256="0" * 64, signature="f" * 64,
    ).to_json()  # fmt: skip
    for _ in range(FILES):
        with contextlib.suppress(ArchiveDamaged):
            assert not is_signed(Manifest.from_json(mutated_bytes(text, chance)))


@pytest.mark.parametrize("format", ArchiveFormat)
def test_nesting_deeper_than_any_stack_is_damage(format: ArchiveFormat) -> None:
    deep = b'{"id":1,"status":"done","received_at":"2026-01-01T00:00:00Z","payload":' + b"[" * 100_000
    packer = archive_format.Packer(format)
    data = packer.pack(deep + b"]" * 100_000 + b"}\n") + packer.finish()
    for read in (read_events, read_stamps):
        with pytest.raises(ArchiveDamaged, match="line 1"):
            list(read(io.BytesIO(data), format))
    with pytest.raises(ArchiveDamaged, match="manifest"):
        Manifest.from_json(b'{"path":' + b"[" * 60_000)


class Endless:
    """A file that never ends, of which nobody can keep what was read."""

    def __init__(self, start: bytes, block: bytes) -> None:
        self._start, self._block, self.size = start, block, 0

    def read(self, size: int = -1, /) -> bytes:
        data, self._start = self._start or self._block[:size], b""
        self.size += len(data)
        return data


EMPTY_BLOCK = zlib.compressobj(9, zlib.DEFLATED, 31)
GZIP_START = EMPTY_BLOCK.compress(b"") + EMPTY_BLOCK.flush(zlib.Z_FULL_FLUSH)
SKIPPED = b"\x50\x2a\x4d\x18\xf8\xff\x03\x00" + bytes(0x3FFF8)


@pytest.mark.parametrize(
    ("format", "start", "block"),
    [
        (ArchiveFormat.JSONL_GZ, write([an_event(1)], ArchiveFormat.JSONL_GZ)[0], bytes(256 * 1024)),
        (ArchiveFormat.JSONL_GZ, GZIP_START, b"\x00\x00\x00\xff\xff" * 50_000),
        (ArchiveFormat.JSONL_ZST, SKIPPED, SKIPPED),
        (ArchiveFormat.JSONL, b"", b"a" * 256 * 1024),
        (ArchiveFormat.JSON, b"", b"[\n" * 128 * 1024),
    ],
    ids=["behind the end", "empty blocks", "skipped frames", "one line", "many lines"],
)
def test_a_file_is_read_no_further_than_its_manifest_says(
    format: ArchiveFormat, start: bytes, block: bytes
) -> None:
    source = Endless(start, block)

    def read_all() -> None:
        digest = Digest(source, most=50_000_000)
        for _ in read_stamps(digest, format, most=1_000_000):
            pass
        digest.drain()

    tracemalloc.start()
    try:
        with pytest.raises(ArchiveDamaged, match=r"longer than|more than"):
            read_all()
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert source.size < 51_000_000


def test_a_frame_does_not_decide_how_much_memory_its_reader_needs() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = packed.compress(b"{}\n") + packed.flush()
    with pytest.raises(ArchiveDamaged, match="compressed data"):
        list(read_stamps(io.BytesIO(data), ArchiveFormat.JSONL_ZST))


def test_what_is_read_a_second_time_has_to_be_what_was_verified() -> None:
    events = [an_event(number, b'{"n":%d}' % number) for number in range(1, 6)]
    data, _ = write(events, ArchiveFormat.JSONL)
    marks = LineMarks()
    assert len(list(read_stamps(io.BytesIO(data), ArchiveFormat.JSONL, marks=marks))) == len(marks) == 5
    assert list(read_events(io.BytesIO(data), ArchiveFormat.JSONL, marks=marks)) == events
    lines = data.splitlines(keepends=True)
    for other in (data.replace(b'"n":3', b'"n":7'), b"".join(lines[:4]), data + lines[-1], b""):
        read: list[Any] = []
        with pytest.raises(ArchiveDamaged, match="came back"):
            read.extend(read_events(io.BytesIO(other), ArchiveFormat.JSONL, marks=marks))
        assert read == events[: len(read)]


# Stored forms


def test_a_stored_form_that_claims_too_much_is_refused_before_there_is_room_for_it() -> None:
    frame = zstandard.ZstdCompressor().compress(bytes(600_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(frames.TooLarge):
            frames.decompress(frame)
        with pytest.raises(frames.TooLarge):
            frames.decompress(frames.compress(b"a" * 1001), most=1000)
    finally:
        tracemalloc.stop()
    assert frames.decompress(frames.compress(b"a" * 1000), most=1000) == b"a" * 1000


def test_a_folded_body_does_not_unfold_into_more_than_there_may_be() -> None:
    with pytest.raises(OverflowError):
        folding.unfold(b'\0\1x"' * 1000, most=100_000)
    with pytest.raises(ValueError, match="not a folded body"):
        folding.unfold(b"\0\1" + b"x" * 301 + b'"')
    bomb = frames.FOLDED + zstandard.ZstdCompressor().compress(b'\0\1x"' * 1_000_000)
    with pytest.raises(frames.TooLarge):
        frames.decompress(bomb)
