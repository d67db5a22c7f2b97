"""Who there is on the fake GitHub, and how it writes times and node ids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import payload_links

if TYPE_CHECKING:
    from .fake_github_state import World

PERMISSION_OF_ROLE = {
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
    "none": "none",
}


def iso(timestamp: float) -> str:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{number}"


@dataclass(eq=False)
class User:
    id: int
    login: str
    type: str
    world: World

    def json(self) -> dict[str, Any]:
        url = self.world.url
        return payload_links.account(url, url, self.login, self.id, node_id("U", self.id), self.type)

    def full_json(self) -> dict[str, Any]:
        """As ``GET /users/{username}`` shows it."""
        return {
            **self.json(),
            "name": None,
            "company": None,
            "blog": "",
            "location": None,
            "email": None,
            "hireable": None,
            "bio": None,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": iso(self.world.started_at),
            "updated_at": iso(self.world.started_at),
        }
