"""Request headers, body and secrets in; a `Delivery` out, or a `Rejection` that carries its HTTP status.

Pure: no I/O, no settings. Nothing is parsed before the signature over the raw body has been checked.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl

import msgspec

from .errors import GitHubAppError

__all__ = [
    "CGI_NAMES",
    "HEADERS",
    "BodyInvalid",
    "BodyTooLarge",
    "ContentTypeUnsupported",
    "Delivery",
    "HeaderInvalid",
    "MethodNotAllowed",
    "Rejection",
    "SecretMissing",
    "SignatureInvalid",
    "SignatureMissing",
    "Summary",
    "lane_of",
    "parse",
    "sign",
]

# The headers that `parse` reads, lower-cased. An entrance passes these and need not look at any other.
HEADERS: Final = (
    "content-type",
    "x-github-delivery",
    "x-github-event",
    "x-github-hook-id",
    "x-github-hook-installation-target-id",
    "x-hub-signature",
    "x-hub-signature-256",
)

# The names under which WSGI, and Django's requests, keep them.
CGI_NAMES: Final = {name: "HTTP_" + name.upper().replace("-", "_") for name in HEADERS} | {
    "content-type": "CONTENT_TYPE"
}

MAX_DEPTH: Final = 400  # GitHub's payloads nest about ten deep; Python's decoder gives up near 1,000
MAX_BIGINT: Final = 2**63 - 1
MAX_DELIVERY_LENGTH: Final = 64
MAX_EVENT_LENGTH: Final = 255


class Rejection(GitHubAppError):
    """The request is not a delivery that can be accepted."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "rejected"

    def as_json(self) -> dict[str, str]:
        """Return the body of the answer: one reason, nothing of the request."""
        return {"error": self.code, "reason": str(self)}


class MethodNotAllowed(Rejection):
    """Webhooks are sent with POST."""

    status = 405
    code = "method_not_allowed"


class SecretMissing(Rejection):
    """No webhook secret is configured, so no request can be trusted."""

    status = 403
    code = "secret_missing"


class SignatureMissing(Rejection):
    """The X-Hub-Signature-256 header is missing or is not of the form sha256=<64 hex digits>."""

    status = 401
    code = "signature_missing"


class SignatureInvalid(Rejection):
    """The signature does not match the body with any configured secret."""

    status = 403
    code = "signature_invalid"


class ContentTypeUnsupported(Rejection):
    """The content type must be application/json or application/x-www-form-urlencoded."""

    status = 415
    code = "content_type_unsupported"


class HeaderInvalid(Rejection):
    """A header that every delivery has is missing or malformed."""

    code = "header_invalid"


class BodyInvalid(Rejection):
    """The body is not a JSON object in UTF-8."""

    code = "body_invalid"


class BodyTooLarge(Rejection):
    """The body is larger than GITHUB_APP["MAX_BODY_BYTES"]."""

    status = 413
    code = "body_too_large"


# Structs and not dataclasses: one of each is made for every delivery, and a frozen dataclass takes ten times as long.
# What they hold cannot refer back to them, so they need not count as work for the garbage collector (``gc=False``).
class Summary(msgspec.Struct, frozen=True, gc=False):
    """The few fields of a payload that routing and the columns need. What is absent or odd is None."""

    action: str | None = None
    installation_id: int | None = None
    repository_id: int | None = None
    repository: str | None = None
    sender: str | None = None
    number: int | None = None

    @classmethod
    def from_payload(cls, data: Mapping[str, Any]) -> Summary:
        """Pick the fields out of a decoded payload, whatever types it has there."""

        def child(name: str) -> Mapping[str, Any]:
            value = data.get(name)
            return value if isinstance(value, Mapping) else {}

        holders = (child("issue"), child("pull_request"), child("discussion"), data)
        return cls(
            action=_text(data.get("action"), 64),
            installation_id=_bigint(child("installation").get("id")),
            repository_id=_bigint(child("repository").get("id")),
            repository=_text(child("repository").get("full_name"), 255),
            sender=_text(child("sender").get("login"), 100),
            number=_first_bigint(holder.get("number") for holder in holders),
        )


class Delivery(msgspec.Struct, frozen=True, gc=False):
    """A delivery that is proven to come from GitHub: what its headers say, its summary and its exact body."""

    event: str
    delivery: str
    hook_id: int
    target_id: int
    summary: Summary
    body: bytes
    form_encoded: bool = False

    @property
    def lane(self) -> int | None:
        """The lane of the issue, pull request or discussion this is about; None when it is about neither."""
        return lane_of(self.summary.repository_id, self.summary.number)


def lane_of(repository_id: int | None, number: int | None) -> int | None:
    """Return the lane of an issue or pull request: a 63-bit number, the same in every process."""
    if repository_id is None or number is None:
        return None
    digest = hashlib.blake2b(b"%d:%d" % (repository_id, number), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def sign(body: bytes, secret: str | bytes) -> str:
    """Return the X-Hub-Signature-256 header for a body, as GitHub computes it."""
    key = secret.encode() if isinstance(secret, str) else secret
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def parse(headers: Mapping[str, str | None], body: bytes, secrets: Sequence[bytes]) -> Delivery:
    """Turn a request into a `Delivery`. Raises a `Rejection` that says which rule it breaks.

    ``headers`` has lower-case names (those of `HEADERS` are enough); ``body`` is the raw request body.
    """
    check_signature(headers, body, secrets)
    form_encoded = _is_form(headers.get("content-type"))
    event = _name(headers.get("x-github-event"), "X-GitHub-Event", MAX_EVENT_LENGTH)
    delivery = _name(headers.get("x-github-delivery"), "X-GitHub-Delivery", MAX_DELIVERY_LENGTH)
    return Delivery(
        event=event,
        delivery=delivery,
        hook_id=_number(headers.get("x-github-hook-id")),
        target_id=_number(headers.get("x-github-hook-installation-target-id")),
        summary=summarize(_form_payload(body) if form_encoded else body),
        body=body,
        form_encoded=form_encoded,
    )


_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


def check_signature(headers: Mapping[str, str | None], body: bytes, secrets: Sequence[bytes]) -> None:
    """Raise unless the body is signed (SHA-256) with one of the secrets; with none, nothing is accepted."""
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise SecretMissing
    given = headers.get("x-hub-signature-256")
    if not given:
        if headers.get("x-hub-signature"):
            raise SignatureMissing(
                "only a SHA-1 signature was sent; SHA-256 (X-Hub-Signature-256) is required"
            )
        raise SignatureMissing
    match = _SIGNATURE.fullmatch(given.strip())
    if match is None:
        raise SignatureMissing
    claimed = bytes.fromhex(match[1])
    # Every secret is tried, so that the time taken does not tell which one nearly matched.
    matches = [hmac.compare_digest(_digest(secret, body), claimed) for secret in usable]
    if not any(matches):
        raise SignatureInvalid


# Python lets another thread run while it hashes more bytes than this (hashlib's documentation, hash.update).
_HASHED_AT_ONCE: Final = 2047
_WORTH_A_SWITCH: Final = 64 * 1024


def _digest(secret: bytes, body: bytes) -> bytes:
    if len(body) > _WORTH_A_SWITCH:
        return hmac.digest(secret, body, "sha256")
    # To give way and come back takes a busy server's thread longer than to hash a body of the usual size.
    digest, view = hmac.new(secret, digestmod="sha256"), memoryview(body)
    for start in range(0, len(body), _HASHED_AT_ONCE):
        digest.update(view[start : start + _HASHED_AT_ONCE])
    return digest.digest()


@lru_cache(maxsize=64)
def _is_form(content_type: str | None) -> bool:
    media_type, *parameters = (content_type or "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(" \t\"'").lower() not in {
            "utf-8",
            "utf8",
            "us-ascii",
        }:
            raise BodyInvalid("the charset must be UTF-8")
    match media_type.strip().lower():
        case "application/json":
            return False
        case "application/x-www-form-urlencoded":
            return True
        case _:
            raise ContentTypeUnsupported


def _name(value: str | None, header: str, limit: int) -> str:
    if not value or not value.strip():
        raise HeaderInvalid(f"the {header} header is missing")
    value = value.strip()
    if len(value) > limit or not value.isascii() or not value.isprintable():
        raise HeaderInvalid(f"the {header} header must be printable ASCII of at most {limit} characters")
    return value


def _number(value: str | None) -> int:
    # Absent from a delivery that was made by hand; 0 then stands for "unknown".
    value = (value or "").strip()
    if not value:
        return 0
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise HeaderInvalid("the X-GitHub-Hook-… headers must be numbers")
    return int(value)


def _form_payload(body: bytes) -> bytes:
    try:
        fields = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=16,
        )
    except ValueError as error:
        raise BodyInvalid("the form is malformed") from error
    payloads = [value for name, value in fields if name == "payload"]
    if len(payloads) != 1:
        raise BodyInvalid("the form must have exactly one field named payload")
    return payloads[0].encode()


class _Id(msgspec.Struct, gc=False):
    id: int | None = None


class _Repository(msgspec.Struct, gc=False):
    id: int | None = None
    full_name: str | None = None


class _Sender(msgspec.Struct, gc=False):
    login: str | None = None


class _Numbered(msgspec.Struct, gc=False):
    number: int | None = None


class _Fields(msgspec.Struct, gc=False):
    action: str | None = None
    number: int | None = None
    installation: _Id | None = None
    repository: _Repository | None = None
    sender: _Sender | None = None
    issue: _Numbered | None = None
    pull_request: _Numbered | None = None
    discussion: _Numbered | None = None


_decoder = msgspec.json.Decoder(_Fields)


def summarize(text: bytes) -> Summary:
    """Return the summary of a payload's JSON text.

    Raises `BodyInvalid` unless it is an object that a worker can decode.
    """
    if not text.isascii():
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BodyInvalid("the body is not UTF-8") from error
    _check_depth(text)
    try:
        fields = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        # Lone surrogates and unexpected types are legal JSON that the fast decoder refuses.
        return _summarize_slowly(text)
    number = None
    for holder in (fields.issue, fields.pull_request, fields.discussion, fields):
        if holder is not None and (number := _bigint(holder.number)) is not None:
            break
    return Summary(
        action=_text(fields.action, 64),
        installation_id=_bigint(fields.installation and fields.installation.id),
        repository_id=_bigint(fields.repository and fields.repository.id),
        repository=_text(fields.repository and fields.repository.full_name, 255),
        sender=_text(fields.sender and fields.sender.login, 100),
        number=number,
    )


def _summarize_slowly(text: bytes) -> Summary:
    try:
        # As str: given bytes, Python would also take UTF-16 and UTF-32. A byte order mark is let pass.
        data = json.loads(text.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_int=_any_int)
    except (ValueError, RecursionError) as error:
        raise BodyInvalid("the body is not JSON") from error
    if not isinstance(data, dict):
        raise BodyInvalid("the payload must be a JSON object")
    return Summary.from_payload(data)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _any_int(digits: str) -> int | None:
    # Python refuses to convert very long integers; nothing that we read is longer than a bigint.
    return int(digits) if len(digits) <= 20 else None


# A string that is not closed is matched too, up to the end: looking for its end from each quote in it anew
# would take quadratic time.
_STRUCTURE = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def _count(text: bytes, byte: bytes) -> int:
    if sys.version_info >= (3, 13):
        return text.count(byte)
    # Older versions count one byte at a time; taking it out jumps from one to the next, in a third of the time.
    return len(text) - len(text.replace(byte, b""))


def _check_depth(text: bytes) -> None:
    if _count(text, b"{") + _count(text, b"[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRUCTURE.finditer(text):
        token = match[0][:1]
        if token in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BodyInvalid(f"the payload is nested more than {MAX_DEPTH} levels deep")
        elif token in b"]}":
            depth -= 1


def _bigint(value: object) -> int | None:
    if type(value) is int and 0 <= value <= MAX_BIGINT:
        return value
    return None


def _first_bigint(values: Iterable[object]) -> int | None:
    return next((number for value in values if (number := _bigint(value)) is not None), None)


def _text(value: object, limit: int) -> str | None:
    """Return a string that every database column takes: no NUL, no lone surrogate, not too long."""
    if not isinstance(value, str):
        return None
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value.replace("\x00", "\ufffd")[:limit]
