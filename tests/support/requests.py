"""Webhook requests for tests: good ones, the table of bad ones, and any number of random bad ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus, urlencode

from django_github_app.deliveries import sign
from django_github_app.deliveries.summary import MAX_DEPTH
from django_github_app.testing import payloads

SECRET = "test-secret"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """What reaches an entrance. Header names are lower-case, values as a server hands them over."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"

    def having(self, **headers: str | None) -> Request:
        """Return the request with some headers changed, or left out when None; ``_`` stands for ``-``."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        merged = {**self.headers, **changed}
        return replace(self, headers={name: value for name, value in merged.items() if value is not None})

    def signed(self, secret: str = SECRET) -> Request:
        """Return the request with the signature of its body."""
        return self.having(x_hub_signature_256=sign(self.body, secret))


def request(
    body: bytes | None = None,
    *,
    event: str = "issues",
    guid: str | None = None,
    hook_id: int | None = 1,
    payload: Any = None,
    secret: str = SECRET,
    content_type: str = JSON,
) -> Request:
    """Return a signed request; of a realistic payload unless a body or a payload is given."""
    if body is None:
        body = json.dumps(payloads.build(event) if payload is None else payload).encode()
        if content_type.startswith(FORM):
            body = urlencode({"payload": body.decode()}).encode()
    made = Request(
        body,
        {
            "content-type": content_type,
            "x-github-event": event,
            "x-github-delivery": guid or str(uuid.uuid4()),
            "x-github-hook-installation-target-id": "12345",
            "x-github-hook-installation-target-type": "integration",
        },
    )
    if hook_id is not None:
        made = made.having(x_github_hook_id=str(hook_id))
    return made.signed(secret)


def form(*fields: tuple[str, str]) -> Request:
    """Return a signed form-encoded request."""
    return request(urlencode(fields).encode(), content_type=FORM)


def sha1(body: bytes) -> str:
    """Return the old X-Hub-Signature header."""
    return "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()


def nested(depth: int) -> bytes:
    """Return a JSON object that is nested ``depth`` levels deep."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@dataclass(frozen=True, slots=True)
class Bad:
    """A request that is refused, and how."""

    made: Request
    status: int
    error: str


GOOD = request(b'{"action":"opened"}', guid="11111111-2222-3333-4444-555555555555")
GUID_65 = "a" * 65

# The rows of the table of bad input in the design, and their neighbours.
BAD: dict[str, Bad] = {
    "GET": Bad(replace(GOOD, method="GET"), 405, "method_not_allowed"),
    "PUT": Bad(replace(GOOD, method="PUT"), 405, "method_not_allowed"),
    "OPTIONS": Bad(replace(GOOD, method="OPTIONS"), 405, "method_not_allowed"),
    "no signature": Bad(GOOD.having(x_hub_signature_256=None), 401, "signature_missing"),
    "empty signature": Bad(GOOD.having(x_hub_signature_256=""), 401, "signature_missing"),
    "SHA-1 only": Bad(
        GOOD.having(x_hub_signature_256=None, x_hub_signature=sha1(GOOD.body)), 401, "signature_missing"
    ),
    "SHA-1 in the place of SHA-256": Bad(
        GOOD.having(x_hub_signature_256=sha1(GOOD.body)), 401, "signature_missing"
    ),
    "another scheme": Bad(GOOD.having(x_hub_signature_256="md5=" + "0" * 64), 401, "signature_missing"),
    "a signature without its scheme": Bad(
        GOOD.having(x_hub_signature_256=sign(GOOD.body, SECRET)[7:]), 401, "signature_missing"
    ),
    "a signature that is cut": Bad(
        GOOD.having(x_hub_signature_256=sign(GOOD.body, SECRET)[:-1]), 401, "signature_missing"
    ),
    "a signature that is not ASCII": Bad(
        GOOD.having(x_hub_signature_256="sha256=" + "é" * 64), 401, "signature_missing"
    ),
    "a signature with other digits": Bad(
        GOOD.having(x_hub_signature_256="sha256=" + "²" * 64), 401, "signature_missing"
    ),
    "a signature of another body": Bad(replace(GOOD, body=b"{}"), 403, "signature_invalid"),
    "a signature by another secret": Bad(GOOD.signed("another"), 403, "signature_invalid"),
    "a signature by the empty secret": Bad(GOOD.signed(""), 403, "signature_invalid"),
    "no event": Bad(GOOD.having(x_github_event=None), 400, "header_invalid"),
    "a blank event": Bad(GOOD.having(x_github_event="  "), 400, "header_invalid"),
    "an endless event": Bad(GOOD.having(x_github_event="e" * 256), 400, "header_invalid"),
    "an event that is not ASCII": Bad(GOOD.having(x_github_event="pïng"), 400, "header_invalid"),
    "no delivery id": Bad(GOOD.having(x_github_delivery=None), 400, "header_invalid"),
    "a blank delivery id": Bad(GOOD.having(x_github_delivery=" "), 400, "header_invalid"),
    "an endless delivery id": Bad(GOOD.having(x_github_delivery=GUID_65), 400, "header_invalid"),
    "a delivery id with a tab": Bad(GOOD.having(x_github_delivery="a\tb"), 400, "header_invalid"),
    "a hook id in words": Bad(GOOD.having(x_github_hook_id="one"), 400, "header_invalid"),
    "a negative hook id": Bad(GOOD.having(x_github_hook_id="-1"), 400, "header_invalid"),
    "a hook id beyond bigint": Bad(GOOD.having(x_github_hook_id="9" * 19), 400, "header_invalid"),
    "a hook id in other digits": Bad(GOOD.having(x_github_hook_id="²"), 400, "header_invalid"),
    "no content type": Bad(GOOD.having(content_type=None), 415, "content_type_unsupported"),
    "text": Bad(GOOD.having(content_type="text/plain"), 415, "content_type_unsupported"),
    "JSON of a kind": Bad(
        GOOD.having(content_type="application/vnd.github+json"), 415, "content_type_unsupported"
    ),
    "a multipart form": Bad(
        GOOD.having(content_type="multipart/form-data; boundary=x"), 415, "content_type_unsupported"
    ),
    "latin-1": Bad(GOOD.having(content_type=f"{JSON}; charset=iso-8859-1"), 400, "body_invalid"),
    "a charset that nobody knows": Bad(
        GOOD.having(content_type=f"{JSON}; charset=klingon"), 400, "body_invalid"
    ),
    "an empty body": Bad(request(b""), 400, "body_invalid"),
    "not JSON": Bad(request(b"action=opened"), 400, "body_invalid"),
    "JSON that ends early": Bad(request(b'{"action":"opened"'), 400, "body_invalid"),
    "more after the JSON": Bad(request(b"{}{}"), 400, "body_invalid"),
    "a list": Bad(request(b'[{"action":"opened"}]'), 400, "body_invalid"),
    "a string": Bad(request(b'"opened"'), 400, "body_invalid"),
    "null": Bad(request(b"null"), 400, "body_invalid"),
    "NaN": Bad(request(b'{"number":NaN}'), 400, "body_invalid"),
    "a NUL between the tokens": Bad(request(b'{"a":\x001}'), 400, "body_invalid"),
    "a NUL in a string": Bad(request(b'{"a":"\x00"}'), 400, "body_invalid"),
    "bytes that are not UTF-8": Bad(request(b'{"a":"\xff"}'), 400, "body_invalid"),
    "a surrogate in UTF-8": Bad(request(b'{"a":"\xed\xa0\x80"}'), 400, "body_invalid"),
    "UTF-16": Bad(request('{"a":1}'.encode("utf-16-le")), 400, "body_invalid"),
    "UTF-16 with its mark": Bad(request('{"a":1}'.encode("utf-16")), 400, "body_invalid"),
    "UTF-32": Bad(request('{"a":1}'.encode("utf-32-be")), 400, "body_invalid"),
    "too deep": Bad(request(nested(MAX_DEPTH + 1)), 400, "body_invalid"),
    "much too deep": Bad(request(nested(100_000)), 400, "body_invalid"),
    "too deep and never closed": Bad(request(b"[" * 100_000), 400, "body_invalid"),
    "a form without payload": Bad(form(("data", "{}")), 400, "body_invalid"),
    "a form with two payloads": Bad(form(("payload", "{}"), ("payload", "{}")), 400, "body_invalid"),
    "a form whose payload is a list": Bad(form(("payload", "[]")), 400, "body_invalid"),
    "a form whose payload is empty": Bad(form(("payload", "")), 400, "body_invalid"),
    "an empty form": Bad(request(b"", content_type=FORM), 400, "body_invalid"),
    "a form of JSON": Bad(request(b"{}", content_type=FORM), 400, "body_invalid"),
    "a form that is not ASCII": Bad(
        request('payload={"a":"é"}'.encode(), content_type=FORM), 400, "body_invalid"
    ),
    "a form that is not UTF-8": Bad(
        request(b"payload=%7B%22a%22%3A%22%FF%22%7D", content_type=FORM), 400, "body_invalid"
    ),
    "a form of many fields": Bad(form(*(("payload", "{}") for _ in range(17))), 400, "body_invalid"),
}


def _pick(rng: random.Random, alphabet: str, least: int = 1, most: int = 80) -> str:
    return "".join(rng.choices(alphabet, k=rng.randint(least, most)))


_ASCII = "".join(map(chr, range(32, 127)))
_ANY = _ASCII + "".join(map(chr, range(160, 256)))
_HEX = "0123456789abcdef"


def _other_method(rng: random.Random, good: Request) -> Request:
    return replace(good, method=rng.choice(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]))


def _other_signature(rng: random.Random, good: Request) -> Request:
    value = rng.choice(
        [
            None,
            "",
            _pick(rng, _ANY),
            "sha256=" + _pick(rng, _HEX, 64, 64),
            "sha256=" + _pick(rng, _ANY, 64, 64),
            "sha256=" + _pick(rng, _HEX, 1, 63),
            "sha512=" + _pick(rng, _HEX, 128, 128),
            sha1(good.body),
            sign(good.body, _pick(rng, _ANY)),
        ]
    )
    return good.having(x_hub_signature_256=value, x_hub_signature=rng.choice([None, sha1(good.body)]))


def _tampered(rng: random.Random, good: Request) -> Request:
    at = rng.randrange(len(good.body))
    return replace(good, body=good.body[:at] + rng.randbytes(rng.randint(1, 8)) + good.body[at:])


def _cut(rng: random.Random, good: Request) -> Request:
    return replace(good, body=good.body[: rng.randrange(len(good.body))]).signed()


def _no_utf8(rng: random.Random, good: Request) -> Request:
    at = rng.randrange(len(good.body))
    return replace(good, body=good.body[:at] + b"\xff" + rng.randbytes(4) + good.body[at:]).signed()


def _no_object(rng: random.Random, good: Request) -> Request:
    values: list[Any] = [
        None,
        True,
        0,
        -1.5,
        "text",
        [],
        [{}],
        ["a", {"b": 1}],
        rng.random(),
        _pick(rng, _ANY),
    ]
    return replace(good, body=json.dumps(rng.choice(values)).encode()).signed()


def _other_header(rng: random.Random, good: Request) -> Request:
    name = rng.choice(["x_github_event", "x_github_delivery", "x_github_hook_id", "content_type"])
    bad: dict[str, list[str | None]] = {
        "x_github_event": [None, "", " ", "é" + _pick(rng, _ANY), "e" * rng.randint(256, 2000)],
        "x_github_delivery": [None, "", " ", "ü" + _pick(rng, _ANY), "d" * rng.randint(65, 2000)],
        "x_github_hook_id": ["x" + _pick(rng, _ANY), "-1", "1.5", "9" * rng.randint(19, 300), "0x10"],
        "content_type": [
            None,
            "",
            "x" + _pick(rng, _ASCII),
            "text/json",
            f"{JSON}; charset=x{_pick(rng, _HEX)}",
        ],
    }
    return good.having(**{name: rng.choice(bad[name])})


def _bad_form(rng: random.Random, good: Request) -> Request:
    text = good.body.decode(errors="replace")
    body = rng.choice(
        [
            good.body,
            b"payload=" + quote_plus(text[: rng.randrange(len(text))]).encode(),
            b"payload=%FF" + quote_plus(text).encode(),
            b"other=" + quote_plus(text).encode(),
            urlencode({"payload": text}).encode() * 2 + b"&payload=1",
            rng.randbytes(rng.randint(1, 200)),
        ]
    )
    return replace(good, body=body).having(content_type=FORM).signed()


def _deep(rng: random.Random, good: Request) -> Request:
    return replace(good, body=nested(rng.randint(MAX_DEPTH + 1, 5000))).signed()


_WAYS: tuple[Callable[[random.Random, Request], Request], ...] = (
    _other_method,
    _other_signature,
    _tampered,
    _cut,
    _no_utf8,
    _no_object,
    _other_header,
    _bad_form,
    _deep,
)


def random_bad_requests(seed: int, count: int) -> Iterator[Request]:
    """Yield requests that no entrance may accept, each broken in one to three ways."""
    rng = random.Random(seed)
    # Small enough that a thousand take no time; any bytes would do.
    bodies = [
        json.dumps({"action": "opened", "issue": {"number": n}, "text": _pick(rng, _ANY)}) for n in range(9)
    ]
    for _ in range(count):
        made = request(rng.choice(bodies).encode(), event=rng.choice(["issues", "ping", "push"]))
        # Whatever breaks the body signs it anew, so one way does not mend what another broke.
        ways = rng.sample(_WAYS, rng.choice([1, 1, 2]))
        for way in ways:
            if len(made.body) > 1:
                made = way(rng, made)
        yield made
