"""A mixed load of signed deliveries: every event type that `payloads` knows, some sent twice, in random order."""

from __future__ import annotations

import asyncio
import os
import random
import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from django_github_app.testing import payloads
from tests.support.site import Site

# ping is answered and not stored; a GitHub App gets these too, and nobody handles them here.
EVENT_TYPES = [name for name in payloads.event_names() if name != "ping"]
UNHANDLED = {"star", "watch", "gollum", "public", "status", "page_build"}
HANDLED = [name for name in EVENT_TYPES if name not in UNHANDLED]
AT_ONCE = 20
SECONDS = float(os.environ.get("HANDLER_SECONDS", "0"))


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery of the load."""

    worker_type: str
    event: str
    delivery: str
    number: int

    @property
    def handlers(self) -> list[str]:
        """The handlers it is for, as they are recorded."""
        if self.event not in HANDLED:
            return []
        names = ["handle_issue_too", "handle"] if self.event == "issues" else ["handle"]
        return [f"{self.worker_type}.{name}" for name in names]


def mixed(count: int, seed: int) -> list[Sent]:
    """Return ``count`` different deliveries, for both worker types."""
    chance = random.Random(seed)
    return [
        Sent(
            chance.choice(["sync", "async"]),
            EVENT_TYPES[index % len(EVENT_TYPES)],
            str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            number=chance.randrange(1, 30),
        )
        for index in range(count)
    ]


async def post_all(site: Site, load: list[Sent]) -> list[int]:
    """Post deliveries, many at once; return the answers' statuses."""
    gate = asyncio.Semaphore(AT_ONCE)

    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:

        async def post(sent: Sent) -> int:
            payload: dict[str, Any] = payloads.build(sent.event, number=sent.number)
            async with gate:
                request = site.request(sent.worker_type, sent.event, payload, sent.delivery)
                return (await client.post(**request)).status_code

        return list(await asyncio.gather(*map(post, load)))
