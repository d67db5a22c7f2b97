"""Lanes: what holds an event back, what runs next, and the guard that keeps two events from running at once.

A lane is looked into by its number again and again, and as long as any session holds a snapshot, PostgreSQL keeps
every version of every event that the lane ever had: a look that begins at the lane's first event reads them all, and
so does a unique index of lanes when it looks for another that is running. So nothing here depends on what is over:

- A look begins where this process knows that nothing older of the lane waits or runs (`LaneBounds`).
- A statement that is about many events looks into each lane once: of those of one lane only the oldest may be next
  (`oldest`). Each event behind it would read the same versions again, and the longer that takes, the more wait.
- The guard is unique by lane *and time*. Two claims that do not see each other are of the same moment; claims of
  another moment see what runs. Each claim notes in which window of `WINDOW` seconds it began, and two indexes pair
  the windows, one with their successors and one with their predecessors: of any two neighbours, one index has both
  under one key. A claim that took longer than a window is given back (`execution.recorder`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django_github_app.conf import app_settings
from django_github_app.models.events import EventLog, EventStatus
from django_github_app.models.lanes import WorkerTypeProgress

from .dialects import Column, Dialect, dialect_for

# On ``status + 0`` see `claims`: each look here is answered by one index only.
_EVENTS = EventLog._meta.db_table
_PROGRESS = WorkerTypeProgress._meta.db_table
_PENDING, _PROCESSING, _RETRYING = (
    int(s) for s in (EventStatus.PENDING, EventStatus.PROCESSING, EventStatus.RETRYING)
)
_LANE = (Column("lane", "bigint"),)
# What the two unique indexes of running events have behind the lane.
_PAIRS = ("coalesce(other.claimed_in, 0) / 2", "(coalesce(other.claimed_in, 0) + 1) / 2")
WINDOW: Final = 5
"""Seconds of a window: the number of one is the seconds since 1970 on the database's clock, divided by it."""
SEEN_LATELY: Final = 60.0
"""Seconds after which what the sweep saw of a worker type no longer counts: it has not looked since."""


@dataclass(frozen=True, slots=True)
class LaneBounds:
    """Lanes of which this is known: below which id no event waits, and before which window none began that runs."""

    ids: Mapping[int, int] = field(default_factory=dict)
    windows: Mapping[int, int] = field(default_factory=dict)
    _encoded: list[str] = field(default_factory=list, init=False, repr=False, compare=False)

    def encoded(self) -> Sequence[str]:
        """Return three JSON objects: the ids, and the windows as each of the two indexes has them."""
        if not self._encoded:
            first = {lane: one // 2 for lane, one in self.windows.items()}
            second = {lane: (one + 1) // 2 for lane, one in self.windows.items()}
            self._encoded.extend(json.dumps(one, separators=(",", ":")) for one in (self.ids, first, second))
        return self._encoded


NO_BOUNDS: Final = LaneBounds()


def window(dialect: Dialect) -> str:
    """Return SQL for the window in which a statement began."""
    return f"({dialect.epoch} / {WINDOW})"


def silent_types(dialect: Dialect) -> str:
    """Return SQL that lists the worker types whose events hold no lane of another: nobody seems to run them."""
    return f"""
        (SELECT w.worker_type FROM {_PROGRESS} w
        WHERE {dialect.seconds_between(dialect.now, "w.moved_at")} > {float(app_settings.LANE_PATIENCE)}
        AND {dialect.seconds_between(dialect.now, "w.seen_at")} < {SEEN_LATELY})"""  # noqa: S608


def out_of_lane(dialect: Dialect, table: str, unordered: Collection[str]) -> tuple[str, list[Any]]:
    """Return SQL that says whether an event takes no part in lanes, NULL for none, and its parameters."""
    names = dialect.array(sorted(unordered))
    return (
        f"({table}.event {dialect.texts} OR {table}.event || '.' || {table}.action {dialect.texts})",
        [names, names],
    )


def lane_of(dialect: Dialect, table: str, unordered: Collection[str]) -> tuple[str, list[Any]]:
    """Return SQL for the lane that an event takes part in, NULL for none, and its parameters."""
    if not unordered:
        return f"{table}.lane", []
    opted_out, names = out_of_lane(dialect, table, unordered)
    return f"CASE WHEN {opted_out} THEN NULL ELSE {table}.lane END", names


def oldest(source: str, *also: str) -> str:
    """Return SQL for the ids in ``source`` that are the oldest of their lane there, and those without a lane.

    ``source`` has columns ``id`` and ``lane``; ``also`` are columns by which its lanes are told apart further.
    """
    columns = "".join(f", s.{name}" for name in also)
    return f"""
        SELECT min(s.id) AS id FROM {source} s
        GROUP BY s.lane{columns}, CASE WHEN s.lane IS NULL THEN s.id END"""  # noqa: S608


def held(
    dialect: Dialect,
    unordered: Collection[str] = (),
    bounds: LaneBounds = NO_BOUNDS,
    *,
    beside: Any = None,
) -> tuple[str, list[Any]]:
    """Return SQL that says whether the event ``e`` is behind another of its lane, and its parameters.

    It is behind one that runs, and behind an older one that waits, unless that is of another worker type, which
    nobody runs. ``beside`` is a parameter of ids: an older one of them that is to be tried again goes first too.
    """

    def bounded(column: str, known: Mapping[int, int], which: int) -> tuple[str, list[Any]]:
        if not known or not dialect.is_postgresql:  # SQLite keeps no old versions
            return "", []
        limit = "coalesce((%s::jsonb ->> e.lane::text)::bigint, 0)"
        return f"AND {column} >= {limit}", [bounds.encoded()[which]]

    def takes_part(table: str) -> tuple[str, list[Any]]:
        if not unordered:
            return "", []
        opted_out, names = out_of_lane(dialect, table, unordered)
        return f"AND {opted_out} IS NOT TRUE", names

    in_lane, names = takes_part("other")
    # In the words of both indexes: PostgreSQL takes either, and reads all of the lane in one that has no bound.
    first, halves = bounded(_PAIRS[0], bounds.windows, 1)
    second, shifted = bounded(_PAIRS[1], bounds.windows, 2)
    running = f"""EXISTS (
        SELECT 1 FROM {_EVENTS} other WHERE other.lane = e.lane AND other.status = {_PROCESSING}
        AND other.id <> e.id {first} {second} {in_lane})"""  # noqa: S608
    above, ids = bounded("other.id", bounds.ids, 0)
    waiting = f"""EXISTS (
        SELECT 1 FROM {_EVENTS} other WHERE other.lane = e.lane AND other.status + 0 = {_PENDING}
        AND other.id < e.id {above} {in_lane}
        AND (other.worker_type = e.worker_type OR other.worker_type NOT IN {silent_types(dialect)}))"""  # noqa: S608
    parts, parameters = [running, waiting], [*halves, *shifted, *names, *ids, *names]
    if beside is not None:
        parts.append(f"""EXISTS (
            SELECT 1 FROM {_EVENTS} other WHERE other.id {dialect.ids} AND other.lane = e.lane
            AND other.id < e.id AND other.status + 0 = {_RETRYING} AND other.next_attempt_at <= {dialect.now}
            {in_lane})""")  # noqa: S608
        parameters += [beside, *names]
    itself, own_names = takes_part("e")
    return f"(e.lane IS NOT NULL {itself} AND ({' OR '.join(parts)}))", [*own_names, *parameters]


def next_in_lanes(lanes: Collection[int], bounds: LaneBounds = NO_BOUNDS) -> list[tuple[int, str, int]]:
    """Return ``(id, worker type, lane)`` of the event that each lane may run next, where there is one.

    An event of a worker type that nobody runs comes after all others of its lane.
    """
    if not lanes:
        return []
    dialect = dialect_for(EventLog)
    source, parameters = dialect.rows(_LANE, [(lane,) for lane in sorted(lanes)])
    known = {lane: bounds.ids[lane] for lane in lanes if lane in bounds.ids}
    from_known = ""
    if known and dialect.is_postgresql:
        from_known = "AND e.id >= coalesce((%s::jsonb ->> o.lane::text)::bigint, 0)"

    def first(condition: str) -> str:
        return f"""(SELECT e.id FROM {_EVENTS} e
            WHERE e.lane = o.lane AND e.status + 0 = {_PENDING} {from_known} {condition}
            ORDER BY e.id LIMIT 1)"""  # noqa: S608

    of_others = first(f"AND e.worker_type NOT IN {silent_types(dialect)}")
    next_one = f"SELECT coalesce({of_others}, {first('')}) FROM {source}"  # noqa: S608
    # As an array: joined with it, PostgreSQL may read all of a log that it takes to be small.
    sql = f"""
        SELECT e.id, e.worker_type, e.lane FROM {_EVENTS} e
        WHERE e.id {dialect.chosen(next_one)} ORDER BY e.id"""  # noqa: S608
    if from_known:
        parameters = [json.dumps(known, separators=(",", ":"))] * 2 + parameters
    rows = dialect.execute(sql, parameters)
    return [(pk, worker_type, lane) for pk, worker_type, lane in rows]


def oldest_below(lane: int, bound: int) -> int | None:
    """Return the oldest pending event of a lane below an id: one that looks from there pass over."""
    dialect = dialect_for(EventLog)
    sql = f"""
        SELECT e.id FROM {_EVENTS} e WHERE e.lane = %s AND e.status + 0 = {_PENDING} AND e.id < %s
        ORDER BY e.id LIMIT 1"""  # noqa: S608
    rows = dialect.execute(sql, [lane, bound])
    return int(rows[0][0]) if rows else None


__all__ = [
    "NO_BOUNDS",
    "WINDOW",
    "LaneBounds",
    "held",
    "lane_of",
    "next_in_lanes",
    "oldest",
    "oldest_below",
    "out_of_lane",
    "silent_types",
    "window",
]
