"""Who there is on the fake GitHub, and how it writes times and node ids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

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
    type: str = "User"

    def json(self) -> dict[str, Any]:
        return {"id": self.id, "node_id": node_id("U", self.id), "login": self.login, "type": self.type}
