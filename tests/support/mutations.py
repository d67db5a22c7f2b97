"""Valid webhook requests with one to four mistakes each, as a server would hand them over: ASGI and WSGI."""

from __future__ import annotations

import io
import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from wsgiref.util import setup_testing_defaults

from django_github_app.deliveries import sign
from django_github_app.testing import payloads
from tests.support.requests import FORM, JSON, SECRET, nested

ODD = (
    b"",
    b" ",
    b"\x00",
    b"a,b",
    b",",
    b"\xff\xfe",
    b"\xc2\xb2",
    b"9" * 40,
    b"x" * 5000,
    b"-1",
    b"%00",
    b"'\"",
    b"\t",
)
WANTED = (
    *(b"content-type", b"x-github-event", b"x-github-delivery", b"x-hub-signature-256", b"x-hub-signature"),
    *(b"x-github-hook-id", b"x-github-hook-installation-target-id", b"content-length", b"transfer-encoding"),
)
SAMPLES = [json.dumps(payloads.build(name)).encode() for name in ("issues", "push", "ping", "pull_request")]


@dataclass
class Mutated:
    """A request as it comes over the wire; ``chunks`` is its body in pieces, ``complete`` whether it ends."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    method: str = "POST"
    complete: bool = True
    cuts: list[int] = field(default_factory=list)

    @property
    def is_signed(self) -> bool:
        """Whether the body, as it is, bears a good signature, which only GitHub can make."""
        good = sign(self.body, SECRET).encode()
        given = [v for n, v in self.headers if n.lower().replace(b"_", b"-") == b"x-hub-signature-256"]
        # Hexadecimal digits are the same in capitals.
        return any(value.strip()[:7] == good[:7] and value.strip().lower() == good for value in given)

    @property
    def says_what_it_is(self) -> bool:
        """Whether the body is what the content type says: here it is always JSON."""
        return any(n.lower() == b"content-type" and v.startswith(JSON.encode()) for n, v in self.headers)

    @property
    def chunks(self) -> list[bytes]:
        ends = sorted({0, len(self.body), *(min(cut, len(self.body)) for cut in self.cuts)})
        return [self.body[a:b] for a, b in pairwise(ends)] or [b""]

    def environ(self, path: str, *, terminated: bool) -> dict[str, Any]:
        """Return the request as a WSGI server hands it over: joined headers, ``_`` and ``-`` the same."""
        environ: dict[str, Any] = {}
        setup_testing_defaults(environ)
        del environ["HTTP_HOST"]
        for name, value in self.headers:
            key = name.decode("latin-1").upper().replace("-", "_")
            key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
            text = value.decode("latin-1")
            environ[key] = f"{environ[key]},{text}" if key in environ else text
        body = self.body if self.complete else self.body[: len(self.body) // 2]
        environ |= {"REQUEST_METHOD": self.method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
        return environ | ({"wsgi.input_terminated": True} if terminated else {})


def mutated_requests(seed: int, count: int) -> Iterator[Mutated]:
    """Yield requests; about one in twenty has nothing wrong with it."""
    chance = random.Random(seed)
    for _ in range(count):
        made = good(chance)
        for _ in range(chance.choice([0, 1, 1, 1, 2, 2, 3, 4]) if chance.random() < 0.95 else 0):
            mistake(chance, made)
        yield made


def mistake(chance: random.Random, made: Mutated) -> str:
    """Make one mistake in a request; return which."""
    chosen = chance.choice(_MISTAKES)
    chosen(chance, made)
    return chosen.__name__.lstrip("_")


def unique(chance: random.Random) -> Mutated:
    """Return a request with nothing wrong with it, whose body nobody else sends."""
    made = good(chance)
    made.body = b'%s,"unique":"%x"}' % (made.body[:-1], chance.getrandbits(128))
    _signed(made)
    return made


def faultless(chance: random.Random) -> Mutated:
    """Return a request as GitHub sends it, whose body nobody else sends."""
    made = unique(chance)
    while not made.says_what_it_is:
        made = unique(chance)
    return made


def good(chance: random.Random) -> Mutated:
    """Return a request with nothing wrong with it."""
    body = chance.choice(SAMPLES)
    return Mutated(
        [
            (b"host", b"example.com"),
            (b"content-type", chance.choice([JSON, FORM, JSON + "; charset=utf-8"]).encode()),
            (b"content-length", b"%d" % len(body)),
            (b"x-github-event", b"issues"),
            (b"x-github-delivery", str(uuid.UUID(int=chance.getrandbits(128))).encode()),
            (b"x-github-hook-id", b"1"),
            (b"x-github-hook-installation-target-id", b"12345"),
            (b"x-hub-signature-256", sign(body, SECRET).encode()),
        ],
        body,
    )


def _name(chance: random.Random) -> bytes:
    return chance.choice(WANTED)


def _signed(made: Mutated) -> None:
    made.headers = [(n, v) for n, v in made.headers if n not in (b"x-hub-signature-256", b"content-length")]
    made.headers.append((b"x-hub-signature-256", sign(made.body, SECRET).encode()))
    made.headers.append((b"content-length", b"%d" % len(made.body)))


def _double(chance: random.Random, made: Mutated) -> None:
    made.headers.insert(chance.randrange(len(made.headers) + 1), chance.choice(made.headers))


def _add(chance: random.Random, made: Mutated) -> None:
    made.headers.append((_name(chance), chance.choice(ODD)))


def _many(chance: random.Random, made: Mutated) -> None:
    made.headers += [(chance.choice([b"cookie", b"x-a", _name(chance)]), b"v")] * chance.choice(
        [50, 300, 3000]
    )


def _drop(chance: random.Random, made: Mutated) -> None:
    name = _name(chance)
    made.headers = [(n, v) for n, v in made.headers if n != name] or [(b"host", b"x")]


def _change(chance: random.Random, made: Mutated) -> None:
    at = chance.randrange(len(made.headers))
    made.headers[at] = (made.headers[at][0], chance.choice(ODD))


def _flip_header(chance: random.Random, made: Mutated) -> None:
    at = chance.randrange(len(made.headers))
    name, value = made.headers[at]
    made.headers[at] = (name, _flipped(chance, value))


def _underscore(chance: random.Random, made: Mutated) -> None:
    at = chance.randrange(len(made.headers))
    name, value = made.headers[at]
    made.headers[at] = (name.replace(b"-", b"_"), value)


def _flip_body(chance: random.Random, made: Mutated) -> None:
    made.body = _flipped(chance, made.body)


def _flip_signed_body(chance: random.Random, made: Mutated) -> None:
    made.body = _flipped(chance, made.body)
    _signed(made)


def _odd_signed_body(chance: random.Random, made: Mutated) -> None:
    made.body = chance.choice(
        [
            *(b"", b"null", b"[]", b"{}", b'{"number":1e400}', b'{"action":"\\u0000\\ud800"}', b'{"a":NaN}'),
            *(nested(100), nested(5000), b'{"a":"\xff"}', b"payload=%7B%7D", b"payload=", b"\x00" * 100),
            *(b'{"repository":{"id":' + b"9" * 400 + b"}}", b'{"number":-1}', b'{"issue":[],"sender":7}'),
            b'{"action":' + b'"' + b"\\" * 10_000 + b'"}',
        ]
    )
    _signed(made)


def _cut(chance: random.Random, made: Mutated) -> None:
    made.complete = False


def _split(chance: random.Random, made: Mutated) -> None:
    made.cuts = [chance.randrange(20_000) for _ in range(chance.choice([1, 5, 50]))]


def _method(chance: random.Random, made: Mutated) -> None:
    made.method = chance.choice(["GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "post", "BREW"])


def _unannounced(chance: random.Random, made: Mutated) -> None:
    made.headers = [(n, v) for n, v in made.headers if n != b"content-length"]
    made.headers.append((b"transfer-encoding", chance.choice([b"chunked", b"gzip, chunked"])))


def _flipped(chance: random.Random, value: bytes) -> bytes:
    if not value:
        return b"\x01"
    changed = bytearray(value)
    for _ in range(chance.choice([1, 1, 3])):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


_MISTAKES: list[Callable[[random.Random, Mutated], None]] = [
    *(_double, _add, _many, _drop, _change, _flip_header, _underscore, _flip_body, _flip_signed_body),
    *(_odd_signed_body, _cut, _split, _method, _unannounced),
]
