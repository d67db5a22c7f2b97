"""The few fields of a payload that routing and the columns need, read without building the rest. Pure."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from .rejections import BodyInvalid

__all__ = [
    "Summary",
]

MAX_DEPTH: Final = 400  # GitHub's payloads nest about ten deep; Python's decoder gives up near 1,000


MAX_BIGINT: Final = 2**63 - 1
LONGEST_ACTION: Final = 64  # of a delivery; GitHub's longest has half of that


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
    def from_payload(cls, data: Mapping[str, Any], *, longest_action: int = LONGEST_ACTION) -> Summary:
        """Pick the fields out of a decoded payload, whatever types it has there."""

        def child(name: str) -> Mapping[str, Any]:
            value = data.get(name)
            return value if isinstance(value, Mapping) else {}

        others = map(child, _subjects(data.get("action")))
        holders = (child("issue"), child("pull_request"), child("discussion"), data, *others)
        return cls(
            action=_text(data.get("action"), longest_action),
            installation_id=_bigint(child("installation").get("id")),
            repository_id=_bigint(child("repository").get("id")),
            repository=_text(child("repository").get("full_name"), 255),
            sender=_text(child("sender").get("login"), 100),
            number=_first_bigint(holder.get("number") for holder in holders),
        )


# ``sub_issues`` and ``issue_dependencies`` bring two issues; the action says which of them
# lives in the event's repository.
_SUBJECTS = (
    ("sub_issue_", ("parent_issue", "sub_issue")),
    ("parent_issue_", ("sub_issue", "parent_issue")),
    ("blocked_by_", ("blocked_issue", "blocking_issue")),
    ("blocking_", ("blocking_issue", "blocked_issue")),
)


def _subjects(action: object) -> tuple[str, ...]:
    if isinstance(action, str):
        for beginning, names in _SUBJECTS:
            if action.startswith(beginning):
                return names
    return ()


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
    parent_issue: _Numbered | None = None
    sub_issue: _Numbered | None = None
    blocked_issue: _Numbered | None = None
    blocking_issue: _Numbered | None = None


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
    else:
        for name in _subjects(fields.action):
            related: _Numbered | None = getattr(fields, name)
            if related is not None and number is None:
                number = _bigint(related.number)
    return Summary(
        action=_text(fields.action, LONGEST_ACTION),
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


def _depth_at_most(text: bytes) -> int:
    if sys.version_info >= (3, 13):
        return text.count(b"{") + text.count(b"[")
    # Older versions count one byte at a time; taking it out jumps from one to the next, in a third of the time.
    return 2 * len(text) - len(text.replace(b"{", b"")) - len(text.replace(b"[", b""))


def _check_depth(text: bytes) -> None:
    if _depth_at_most(text) <= MAX_DEPTH:
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
