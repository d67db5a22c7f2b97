"""Checkbox panels: task lists in the app's own comments whose items run commands. Pure.

Whoever may edit the app's comment may write anything into it, and somebody else may tick it. So an item is signed
with its label, its command and the conversation it is in: what is ticked is what the app wrote, where it wrote it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Item", "place_of", "render", "ticked", "unticked"]

_ITEM = re.compile(
    r"^(?P<before>[ ]{0,3}[-*+] \[)(?P<mark>[ xX])(?P<behind>\] (?P<label>[^\r\n]*?) "
    r"<!-- (?P<slug>[\w-]{1,100}):panel:(?P<command>[\w-]{1,2000}):(?P<signature>[\w-]{43}) -->)[ \t\r]*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item that the app wrote, and that somebody has ticked."""

    command: str
    """Name and arguments."""
    position: int
    """Of its line in the comment."""
    marker: str
    """What is the same of the line whether it is ticked or not."""


def place_of(data: Mapping[str, Any]) -> str | None:
    """Return the conversation of an event, as it is signed; None for an event without one.

    Comments on discussions cannot be edited by REST, so there are no panels there.
    """
    repository = data.get("repository")
    holder = data.get("issue") or data.get("pull_request")
    if not isinstance(repository, Mapping) or not isinstance(holder, Mapping):
        return None
    numbers = repository.get("id"), holder.get("number")
    return f"{numbers[0]} {numbers[1]}" if None not in numbers else None


def render(items: Mapping[str, str], *, place: str, slug: str, key: bytes) -> str:
    """Return a task list; ``items`` are labels and commands, without the app's name. Raises ValueError."""
    lines = []
    for label, command in items.items():
        shown = " ".join(label.split())
        if not shown or "<!--" in shown or "-->" in shown:
            raise ValueError(f"{label!r} cannot be the label of an item")
        if not command.strip() or "\n" in command.strip():
            raise ValueError(f"{command!r} is no command")
        encoded = _encode(command.strip().encode())
        if len(encoded) > 2000:
            raise ValueError("the command is too long")
        lines.append(f"- [ ] {shown} <!-- {slug}:panel:{encoded}:{_sign(key, place, shown, encoded)} -->")
    return "\n".join(lines)


def ticked(now: str, before: str, *, place: str, slug: str, keys: Sequence[bytes]) -> list[Item]:
    """Return the items that an edit ticked, as far as the app wrote them for this conversation."""
    was_open = Counter(match["behind"] for match in _ITEM.finditer(before) if match["mark"] == " ")
    found = []
    for match in _ITEM.finditer(now):
        if match["mark"] == " " or not was_open[match["behind"]] or match["slug"] != slug:
            continue
        was_open[match["behind"]] -= 1
        parts = place, match["label"], match["command"]
        if any(hmac.compare_digest(match["signature"], _sign(key, *parts)) for key in keys):
            try:
                command = base64.urlsafe_b64decode(
                    match["command"] + "=" * (-len(match["command"]) % 4)
                ).decode()
            except (binascii.Error, UnicodeDecodeError):
                continue
            found.append(Item(command, match.start(), match["behind"]))
    return found


def unticked(body: str, marker: str) -> str:
    """Return a comment with the items of that marker open again."""
    return _ITEM.sub(
        lambda match: (
            match[0].replace(f"[{match['mark']}]", "[ ]", 1) if match["behind"] == marker else match[0]
        ),
        body,
    )


def _sign(key: bytes, *parts: str) -> str:
    return _encode(hmac.digest(key, "\n".join(("panel", *parts)).encode(), hashlib.sha256))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
