"""Mutated webhook requests in HTTP/1: framing, chunks, header syntax, request lines, pipelines, silence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from django_github_app.deliveries import sign
from tests.support.mutations import Mutated, faultless, mistake, unique
from tests.support.requests import SECRET

from . import FAULTLESS_EACH, Wired

SILENT = 1 / 400  # of all requests: each waits for the deadline


@dataclass
class Draft:
    """A request that is being spoilt, before it becomes bytes."""

    made: Mutated
    path: bytes
    line: bytes | None = None
    version: bytes = b"HTTP/1.1"
    headers: list[bytes] = field(default_factory=list)
    """Lines that are no header: ``name: value`` as they stand."""
    end: bytes = b"\r\n"
    body: bytes | None = None
    """The body's bytes on the wire, if they are not the body."""
    after: bytes = b""
    chunked: bool = False
    pauses: bool = False
    silent: bool = False
    hangs_up: bool = False

    def head(self) -> bytes:
        line = self.line if self.line is not None else b"%s %s" % (self.made.method.encode(), self.path)
        lines = [b"%s %s" % (line, self.version)]
        lines += [b"%s: %s" % header for header in self.made.headers]
        lines += self.headers
        return self.end.join(lines) + self.end * 2

    def sent_body(self, chance: random.Random) -> bytes:
        if self.body is not None:
            return self.body
        if self.chunked:
            return chunks(self.made.body, chance) + b"0\r\n\r\n"
        return self.made.body


def chunks(body: bytes, chance: random.Random, extension: bytes = b"") -> bytes:
    """Return a body in chunks, without the last."""
    size = chance.choice([100, 5000, 100_000])
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts)


def requests(seed: int, count: int, paths: Sequence[str]) -> Iterator[Wired]:
    """Yield connections, most of them with something wrong."""
    chance = random.Random(seed)
    for number in range(count):
        path = chance.choice(paths).encode()
        yield _request(chance, path) if number % FAULTLESS_EACH else _good_request(chance, path)


def _good_request(chance: random.Random, path: bytes) -> Wired:
    draft = Draft(faultless(chance), path, pauses=chance.random() < 0.5)
    draft.headers.append(b"Connection: close")
    return Wired(_pieces(chance, draft), signed=[draft.made.body], faultless=True)


def _request(chance: random.Random, path: bytes) -> Wired:
    draft = Draft(unique(chance), path)
    kinds = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        if chance.random() < 0.35:
            kinds.append(mistake(chance, draft.made))
        else:
            chosen = chance.choice(MISTAKES)
            chosen(chance, draft)
            kinds.append(chosen.__name__)
    if chance.random() < SILENT:
        draft.silent = True
        kinds.append("silent")
    if chance.random() < 0.9:
        draft.headers.append(b"Connection: close")
    signed = [draft.made.body] if draft.made.is_signed else []
    return Wired(_pieces(chance, draft), not draft.hangs_up, kinds=kinds, signed=signed)


def _pieces(chance: random.Random, draft: Draft) -> list[tuple[float, bytes]]:
    head, body = draft.head(), draft.sent_body(chance)
    if not draft.made.complete or draft.silent:
        body, draft.after = body[: len(body) // 2], b""
        draft.hangs_up |= not draft.silent
    if not draft.pauses:
        return [(0.0, head + body + draft.after)]
    whole = head + body + draft.after
    at = sorted(chance.randrange(len(whole)) for _ in range(4))
    cuts = [0, *at, len(whole)]
    return [(0.02, whole[a:b]) for a, b in pairwise(cuts) if a < b]


# Mistakes


def _without(draft: Draft, name: bytes) -> None:
    draft.made.headers = [(n, v) for n, v in draft.made.headers if n != name]


def lengths(chance: random.Random, draft: Draft) -> None:
    """Announce another length, or several."""
    size = len(draft.made.body)
    _without(draft, b"content-length")
    odd = [b"", b"-1", b"+5", b"0x10", b"5, 5", b"5 5", b"9" * 30, b"1e3", b"%d.0" % size, b"\xc2\xb2"]
    wrong = [b"0", b"%d" % (size // 2), b"%d" % max(size - 1, 0)]
    for value in chance.sample([*odd, *wrong, b"%d" % size, b"%d" % (size + 50), b"0%d" % size], 2):
        if not draft.headers or chance.random() < 0.3:
            draft.headers.append(b"Content-Length: " + value)
    # More was announced than comes: nobody waits for the answer.
    draft.hangs_up = True


def codings(chance: random.Random, draft: Draft) -> None:
    """Name transfer codings, odd ones too, beside a length or without it."""
    draft.headers.append(
        chance.choice(
            [
                *(
                    b"Transfer-Encoding: chunked",
                    b"Transfer-Encoding: Chunked",
                    b"Transfer-Encoding:\tchunked",
                ),
                *(b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, chunked"),
                *(
                    b"Transfer-Encoding: identity",
                    b"Transfer-Encoding: xchunked",
                    b"Transfer-Encoding: chunked;q=1",
                ),
                *(
                    b"Transfer-Encoding : chunked",
                    b"Transfer_Encoding: chunked",
                    b"Transfer-Encoding: \x0bchunked",
                ),
                *(
                    b"Transfer-Encoding:\r\n chunked",
                    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                ),
            ]
        )
    )
    draft.chunked = chance.random() < 0.8
    if chance.random() < 0.7:
        _without(draft, b"content-length")
    draft.hangs_up = True


def chunked(chance: random.Random, draft: Draft) -> None:
    """Send the body in chunks, as it should be."""
    _without(draft, b"content-length")
    draft.headers.append(b"Transfer-Encoding: chunked")
    draft.chunked = True


def bad_chunks(chance: random.Random, draft: Draft) -> None:
    """Send chunks that are none."""
    chunked(chance, draft)
    body = draft.made.body
    whole = chunks(body, chance)
    draft.body = chance.choice(
        [
            *(
                b"zz\r\n" + body,
                b"-1\r\n" + body,
                b"0x5\r\n" + body,
                b"+5\r\n" + body,
                b"\r\n",
                b"5 5\r\n" + body,
            ),
            *(
                b"f" * 40 + b"\r\n" + body,
                b"ffffffffffffffff\r\n" + body,
                b"%x\n%s\n0\n\n" % (len(body), body),
            ),
            chunks(body, chance, b";" + b"x" * 70_000) + b"0\r\n\r\n",
            chunks(body, chance, b";a=b") * 3 + b"0\r\n\r\n",
            whole + b"0\r\nX-GitHub-Event: push\r\nX-Hub-Signature-256: sha256=0\r\n\r\n",
            whole + b"0\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
            *(whole, whole + b"0\r\n", whole + b"00000000000\r\n\r\n", whole.replace(b"\r\n", b"XX", 1)),
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) + 7, body),
            b"%x\r\n%s\r\n0\r\n\r\n" % (max(len(body) - 7, 1), body),
            b"1\r\n{\r\n" * 2000,
        ]
    )
    draft.hangs_up = True


def syntax(chance: random.Random, draft: Draft) -> None:
    """Write header lines that are none, or that two readers read in two ways."""
    event = b"X-GitHub-Event"
    draft.headers.append(
        chance.choice(
            [
                *(event + b" : push", event + b"\t: push", b" " + event + b": push", event + b":", event),
                *(b"X-A: b\r\n folded: x", b"X-A: b\r\n\tX-GitHub-Event: push", b": nameless", b"X-\x00: a"),
                *(b"X-A: a\x00b", b"X-A: a\rX-GitHub-Event: push", b"X-A: a\nX-GitHub-Event: push"),
                *(b"X\xff-A: b", b"X_GitHub_Event: push", b"X-GitHub_Event: push", b"x.github.event: push"),
                *(
                    b"Content_Length: 5",
                    b"Content_Type: text/plain",
                    b"X_Hub_Signature_256: sha256=" + b"0" * 64,
                ),
                *(
                    b"Host: other",
                    b"Host:",
                    b"Host: a b",
                    b"X-GitHub-Event: push",
                    b"X-GitHub-Delivery: other",
                ),
                *(b"X-Hub-Signature-256: sha256=" + b"0" * 64, b"Content-Type: text/plain"),
                *(b"Connection: X-GitHub-Event", b"Connection: X-Hub-Signature-256, close", b"Upgrade: h2c"),
                *(b"Expect: 100-continue", b"Expect: 999", b"Connection: Upgrade\r\nUpgrade: websocket"),
                *(
                    b"X-HTTP-Method-Override: GET",
                    b"X-Forwarded-For: " + b"1.1.1.1, " * 500,
                    b"Cookie: a=b; " * 300,
                ),
            ]
        )
    )


def huge(chance: random.Random, draft: Draft) -> None:
    """Send headers that are too long or too many."""
    name = chance.choice([b"X-A", b"X-GitHub-Event", b"X-Hub-Signature-256", b"Cookie", b"Content-Type"])
    draft.headers.append(
        chance.choice(
            [
                *(name + b": " + b"a" * size for size in (1020, 9000, 70_000, 500_000)),
                *(b"\r\n".join([name + b": a"] * many) for many in (90, 250, 5000)),
                b"\r\n".join(b"X-%d: a" % number for number in range(chance.choice([99, 300, 3000]))),
                name + b"a" * 70_000 + b": a",
            ]
        )
    )
    draft.hangs_up = chance.random() < 0.5


def request_line(chance: random.Random, draft: Draft) -> None:
    """Ask in another way, of another version, for another path."""
    path = draft.path
    draft.version = chance.choice(
        [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"HTTP/1.1 ", b""]
    )
    draft.line = chance.choice(
        [
            *(b"POST http://example.com" + path, b"POST //" + path, b"POST " + path + b"?a=" + b"%00" * 50),
            *(b"POST " + path + b"%00", b"POST /..%2f" + path, b"POST /x/.." + path, b"POST *", b"POST"),
            *(b"POST " + path + b"\xff", b"POST /" + b"a" * 100_000, b"POST  " + path, b"post " + path),
            *(
                b"POST " + path.rstrip(b"/"),
                b"POST /%67ithub/async/",
                b"POST " + path + b"#x",
                b"\x16\x03\x01\x02",
            ),
            *(b"POST " + path + b";x", b"PRI *", b"CONNECT " + path, b"TRACE " + path, b"HEAD " + path),
        ]
    )


def line_ends(chance: random.Random, draft: Draft) -> None:
    """End lines in another way."""
    draft.end = chance.choice([b"\n", b"\r", b"\r\r\n", b"\n\r"])
    draft.hangs_up = True


def pipeline(chance: random.Random, draft: Draft) -> None:
    """Send another request behind the first, or inside what one reader takes for its body."""
    inner = Draft(unique(chance), draft.path)
    inner.made.body = b" " + inner.made.body  # signed by nobody
    second = inner.head() + inner.made.body
    draft.after = chance.choice(
        [second, second * 3, b"GARBAGE\r\n\r\n", b"0\r\n\r\n" + second, b"\r\n" + second, second[:300]]
    )
    if chance.random() < 0.4:  # the second is what the first announces too little of
        _without(draft, b"content-length")
        draft.headers.append(b"Content-Length: %d" % len(draft.made.body))
        draft.headers.append(chance.choice([b"Transfer-Encoding: chunked", b"Content-Length: 6"]))
    draft.hangs_up = True


def smuggled_in_body(chance: random.Random, draft: Draft) -> None:
    """Sign a body that is a request itself: whoever loses count answers it."""
    inner = Draft(unique(chance), draft.path)
    inner.made.headers = [(n, v) for n, v in inner.made.headers if n != b"x-hub-signature-256"]
    draft.made.body = inner.head() + inner.made.body
    _without(draft, b"x-hub-signature-256")
    _without(draft, b"content-length")
    draft.made.headers.append((b"x-hub-signature-256", sign(draft.made.body, SECRET).encode()))
    draft.made.headers.append((b"content-length", b"%d" % len(draft.made.body)))


def pauses(chance: random.Random, draft: Draft) -> None:
    """Send it in pieces."""
    draft.pauses = True


def nonsense(chance: random.Random, draft: Draft) -> None:
    """Send what is no HTTP/1 at all."""
    draft.line = chance.choice(
        [
            *(
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
            ),
            *(chance.randbytes(500), b"\x00" * 5000, b"\r\n" * 5000, b"a" * 200_000, b"SSH-2.0-x\r\n"),
        ]
    )
    draft.hangs_up = True


MISTAKES: list[Callable[[random.Random, Draft], None]] = [
    *(lengths, lengths, codings, codings, chunked, bad_chunks, bad_chunks, syntax, syntax, syntax, huge),
    *(request_line, line_ends, pipeline, pipeline, smuggled_in_body, pauses, nonsense),
]
