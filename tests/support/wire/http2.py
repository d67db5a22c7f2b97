"""Mutated webhook requests in cleartext HTTP/2: frames written by hand, headers packed by hpack."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count as numbers
from typing import Any

import hpack

from tests.support.mutations import Mutated, faultless, mistake, unique

from . import FAULTLESS_EACH, Wired

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED = 0x1, 0x4, 0x8
Header = tuple[bytes, bytes]
FRAME_SIZE = 16_384


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def packed(stream: int, block: bytes, *, last: bool = False, cut: int = FRAME_SIZE) -> bytes:
    """Return a packed header block as HEADERS, and CONTINUATIONs if it is long."""
    parts = [block[at : at + cut] for at in range(0, len(block), cut)] or [b""]
    flags = END_STREAM if last else 0
    frames = []
    for number, part in enumerate(parts):
        ends = END_HEADERS if number == len(parts) - 1 else 0
        frames.append(
            frame(CONTINUATION if number else HEADERS, ends | (0 if number else flags), stream, part)
        )
    return b"".join(frames)


def data(stream: int, body: bytes, *, last: bool = True) -> bytes:
    """Return a body in DATA frames."""
    parts = [body[at : at + FRAME_SIZE] for at in range(0, len(body), FRAME_SIZE)] or [b""]
    ends = [0] * (len(parts) - 1) + [END_STREAM if last else 0]
    return b"".join(frame(DATA, end, stream, part) for part, end in zip(parts, ends, strict=True))


@dataclass
class Stream:
    """One request that is being spoilt."""

    made: Mutated
    path: bytes
    pseudo: list[Header] = field(default_factory=list)
    more: list[Header] = field(default_factory=list)
    block: bytes = b""
    """More of the header block, as it stands."""
    before: bytes = b""
    after: bytes = b""
    body: bytes | None = None
    cut: int = FRAME_SIZE
    unfinished: bool = False


def requests(seed: int, count: int, paths: Sequence[str]) -> Iterator[Wired]:
    """Yield connections with one request each, some with several."""
    chance = random.Random(seed)
    for number in range(count):
        yield _connection(chance, chance.choice(paths).encode(), is_good=number % FAULTLESS_EACH == 0)


def _connection(chance: random.Random, path: bytes, *, is_good: bool) -> Wired:
    wired = Wired([], True, faultless=is_good)
    encoder = _packer()
    sent = [PREFACE, frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1_000_000))]
    for stream in range(1, 2 * chance.choice([1, 1, 1, 3]), 2):
        one = Stream(faultless(chance) if is_good else unique(chance), path)
        one.pseudo = [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":authority", b"localhost"),
            (b":path", path),
        ]
        for _ in range(0 if is_good else chance.choice([1, 1, 1, 2, 3])):
            if chance.random() < 0.35:
                wired.kinds.append(mistake(chance, one.made))
            else:
                chosen = chance.choice(MISTAKES)
                chosen(chance, one)
                wired.kinds.append(chosen.__name__)
        sent.append(_bytes(one, stream, encoder))
        wired.requests = stream // 2 + 1
        if one.unfinished or not one.made.complete:
            wired.awaits_answer = False
        if one.made.is_signed:
            wired.signed.append(one.made.body)
    wired.pieces = [(0.0, b"".join(sent))]
    return wired


def _packer() -> Any:
    return hpack.Encoder()


def _bytes(one: Stream, stream: int, encoder: Any) -> bytes:
    made = one.made
    pseudo = [(n, made.method.encode() if n == b":method" else v) for n, v in one.pseudo]
    block = (
        encoder.encode([*pseudo, *((n, v) for n, v in made.headers if n != b"host"), *one.more]) + one.block
    )
    body = made.body if one.body is None else one.body
    if not made.complete:
        body = body[: len(body) // 2]
    last = made.complete and not one.unfinished
    head = packed(stream, block, cut=one.cut)
    before, after = (raw.replace(b"STREAM", struct.pack(">I", stream)) for raw in (one.before, one.after))
    return before + head + (after if one.unfinished else b"") + data(stream, body, last=last) + after


# Mistakes


def pseudo_headers(chance: random.Random, one: Stream) -> None:
    """Leave out, double or misplace what HTTP/2 keeps in place of a request line."""
    at = chance.randrange(len(one.pseudo))
    ways: list[Callable[[], object]] = [
        lambda: one.pseudo.pop(at),
        lambda: one.pseudo.insert(0, one.pseudo[at]),
        lambda: one.more.append(one.pseudo[at]),
        lambda: one.pseudo.append((b":status", b"200")),
        lambda: one.pseudo.append((b":protocol", b"websocket")),
        lambda: one.pseudo.append((b":path", b"/admin/")),
        lambda: one.pseudo.append((b"", b"")),
        lambda: one.pseudo.append((b":authority", b"a b\x00")),
    ]
    chance.choice(ways)()


def headers(chance: random.Random, one: Stream) -> None:
    """Send headers that HTTP/2 forbids, or that two readers read in two ways."""
    one.more.append(
        chance.choice(
            [
                *(
                    (b"transfer-encoding", b"chunked"),
                    (b"connection", b"close"),
                    (b"te", b"gzip"),
                    (b"upgrade", b"h2c"),
                ),
                *((b"X-GitHub-Event", b"push"), (b"x_github_event", b"push"), (b"x-github_event", b"push")),
                *(
                    (b"x-github-event", b"push"),
                    (b"x-github-delivery", b"other"),
                    (b"content-type", b"text/plain"),
                ),
                *(
                    (b"x-a", b"a\r\nx-github-event: push"),
                    (b"x-a\r\n", b"a"),
                    (b"x-a", b"\x00"),
                    (b"x a", b"a"),
                ),
                *((b"x-a:", b"a"), (b"content-length", b"5"), (b"content_length", b"5"), (b"host", b"other")),
                *(
                    (b"x-hub-signature-256", b"sha256=" + b"0" * 64),
                    (b"x_hub_signature_256", b"a"),
                    (b"\xff", b"\xff"),
                ),
                *(
                    (b"expect", b"100-continue"),
                    (b"proxy-connection", b"x"),
                    (b"cookie", b"a=b"),
                    (b" x", b"a"),
                ),
            ]
        )
    )


def lengths(chance: random.Random, one: Stream) -> None:
    """Announce another length than comes."""
    size = len(one.made.body)
    odd = (b"", b"-1", b"+5", b"5, 5", b"9" * 30, b"0", b"%d" % (size - 1), b"%d" % (size + 1))
    one.made.headers = [(n, v) for n, v in one.made.headers if n != b"content-length"]
    if chance.random() < 0.8:
        one.made.headers.append((b"content-length", chance.choice(odd)))


def huge(chance: random.Random, one: Stream) -> None:
    """Send headers that are too long, too many, or cut into thousands of pieces."""
    size = chance.choice([1020, 9000, 70_000])
    ways: list[Callable[[], object]] = [
        lambda: one.more.append((b"x-a", b"a" * size)),
        lambda: one.more.extend([(b"x-github-event", b"a")] * (size // 50)),
        lambda: one.more.extend((b"x-%d" % number, b"a") for number in range(size // 50)),
        lambda: one.more.append((b"x" * size, b"a")),
    ]
    chance.choice(ways)()
    one.cut = chance.choice([FRAME_SIZE, 1000, 50])


def bomb(chance: random.Random, one: Stream) -> None:
    """Pack one long header into the table, and name it thousands of times by its number."""
    value = b"a" * 3900
    literal = b"\x40\x03x-a\x7f" + hpack.hpack.encode_integer(len(value), 7)[1:] + value
    one.block = literal + b"\xbe" * chance.choice([10, 1000, 5000])


def unpacked(chance: random.Random, one: Stream) -> None:
    """Send a header block that cannot be unpacked."""
    one.block = chance.choice(
        [
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x80",
            b"\x40\x7f\xff",
            chance.randbytes(30),
            b"\x3f\xe1\xff\x7f",
        ]
    )


def other_frames(chance: random.Random, one: Stream) -> None:
    """Put frames between that do not belong there."""
    odd = [
        frame(PING, 0, 0, bytes(8)) * 500,
        frame(PING, 0, 0, bytes(7)),
        frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1) * 1000),
        frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0xFFFFFFFF)),
        frame(SETTINGS, 0, 0) * 500,
        frame(SETTINGS, 1, 0) * 3,
        frame(WINDOW, 0, 0, struct.pack(">I", 0)),
        frame(WINDOW, 0, 0, struct.pack(">I", 0x7FFFFFFF)) * 2,
        frame(WINDOW, 0, 1, struct.pack(">I", 0x7FFFFFFF)),
        frame(PRIORITY, 0, 1, struct.pack(">IB", 1, 0)),
        frame(PUSH, END_HEADERS, 1, bytes(8)),
        frame(GOAWAY, 0, 0, bytes(8)),
        frame(0x77, 0xFF, 0x7FFFFFFF, bytes(100)),
        frame(DATA, 0, 0, b"x"),
        frame(DATA, 0, 99, b"x"),
        frame(CONTINUATION, END_HEADERS, 1, b""),
        frame(DATA, PADDED, 1, b"\xff" + bytes(5)),
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
        chance.randbytes(60),
    ]
    if chance.random() < 0.5:
        one.before = chance.choice(odd)
    else:
        one.after = chance.choice(odd)
        one.unfinished = chance.random() < 0.5


def resets(chance: random.Random, one: Stream) -> None:
    """Take requests back as soon as they are made, many times."""
    encoder = _packer()
    block = encoder.encode([*one.pseudo, *one.made.headers])
    stream = numbers(101, 2)
    one.after = b"".join(
        packed(number, block) + frame(RST, 0, number, struct.pack(">I", 8))
        for number in (next(stream) for _ in range(chance.choice([1, 30, 300])))
    )


def silence(chance: random.Random, one: Stream) -> None:
    """Do not end the body."""
    one.unfinished = True


def empty_data(chance: random.Random, one: Stream) -> None:
    """Send a thousand frames with nothing in them before the body."""
    one.unfinished = True
    one.after = b"".join(b"\x00\x00\x00\x00\x00STREAM" for _ in range(1000))


MISTAKES: list[Callable[[random.Random, Stream], None]] = [
    *(pseudo_headers, pseudo_headers, headers, headers, headers, lengths, lengths, huge, bomb, unpacked),
    *(other_frames, other_frames, resets, silence, empty_data),
]


# What comes back


@dataclass
class Answers:
    """Reads what a server sends: the statuses, and how often it refused in HTTP/2's own words."""

    statuses: list[int] = field(default_factory=list)
    body: bytes = b""
    resets: int = 0
    closed: bool = False
    ended: int = 0
    patience: float | None = 5.0
    """Seconds without a byte after which nothing more is expected: a connection may stay open, whatever is wrong."""
    _rest: bytes = b""
    _decoder: hpack.Decoder = field(default_factory=hpack.Decoder)

    def feed(self, received: bytes) -> bytes:
        """Take bytes in; return what is to be sent back."""
        self._rest += received
        reply = b""
        while len(self._rest) >= 9:
            size = int.from_bytes(self._rest[:3], "big")
            if len(self._rest) < 9 + size:
                break
            kind, flags = self._rest[3], self._rest[4]
            payload, self._rest = self._rest[9 : 9 + size], self._rest[9 + size :]
            reply += self._take(kind, flags, payload)
        return reply

    def _take(self, kind: int, flags: int, payload: bytes) -> bytes:
        if kind == HEADERS:
            for name, value in self._decoder.decode(payload, raw=True):
                if name == b":status":
                    self.statuses.append(int(value))
        elif kind == DATA:
            self.body += payload
        elif kind == RST:
            self.resets += 1
            self.ended += 1
        elif kind == GOAWAY:
            self.closed = True
        elif kind == SETTINGS and not flags & 1:
            return frame(SETTINGS, 1, 0)
        elif kind == PING and not flags & 1:
            return frame(PING, 1, 0, payload)
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self.ended += 1
        return b""
