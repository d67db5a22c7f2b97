"""Request headers, body and secrets in; a `Delivery` out, or a `Rejection` that carries its HTTP status.

Pure: no I/O, no settings. Nothing is parsed before the signature over the raw body has been checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from .rejections import BodyInvalid, ContentTypeUnsupported, HeaderInvalid
from .signature import check_signature
from .summary import Summary, summarize

__all__ = [
    "CGI_NAMES",
    "HEADERS",
    "Delivery",
    "lane_of",
    "parse",
]

HEADERS: Final = (
    "content-type",
    "x-github-delivery",
    "x-github-event",
    "x-github-hook-id",
    "x-github-hook-installation-target-id",
    "x-hub-signature",
    "x-hub-signature-256",
)
"""The headers that `parse` reads, lower-cased. An entrance passes these and need not look at any other."""


CGI_NAMES: Final = {name: "HTTP_" + name.upper().replace("-", "_") for name in HEADERS} | {
    "content-type": "CONTENT_TYPE"
}
"""The names under which WSGI, and Django's requests, keep the `HEADERS`."""


MAX_DELIVERY_LENGTH: Final = 64


MAX_EVENT_LENGTH: Final = 255


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


def parse(
    headers: Mapping[str, str | None],
    body: bytes,
    secrets: Sequence[bytes],
    *,
    claimed: bytes | None = None,
) -> Delivery:
    """Turn a request into a `Delivery`. Raises a `Rejection` that says which rule it breaks.

    ``headers`` has lower-case names (those of `HEADERS` are enough); ``body`` is the raw request body; ``claimed``
    is what `check_claim` made of the headers, if it was asked before.
    """
    check_signature(headers, body, secrets, claimed=claimed)
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
