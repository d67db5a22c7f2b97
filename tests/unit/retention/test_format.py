"""The archive format: what goes in comes out, byte for byte, and damage does not go unnoticed."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import sys
from dataclasses import dataclass

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from django_github_app.retention.format import (
    ArchiveWriter,
    Digest,
    Packer,
    count_events,
    read_events,
    read_stamps,
)
from django_github_app.retention.records import (
    ArchiveDamaged,
    ArchivedEvent,
    ArchivedRun,
    ArchiveFormat,
)

NOON = dt.datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=dt.UTC)
BODIES = [
    b'{"action":"opened","number":1}',
    b'{"a":1,"a":2, "big":1e400,"int":12345678901234567890123}',
    rb'{"nul":"\u0000","lone":"\ud800"}',
    '{"emoji":"🦀 é \u2028"}'.encode(),
    b' {"leading":"space"}',
    b'{"line":\n"break"}\n',
    b'{"carriage":\r"return"}',
    b"payload=%7B%22a%22%3A1%7D",
    b'{"latin":"\xff"}',
    b"\x00\x01\x02",
    b"",
    b"null",
    b"1],[1",
    b"\xef\xbb\xbf{}",
    b"[" * 150 + b"]" * 150,
    b"[" * 900 + b"]" * 900,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"x":"' + b"y" * 1_000_000 + b'"}',
]


def an_event(id: int = 1, body: bytes | None = b'{"a":1}', **values: object) -> ArchivedEvent:
    event = ArchivedEvent(id=id, status="done", received_at=NOON, **values)  # type: ignore[arg-type]
    event.body = body
    return event


@dataclass
class Written:
    writer: ArchiveWriter
    packer: Packer


def write(events: list[ArchivedEvent], format: ArchiveFormat) -> tuple[bytes, Written]:
    writer, packer = ArchiveWriter(format), Packer(format)
    blocks = [packer.pack(writer.write(event)) for event in events]
    return b"".join([*blocks, packer.pack(writer.close()), packer.finish()]), Written(writer, packer)


@pytest.mark.parametrize("format", ArchiveFormat)
def test_every_body_comes_back_to_the_byte(format: ArchiveFormat) -> None:
    events = [an_event(number, body) for number, body in enumerate([*BODIES, None], 1)]
    data, _ = write(events, format)
    assert [event.body for event in read_events(io.BytesIO(data), format)] == [*BODIES, None]


@pytest.mark.parametrize("format", ArchiveFormat)
@settings(max_examples=60, deadline=None)
@given(bodies=st.lists(st.binary() | st.text().map(str.encode), min_size=1, max_size=5))
def test_any_bytes_come_back_to_the_byte(format: ArchiveFormat, bodies: list[bytes]) -> None:
    data, _ = write([an_event(number, body) for number, body in enumerate(bodies)], format)
    assert [event.body for event in read_events(io.BytesIO(data), format)] == bodies


@given(value=st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_the_text_of_an_old_json_column_comes_back(value: object) -> None:
    event = an_event(body=None)
    event.legacy = text = json.dumps(value)
    data, _ = write([event], ArchiveFormat.JSONL)
    (read,) = read_events(io.BytesIO(data), ArchiveFormat.JSONL)
    assert (read.legacy, read.body) == (text, None)


def test_columns_and_runs_come_back() -> None:
    run = ArchivedRun(
        id=7,
        kind="command",
        handler="app.handlers.label",
        position=12,
        status="dead",
        attempts=5,
        started_at=NOON,
        duration_ms=1.25,
        next_attempt_at=NOON,
        error="boom 🦀",
        traceback="Traceback\n  line",
        command="label",
        arguments="+A -B",
        actor="octocat",
        tries='[{"error": "boom"}]',
    )
    event = an_event(
        2**62,
        attempts=3,
        finished_at=NOON,
        event="issue_comment",
        action="created",
        delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
        hook_id=1,
        target_id=2,
        installation_id=3,
        repository_id=4,
        repository="octo/hello",
        sender="octocat",
        number=5,
        worker_type="async",
        lane=-6,
        lost_leases=1,
        lease_expires_at=NOON,
        next_attempt_at=NOON,
        published_at=NOON,
        restored_at=NOON,
        form_encoded=True,
        runs=[run],
    )
    data, _ = write([event], ArchiveFormat.JSONL_ZST)
    assert list(read_events(io.BytesIO(data), ArchiveFormat.JSONL_ZST)) == [event]


def test_a_body_that_can_be_read_while_writing_can_be_read_deep_in_a_stack() -> None:
    body = b"[" * 700 + b"]" * 700
    data, _ = write([an_event(1, body)], ArchiveFormat.JSONL)

    def deeper(levels: int) -> bytes | None:
        if levels:
            return deeper(levels - 1)
        return next(read_events(io.BytesIO(data), ArchiveFormat.JSONL)).body

    limit = sys.getrecursionlimit()
    assert deeper(600) == body
    assert sys.getrecursionlimit() == limit


def test_other_programs_can_read_the_files() -> None:
    events = [an_event(1), an_event(2, b'{"b":2}')]
    expected = [{"a": 1}, {"b": 2}]
    array, _ = write(events, ArchiveFormat.JSON)
    lines, _ = write(events, ArchiveFormat.JSONL)
    gzipped, _ = write(events, ArchiveFormat.JSONL_GZ)
    zst, _ = write(events, ArchiveFormat.JSONL_ZST)
    assert [event["payload"] for event in json.loads(array)] == expected
    assert [json.loads(line)["payload"] for line in lines.splitlines()] == expected
    assert gzip.decompress(gzipped) == lines
    assert zstandard.ZstdDecompressor().stream_reader(zst).read() == lines


@pytest.mark.parametrize("format", ArchiveFormat)
def test_the_same_events_give_the_same_file_and_the_writer_says_what_it_wrote(format: ArchiveFormat) -> None:
    events = [an_event(number, b'{"n":%d}' % number) for number in range(5, 20_000, 3)]
    data, written = write(events, format)
    writer, packer = written.writer, written.packer
    again, _ = write(events, format)
    assert data == again
    assert (writer.count, writer.first_id, writer.last_id) == (len(events), 5, events[-1].id)
    assert (packer.size, packer.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    plain, _ = write(events, ArchiveFormat.JSONL)
    assert format is ArchiveFormat.JSON or writer.text_size == len(plain)


@pytest.mark.parametrize("format", ArchiveFormat)
def test_a_digest_sees_the_whole_file_while_it_is_read(format: ArchiveFormat) -> None:
    data, written = write([an_event(number) for number in range(1, 3000)], format)
    for count in (count_events, lambda *source: sum(1 for _ in read_stamps(*source))):
        digest = Digest(io.BytesIO(data))
        assert count(digest, format) == 2999
        digest.drain()
        assert (digest.size, digest.sha256) == (len(data), written.packer.sha256)


@pytest.mark.parametrize("format", [ArchiveFormat.JSONL, ArchiveFormat.JSONL_GZ, ArchiveFormat.JSON])
def test_a_file_cut_inside_a_line_is_damaged(format: ArchiveFormat) -> None:
    data, _ = write([an_event(number) for number in range(1, 3000)], format)
    with pytest.raises(ArchiveDamaged):
        list(read_events(io.BytesIO(data[: len(data) * 2 // 3 + 5]), format))
    with pytest.raises(ArchiveDamaged):
        count_events(io.BytesIO(data[: len(data) * 2 // 3 + 5]), format)


@pytest.mark.parametrize("format", [ArchiveFormat.JSONL_GZ, ArchiveFormat.JSONL_ZST])
def test_an_altered_compressed_file_is_damaged(format: ArchiveFormat) -> None:
    data, _ = write([an_event(number) for number in range(1, 3000)], format)
    altered = bytearray(data)
    altered[len(data) // 2] ^= 0xFF
    with pytest.raises(ArchiveDamaged):
        list(read_events(io.BytesIO(bytes(altered)), format))


@pytest.mark.parametrize(
    "text", [b"not json\n", b'{"id":1}\n', b"[]\n", b'{"id":1,"status":"done","received_at":"x"}\n']
)
def test_a_line_that_is_no_event_is_named(text: bytes) -> None:
    with pytest.raises(ArchiveDamaged, match="line 1"):
        list(read_events(io.BytesIO(text), ArchiveFormat.JSONL))


def test_ids_must_ascend() -> None:
    writer = ArchiveWriter(ArchiveFormat.JSONL)
    writer.write(an_event(5))
    with pytest.raises(ValueError, match="ascend"):
        writer.write(an_event(5))
    one, _ = write([an_event(5)], ArchiveFormat.JSONL)
    with pytest.raises(ArchiveDamaged, match="follows"):
        list(read_stamps(io.BytesIO(one + one), ArchiveFormat.JSONL))
