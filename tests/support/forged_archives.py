"""Archives as somebody who can write to the store would forge them, and as disks and networks damage them."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import zstandard

from django_github_app.models import ArchiveFile

ODD_VALUES: list[Any] = [
    None, True, -1, 0, 1, 2**15, 2**31, 2**40 - 7, 2**62, 2**63, 2**64, -(2**63), 10**30, 10**4299, 1.5, 1e308,
    "", "x", "\x00", "\ud800", "x" * 300, "x" * 70_000, "🦀", [], {}, [[]], {"a": None}, "done", "dead", "pending",
    "succeeded", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59", "2026-13-01T00:00:00Z", "%%%", "bnVsbA==", "null", '{"a":',
]  # fmt: skip
BOMB = base64.b64encode(zstandard.ZstdCompressor().compress(bytes(200_000_000))).decode()
FIELDS = [
    "id", "status", "received_at", "attempts", "finished_at", "event", "action", "delivery", "hook_id", "target_id",
    "installation_id", "repository_id", "repository", "sender", "number", "worker_type", "lane", "lost_leases",
    "lease_expires_at", "next_attempt_at", "published_at", "restored_at", "form_encoded", "runs", "payload",
    "body_text", "body_base64", "frame_base64", "legacy_payload", "legacy_text", "unknown",
]  # fmt: skip
RUN_FIELDS = [
    "id", "kind", "handler", "position", "status", "attempts", "started_at", "duration_ms", "next_attempt_at",
    "error", "traceback", "command", "arguments", "actor",
]  # fmt: skip


def mutated_events(events: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """Return the events with a few fields replaced, left out or taken from another event."""
    events = copy.deepcopy(events)
    for _ in range(chance.choice([1, 1, 2, 4])):
        event = chance.choice(events)
        target: Any = event
        names = FIELDS
        if event.get("runs") and isinstance(event["runs"], list) and chance.random() < 0.4:
            target, names = chance.choice(event["runs"]), RUN_FIELDS
        if not isinstance(target, dict):
            continue
        name = chance.choice(names)
        match chance.randrange(8):
            case 0:
                target.pop(name, None)
            case 1:
                other = chance.choice(events)
                if name in other:
                    target[name] = copy.deepcopy(other[name])
            case 2 if isinstance(event.get("runs"), list):
                event["runs"] = event["runs"] * 2
            case 3:
                for key in ("payload", "body_text", "body_base64", "frame_base64"):
                    event.pop(key, None)
                event["frame_base64"] = BOMB
            case 4:
                events[:] = chance.choice([events[::-1], events + events[:1], events[1:] or events])
            case _:
                target[name] = chance.choice(ODD_VALUES)
    return events


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return the data with a few bits, blocks or ends changed; never the same data."""
    changed = bytearray(data)
    while bytes(changed) == data:
        for _ in range(chance.choice([1, 1, 2, 5])):
            if not changed:
                break
            start = chance.randrange(len(changed))
            end = min(len(changed), start + chance.choice([1, 4, 20, 200]))
            match chance.randrange(7):
                case 0:
                    changed[start] ^= 1 << chance.randrange(8)
                case 1:
                    del changed[start:end]
                case 2:
                    changed[start:start] = changed[start:end]
                case 3:
                    changed[start:end] = chance.randbytes(end - start)
                case 4:
                    del changed[start:]
                case 5:
                    changed += changed[start:end]
                case _:
                    changed[start:start] = chance.choice(PIECES)
    return bytes(changed)


PIECES = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\n", b",", b"\x00", b"\xff", b"9" * 5000, b"[" * 5000, b'{"a":' * 3000,
    b"\\ud800", b"-1", b"1e999", b"null", b'""',
]  # fmt: skip


def write_events(folder: Path, file: ArchiveFile, events: list[dict[str, Any]]) -> ArchiveFile:
    """Write a file of these events, and have the database know it: as after ``adopt --unsigned``."""
    text = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    data = zstandard.ZstdCompressor().compress(text)
    (folder / file.path).write_bytes(data)
    ids = [event["id"] for event in events if type(event.get("id")) is int and abs(event["id"]) < 2**63]
    file.first_id, file.last_id, file.count = (ids or [1])[0], (ids or [1])[-1], len(events)
    file.size, file.text_size, file.sha256 = len(data), len(text), hashlib.sha256(data).hexdigest()
    file.save()
    return file
