"""Webhook bodies as long as GitHub's and in its shape: `shapes` for the events that apps get most, and for the others
`django_github_app.testing.payloads` with whole repositories and accounts in place of the short ones.

GitHub puts the whole repository, with some forty links, and every account, with twelve, into each payload. The
same seed gives the same bodies; two seeds share no repository, account, number, hash or text, only the shape.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django_github_app.testing import payloads

from . import shapes
from .objects import Object, World

SECRET = "benchmark"

# How often an app that follows code and issues gets each of these.
WEIGHTS = {
    "check_run": 14,
    "check_suite": 8,
    "create": 3,
    "delete": 2,
    "issue_comment": 14,
    "issues": 10,
    "label": 1,
    "pull_request": 14,
    "pull_request_review": 6,
    "pull_request_review_comment": 4,
    "push": 12,
    "release": 1,
    "star": 3,
    "status": 6,
    "workflow_job": 8,
    "workflow_run": 8,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One body with what its headers say."""

    event: str
    body: bytes
    signature: str


def samples(
    count: int, seed: int = 1, events: Sequence[str] = (), installation: int | None = None
) -> list[Sample]:
    """Return ``count`` signed bodies (of ``events``, or of a usual mixture; of one installation, or each its own)."""
    chance = random.Random(seed)
    names, weights = list(WEIGHTS), list(WEIGHTS.values())
    if events:
        names, weights = list(events), [1] * len(events)
    made = []
    for event in chance.choices(names, weights, k=count):
        body = body_of(event, chance, installation)
        made.append(Sample(event, body, payloads.sign(SECRET, body)))
    return made


def body_of(event: str, chance: random.Random, installation: int | None = None) -> bytes:
    """Return one body of an event with random values."""
    world = World(chance, installation)
    made = shapes.payload(event, world) if event in shapes.SHAPES else _filled(event, world)
    return json.dumps(made, separators=(",", ":"), ensure_ascii=False).encode()


def _filled(event: str, w: World) -> Object:
    """Return the package's short payload of an event, its objects replaced by whole ones."""
    short = payloads.build(
        event,
        number=w.number,
        repository=w.path,
        sender=w.sender["login"],
        installation=w.installation,
        title=w.words(4, 10).capitalize(),
        body=w.words(10, 160),
        comment=w.words(4, 120),
        ref=f"refs/heads/{w.branch}",
    )
    end = {key: value for key, value in shapes.envelope(w).items() if key in short}
    installed = {"installation": short["installation"]} if "app_slug" in short.get("installation", {}) else {}
    own = {key: value for key, value in {**short, **installed}.items() if key not in end or key in installed}
    return {**_whole(own, w, {}), **{key: value for key, value in end.items() if key not in own}}


def _whole(value: Any, w: World, hashes: dict[str, str]) -> Any:
    match value:
        case list():
            return [_whole(item, w, hashes) for item in value]
        case str() if value.startswith("2026-01-15T"):
            return w.time()
        case str() if len(value) == 40 and set(value) <= set("0123456789abcdef"):
            return hashes.setdefault(value, w.sha())
        case {"login": _, "avatar_url": _, "type": kind}:
            return w.owner if value["login"] == w.owner["login"] else w.account(kind)
        case {"full_name": _, "owner": _}:
            return w.repository()
        case {"draft": _, "head": _}:
            return shapes.pull(w)
        case {"comments_url": _, "state": _}:
            return shapes.issue(w)
        case dict():
            return {key: _whole(item, w, hashes) for key, item in value.items()}
    return value


def digest(made: Sequence[Sample]) -> str:
    """Return a short name of a set of bodies, to say that two runs used the same."""
    return hashlib.blake2b(b"".join(s.body for s in made), digest_size=6).hexdigest()
