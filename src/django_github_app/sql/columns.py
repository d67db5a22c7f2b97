"""The columns of `EventLog`, once: what intake writes, a claim returns, an archive holds and a restore brings back.

A new column is added here, to the model and, if archives are to hold it, to `retention.records.ArchivedEvent`.
tests/unit/sql/test_columns.py says what disagrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .dialects import Column

__all__ = [
    "ARCHIVED",
    "CLAIMED",
    "EVENT_COLUMNS",
    "RESTORED_AS_THEY_ARE",
    "STORED",
    "STORED_FROM",
    "TRACEPARENT",
    "EventColumn",
]


@dataclass(frozen=True, slots=True)
class EventColumn(Column):
    """One column: ``source`` says where in a `NewEvent` intake finds its value, "" if it writes none."""

    source: str = ""
    claimed: bool = False
    """Whether a worker gets it with its claim."""
    archived: bool = True
    """Whether an archive holds it beside the bodies: what is said only while an event waits or runs, none does."""


EVENT_COLUMNS: Final = (
    EventColumn("id", "bigint", claimed=True),
    EventColumn("status", "smallint"),
    EventColumn("received_at", "timestamptz"),
    EventColumn("attempts", "integer", claimed=True),
    EventColumn("finished_at", "timestamptz"),
    EventColumn("event", "text", repeats=True, source="delivery.event", claimed=True),
    EventColumn("action", "text", repeats=True, source="delivery.summary.action", claimed=True),
    EventColumn("delivery", "text", source="delivery.delivery", claimed=True),
    EventColumn("hook_id", "bigint", source="delivery.hook_id"),
    EventColumn("target_id", "bigint", source="delivery.target_id"),
    EventColumn("installation_id", "bigint", source="delivery.summary.installation_id", claimed=True),
    EventColumn("repository_id", "bigint", source="delivery.summary.repository_id"),
    EventColumn("repository", "text", repeats=True, source="delivery.summary.repository"),
    EventColumn("sender", "text", repeats=True, source="delivery.summary.sender"),
    EventColumn("number", "bigint", source="delivery.summary.number"),
    EventColumn("worker_type", "text", repeats=True, source="worker_type", claimed=True),
    EventColumn("lane", "bigint", source="lane", claimed=True),
    EventColumn("lost_leases", "smallint"),
    EventColumn("lease_expires_at", "timestamptz"),
    EventColumn("next_attempt_at", "timestamptz"),
    EventColumn("published_at", "timestamptz"),
    EventColumn("restored_at", "timestamptz"),
    EventColumn("form_encoded", "boolean", source="delivery.form_encoded", claimed=True),
    EventColumn("priority", "integer", archived=False),
    EventColumn("claimed_in", "integer", archived=False),
    EventColumn("body", "bytea", claimed=True, archived=False),
    EventColumn("payload", "jsonb", claimed=True, archived=False),
)
"""All but ``archive_id``, which says where a copy of the row lies, and `TRACEPARENT`. The order is that of claims and
archives."""

TRACEPARENT: Final = Column("traceparent", "text")
"""Written by intake and returned by a claim where tracing is on; no archive holds it."""

_BODY: Final = next(column for column in EVENT_COLUMNS if column.name == "body")

STORED: Final = (*(column for column in EVENT_COLUMNS if column.source), _BODY)
"""What intake writes. The body comes last: its stored form is made for a whole batch at once."""

STORED_FROM: Final = tuple(column.source for column in STORED if column is not _BODY)
"""Where in a `NewEvent` the values of `STORED` are, except the body's."""

CLAIMED: Final = tuple(column.name for column in EVENT_COLUMNS if column.claimed)
"""What a claim returns, in the order of the fields of `claims.Claimed`."""

ARCHIVED: Final = tuple(column.name for column in EVENT_COLUMNS if column.archived)
"""What an archive holds beside the bodies, in the order of the fields of `retention.records.ArchivedEvent`."""

RESTORED_AS_THEY_ARE: Final = tuple(name for name in ARCHIVED if name not in ("status", "restored_at"))
"""What a restored row takes over from its archive without a change."""
