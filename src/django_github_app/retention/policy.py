"""Which events are old enough to go: cutoffs per final state, and how to find them without a long query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django_github_app.conf import app_settings
from django_github_app.models import EventLog, EventStatus
from django_github_app.process.clock import as_aware, utc_now
from django_github_app.sql.clock import database_now
from django_github_app.sql.dialects import Dialect, dialect_for

EVENTS = EventLog._meta.db_table
FINAL = {status.label: status for status in EventStatus if status.is_final}
DEAD_DAYS = 30
# Ids and receive times rise together, but not strictly: web processes commit in groups, clocks differ.
SLACK = dt.timedelta(hours=1)
SMALL_TABLE = 20_000
SAMPLES = 64
THOROUGH_HOUR = 3
"""Of the day, UTC: then every row is looked at."""
COUNT_LIMIT = 10_000
# Ids that one look-up, and rows that one count, reads at most.
GAP = 5_000
READ_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Final state → moment at or before which its events were received that are due."""

    by_status: Mapping[EventStatus, dt.datetime]

    @classmethod
    def from_days(
        cls, days_to_keep: int | Mapping[str, int] | None = None, *, now: dt.datetime | None = None
    ) -> Cutoffs:
        """Return the cutoffs for a number of days, days by state, or (None) the settings.

        Raises ValueError for a state that is not final, or days that are negative.
        """
        now = database_now() if now is None else as_aware(now)  # which has dated the events
        days = policy_days() if days_to_keep is None else days_to_keep
        if not isinstance(days, Mapping):
            days = dict.fromkeys(FINAL, days)
        if unknown := sorted(set(days) - set(FINAL)):
            raise ValueError(f"only finished events can go: {unknown} are not among {sorted(FINAL)}")
        if any(count < 0 for count in days.values()):
            raise ValueError("days to keep must be 0 or more")
        return cls({FINAL[name]: now - dt.timedelta(days=count) for name, count in days.items()})

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> Cutoffs:
        return cls(
            {FINAL[name]: as_aware(dt.datetime.fromisoformat(value)) for name, value in values.items()}
        )

    def to_json(self) -> dict[str, str]:
        return {status.label: cutoff.isoformat() for status, cutoff in self.by_status.items()}

    @property
    def latest(self) -> dt.datetime:
        return max(self.by_status.values())

    def condition(self, dialect: Dialect, alias: str = "e") -> tuple[str, list[Any]]:
        """Return the SQL that says whether a row is due, and its parameters.

        A row that was brought back from an archive is as old as its return.
        """
        groups: dict[dt.datetime, list[int]] = {}
        for status, cutoff in self.by_status.items():
            groups.setdefault(cutoff, []).append(int(status))
        parts, parameters = [], []
        for cutoff, statuses in groups.items():
            moment = dialect.moment(cutoff)
            parts.append(
                f"({alias}.status IN ({', '.join(map(str, sorted(statuses)))}) AND {alias}.received_at <= %s "
                f"AND ({alias}.restored_at IS NULL OR {alias}.restored_at <= %s))"
            )
            parameters += [moment, moment]
        return f"({' OR '.join(parts)})", parameters


def policy_days() -> dict[str, int]:
    """Return the days to keep by final state, as the settings say."""
    days = app_settings.DAYS_TO_KEEP_EVENTS
    by_status = app_settings.DAYS_TO_KEEP_BY_STATUS
    if by_status is None:
        by_status = {EventStatus.DEAD.label: max(DEAD_DAYS, days)}
    return {name: by_status.get(name, days) for name in FINAL}


def last_due_id(before: dt.datetime, *, thorough: bool = False) -> int:
    """Return an id above which no event was received before ``before``; 0 for an empty table.

    There is no index on the receive time, which every delivery would pay for: ids rise with it, so the
    boundary is searched for in the primary key, in some thirty look-ups. Callers filter exactly below it.
    Where ids do not rise with it (rows loaded from elsewhere, a clock that was wrong), some samples beyond the
    boundary show it; what they miss is found ``thorough``-ly, by looking at every row.
    """
    dialect = dialect_for(EventLog)
    high = newest_id(dialect)
    limit = before + SLACK
    if thorough or high < SMALL_TABLE or limit >= database_now():
        return high
    low, last = 1, high
    while low < high:
        middle = (low + high) // 2
        found = _first_from(dialect, middle)
        if found is None:
            # Deleted long ago, or ids that never were: whichever, what is received later lies above.
            low = middle + GAP
        elif dialect.as_moment(found[1]) <= limit:
            low = found[0] + 1
        else:
            high = middle
    bound = min(int(low), last)
    step = max(1, (last - bound) // SAMPLES)
    # The newest in any case: old events that were just loaded are there.
    for sample in (*range(bound + 1, last, step), last):
        found = _first_from(dialect, sample)
        if found is not None and dialect.as_moment(found[1]) <= limit:
            return last
    return bound


def is_thorough_hour(now: dt.datetime | None = None) -> bool:
    """Return whether it is the hour of the day whose runs look at every row."""
    return (utc_now() if now is None else now).astimezone(dt.UTC).hour == THOROUGH_HOUR


def newest_id(dialect: Dialect) -> int:
    """Return the id up to which there may be events, 0 when there never was one.

    Not the table's greatest: where the newest were deleted, that reads past all that is left of them in the index.
    """
    if not dialect.is_postgresql:
        ((high,),) = dialect.execute(f"SELECT max(id) FROM {EVENTS}")  # noqa: S608
        return int(high or 0)
    ((given,),) = dialect.execute(f"SELECT pg_sequence_last_value(pg_get_serial_sequence('{EVENTS}', 'id'))")
    # Rows that brought their ids along may lie beyond, and all do where this user may not read the sequence.
    last = f"SELECT id FROM {EVENTS} WHERE id > %s ORDER BY id DESC LIMIT 1"  # noqa: S608
    beyond = dialect.execute(last, [given or 0])
    return int(beyond[0][0] if beyond else given or 0)


def _first_from(dialect: Dialect, start: int) -> tuple[int, Any] | None:
    """Return id and receive time of the first event from ``start`` on, or None when the next `GAP` ids have none."""
    sql = f"SELECT id, received_at FROM {EVENTS} WHERE id >= %s AND id < %s ORDER BY id LIMIT 1"  # noqa: S608
    rows = dialect.execute(sql, [start, start + GAP])
    return (int(rows[0][0]), rows[0][1]) if rows else None


@dataclass(frozen=True, slots=True)
class Count:
    """A number of rows, ``capped`` when there are more and nobody counted further."""

    number: int
    capped: bool = False

    def __str__(self) -> str:
        return f"more than {self.number:,}" if self.capped else f"{self.number:,}"


def count_due(cutoffs: Cutoffs, *, extra: str = "", limit: int = COUNT_LIMIT) -> Count:
    """Count the events that are due, up to ``limit``: cheap enough for a request.

    Of each group of states with one cutoff it reads `READ_LIMIT` rows at most; where that was not all of them the
    count is ``capped``, however small it is.
    """
    dialect = dialect_for(EventLog)
    number, capped, most = 0, False, max(READ_LIMIT, limit)
    groups: dict[tuple[dt.datetime, bool], dict[EventStatus, dt.datetime]] = {}
    for status, cutoff in cutoffs.by_status.items():
        # Dead events are few among many, and have an index of their own.
        groups.setdefault((cutoff, status == EventStatus.DEAD), {})[status] = cutoff
    for (cutoff, dead), group in groups.items():
        condition, parameters = Cutoffs(group).condition(dialect)
        only = f"AND status = {int(EventStatus.DEAD)}" if dead else ""
        sql = f"""
            SELECT count(*), sum(CASE WHEN {condition} {extra} THEN 1 ELSE 0 END) FROM (
                SELECT * FROM {EVENTS} WHERE id <= %s {only} ORDER BY id LIMIT {most}
            ) AS e"""  # noqa: S608
        ((read, found),) = dialect.execute(sql, [*parameters, last_due_id(cutoff)])
        number += int(found or 0)
        capped = capped or read == most
    return Count(min(number, limit), capped=capped or number > limit)


def estimate_due(cutoffs: Cutoffs) -> int:
    """Return about how many events are due: exact while it is cheap, the span of their ids beyond."""
    count = count_due(cutoffs)
    if not count.capped:
        return count.number
    bound = last_due_id(cutoffs.latest)
    return max(count.number, bound - _oldest_id(dialect_for(EventLog), bound) + 1)


def _oldest_id(dialect: Dialect, high: int) -> int:
    """Return about the oldest event's id: what was deleted before it is not read through."""
    low = 1
    while low < high:
        middle = (low + high) // 2
        if _first_from(dialect, middle) is None:
            low = middle + GAP
        else:
            high = middle
    return min(low, high)
