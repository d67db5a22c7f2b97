"""The archive file format: one JSON object per event, written and read as a stream.

A file is a ``.json`` array or ``.jsonl`` lines, plain or compressed (``.jsonl.gz``, ``.jsonl.zst``). In all
of them every event stands on a line of its own. Its keys are the columns of `EventLog`, and the body is kept
to the byte under one of three:

``payload``      the body itself, verbatim, when it is JSON on one line; this is what GitHub sends
``body_text``    a string, when the body is other UTF-8 text: a form, or JSON with line breaks
``body_base64``  everything else

The same events give the same bytes, so a file that is written again after a crash is the same file.
"""

from __future__ import annotations

import hashlib
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import msgspec
import zstandard

from django_github_app.conf import app_settings

from .records import EXTRA_DEPTH, ArchiveDamaged, ArchivedEvent, ArchiveFormat, Stamp

__all__ = [
    "ArchiveWriter",
    "Digest",
    "LineMarks",
    "Packer",
    "Readable",
    "count_events",
    "longest_body",
    "longest_line",
    "read_events",
    "read_stamps",
]

# Level 3 makes files 6 % smaller in half as much time again.
ZSTD_LEVEL = 1


GZIP_LEVEL = 6


BLOCK = 256 * 1024


# What `ArchiveWriter` hands on at once: large enough that threads seldom wait for each other's turn.
TEXT_BLOCK = 512 * 1024


# What a row has beside its body, and how much longer a body may be as JSON text in a line: a body that gets in is
# JSON or a form, of which at most every byte has to be escaped by another one.
MAX_LINE_BESIDE_BODY = 32 * 1024 * 1024
MAX_LINE_PER_BYTE = 4


# What a decompressor may need to look back at. A frame says itself how much that is, up to 128 MiB without this; ours
# say half a MiB, and 8 MiB is what RFC 8878 asks every reader to support.
MAX_ZSTD_WINDOW = 8 * 1024 * 1024


MARK_BYTES = 16


T = TypeVar("T")


_event = msgspec.json.Decoder(ArchivedEvent)


_stamp = msgspec.json.Decoder(Stamp)


_encoder = msgspec.json.Encoder()


class ArchiveWriter:
    """Turn events into the text of a file, in memory that does not grow with their number.

    ``write`` and ``close`` return bytes for a `Packer`, often none. ``count``, ``first_id``, ``last_id`` and
    ``text_size`` describe what was written so far.
    """

    def __init__(self, format: ArchiveFormat) -> None:
        self.format = format
        self.count = self.text_size = 0
        self.first_id: int | None = None
        self.last_id: int | None = None
        self._pending: list[bytes] = []
        self._pending_size = 0

    def write(self, event: ArchivedEvent) -> bytes:
        """Append an event. Raises ValueError when its id is not higher than the one before."""
        if self.last_id is not None and event.id <= self.last_id:
            raise ValueError(f"event {event.id} after event {self.last_id}: ids must ascend")
        line = _encoder.encode(event)
        if self.first_id is None:
            self.first_id = event.id
            opening = b"[\n" if self.format is ArchiveFormat.JSON else b""
        else:
            opening = b",\n" if self.format is ArchiveFormat.JSON else b"\n"
        self.last_id = event.id
        self.count += 1
        self._append(opening)
        self._append(line)
        return self._take() if self._pending_size >= TEXT_BLOCK else b""

    def close(self) -> bytes:
        """Return the end of the text."""
        self._append(b"\n]\n" if self.format is ArchiveFormat.JSON else b"\n")
        return self._take()

    def _append(self, text: bytes) -> None:
        self._pending.append(text)
        self._pending_size += len(text)
        self.text_size += len(text)

    def _take(self) -> bytes:
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_size = 0
        return data


class Packer:
    """Compress the text of a file, and note ``size`` and ``sha256`` of what comes out.

    Apart from `ArchiveWriter`, so that another thread can do it.
    """

    def __init__(self, format: ArchiveFormat) -> None:
        self.size = 0
        self._digest = hashlib.sha256()
        self._compress, self._flush = _compressor(format)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def pack(self, text: bytes) -> bytes:
        return self._note(self._compress(text))

    def finish(self) -> bytes:
        """Return the end of the file."""
        return self._note(self._flush())

    def _note(self, data: bytes) -> bytes:
        self._digest.update(data)
        self.size += len(data)
        return data


def _compressor(format: ArchiveFormat) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    match format:
        case ArchiveFormat.JSONL_GZ:
            gzip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)  # a header without time or name
            return gzip.compress, gzip.flush
        case ArchiveFormat.JSONL_ZST:
            # One compressor per file: a ZstdCompressor that two threads share crashes the process.
            zstd = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compressobj()
            return zstd.compress, zstd.flush
        case _:
            return lambda data: data, lambda: b""


class Readable(Protocol):
    """An open binary file: all that reading needs."""

    def read(self, size: int = ..., /) -> bytes: ...


class Digest:
    """Pass reads through, and add up the size and SHA-256 of what was read; ``told`` is called for each.

    ``most``: bytes that there may be; reading on raises ArchiveDamaged.
    """

    def __init__(
        self, source: Readable, told: Callable[[], None] = lambda: None, *, most: int | None = None
    ) -> None:
        self._source = source
        self._told = told
        self._most = most
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self._sha256.update(data)
        self.size += len(data)
        self._told()
        if self._most is not None and self.size > self._most:
            raise ArchiveDamaged(f"it is longer than the {self._most} bytes of its manifest")
        return data

    def drain(self) -> None:
        """Read to the end, whatever the content."""
        while self.read(BLOCK):
            pass


class LineMarks:
    """A few bytes for each line of a file, noted when it was verified: the same lines have to come again.

    The store is asked a second time for what is restored, and may answer something else: by a fault, or because
    somebody has written to it meanwhile.
    """

    def __init__(self) -> None:
        self._marks = bytearray()

    def __len__(self) -> int:
        return len(self._marks) // MARK_BYTES

    def note(self, line: bytes) -> None:
        """Note the next line."""
        self._marks += _mark(line)

    def checked(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the lines as long as they are those that were noted. Raises ArchiveDamaged."""
        start = 0
        for line in lines:
            if self._marks[start : start + MARK_BYTES] != _mark(line):
                raise ArchiveDamaged("it came back from the store different from when it was verified")
            start += MARK_BYTES
            yield line
        if start < len(self._marks):
            raise ArchiveDamaged("it came back from the store shorter than when it was verified")


def _mark(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=MARK_BYTES).digest()


def read_events(
    source: Readable, format: ArchiveFormat, *, most: int | None = None, marks: LineMarks | None = None
) -> Iterator[ArchivedEvent]:
    """Yield the events of an archive file. Raises ArchiveDamaged at the line that is not one.

    ``most``: bytes of text that it may have after decompression; None: any number. ``marks``: of the lines that it
    had when it was verified.
    """
    lines = _text_lines(source, format, most)
    return _decoded(lines if marks is None else marks.checked(lines), format, _event)


def read_stamps(
    source: Readable, format: ArchiveFormat, *, most: int | None = None, marks: LineMarks | None = None
) -> Iterator[Stamp]:
    """Yield who the events are, every line checked to be one. Raises ArchiveDamaged like `read_events`.

    ``marks`` notes the lines.
    """
    lines = _text_lines(source, format, most)
    return _decoded(lines if marks is None else _noted(lines, marks), format, _stamp)


def _noted(lines: Iterator[bytes], marks: LineMarks) -> Iterator[bytes]:
    for line in lines:
        marks.note(line)
        yield line


def count_events(source: Readable, format: ArchiveFormat) -> int:
    """Return how many events a file holds, by its lines: for a file whose hash says that it is ours."""
    lines = 0
    last = b""
    for block in _plain_text(source, format):
        # Six times as fast as bytes.count, which looks at each byte by itself (CPython 3.11), for lines of 10 KB.
        end = block.find(b"\n")
        while end >= 0:
            lines += 1
            end = block.find(b"\n", end + 1)
        last = block[-1:] or last
    if last != b"\n":
        raise ArchiveDamaged("the file is cut short: its last line has no end")
    return lines - 2 if format is ArchiveFormat.JSON else lines


def _text_lines(source: Readable, format: ArchiveFormat, most: int | None) -> Iterator[bytes]:
    return _lines(_bounded(_plain_text(source, format), most))


def _decoded(lines: Iterator[bytes], format: ArchiveFormat, decoder: msgspec.json.Decoder[T]) -> Iterator[T]:
    last_id = -(2**63)
    for number, line in enumerate(lines, 1):
        if format is ArchiveFormat.JSON:
            if line in (b"[", b"]"):
                continue
            text = line.removesuffix(b",")
        else:
            text = line
        try:
            event: Any = _decode(decoder, text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ArchiveDamaged(f"line {number} is not an archived event: {error}") from error
        if not abs(event.id) < 2**63:
            raise ArchiveDamaged(f"line {number} has an id that no row has")
        if event.id <= last_id:
            raise ArchiveDamaged(f"line {number}: event {event.id} follows event {last_id}")
        last_id = event.id
        yield event


def _decode(decoder: msgspec.json.Decoder[T], text: bytes) -> T:
    try:
        return decoder.decode(text)
    except RecursionError:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(limit + EXTRA_DEPTH)
        try:
            return decoder.decode(text)
        finally:
            sys.setrecursionlimit(limit)


def _bounded(blocks: Iterator[bytes], most: int | None) -> Iterator[bytes]:
    """Pass blocks on until there are more bytes than there may be: a few KB can be compressed from gigabytes."""
    size = 0
    for block in blocks:
        size += len(block)
        if most is not None and size > most:
            raise ArchiveDamaged(f"it holds more than the {most} bytes of text of its manifest")
        yield block


def longest_body() -> int:
    """Return how many bytes the body of an archived event may have: the setting may have been higher before."""
    return max(app_settings.MAX_BODY_BYTES, type(app_settings).MAX_BODY_BYTES)


def longest_line() -> int:
    """Return how many bytes a line of an archive may have: more than any event takes."""
    return MAX_LINE_PER_BYTE * longest_body() + MAX_LINE_BESIDE_BODY


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    length = 0
    longest = longest_line()
    for block in blocks:
        if b"\n" not in block:
            rest.append(block)
            length += len(block)
            if length > longest:
                raise ArchiveDamaged(
                    f"a line is longer than {longest} bytes, more than an event takes with this MAX_BODY_BYTES"
                )
            continue
        first, *others = block.split(b"\n")
        rest.append(first)
        yield b"".join(rest)
        yield from others[:-1]
        rest, length = [others[-1]], len(others[-1])
    if any(rest):
        raise ArchiveDamaged("the file is cut short: its last line has no end")


def _plain_text(source: Readable, format: ArchiveFormat) -> Iterator[bytes]:
    try:
        match format:
            case ArchiveFormat.JSONL_GZ:
                yield from _gunzip(source)
            case ArchiveFormat.JSONL_ZST:
                zstd = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
                with zstd.stream_reader(source, read_size=BLOCK) as reader:  # type: ignore[arg-type]  # it only calls read
                    while block := reader.read(BLOCK):
                        yield block
            case _:
                while block := source.read(BLOCK):
                    yield block
    except (zstandard.ZstdError, zlib.error) as error:
        raise ArchiveDamaged(f"the compressed data are damaged: {error}") from error


def _gunzip(source: Readable) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(31)
    while not decompressor.eof and (data := source.read(BLOCK)):
        while data:
            yield decompressor.decompress(data, BLOCK)
            data = decompressor.unconsumed_tail
    yield decompressor.flush()
    if not decompressor.eof:
        raise ArchiveDamaged("the compressed data are cut short")
