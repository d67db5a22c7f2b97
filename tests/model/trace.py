"""What really happened to each event, written down by triggers of the database, and held against the model.

`follow` makes PostgreSQL keep a row for each change of an event and of its ledger. `read` returns those changes in
the order in which they were committed; `replay` says which of them the model of `protocol` does not allow. What is
allowed is not written down a second time: `allowed` collects every move of a row that a search of the model meets.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import psycopg
from psycopg.rows import class_row

from . import protocol as model
from .protocol import Bounds, Left, Row
from .search import walk

EVENTS, RUNS = "django_github_app_eventlog", "django_github_app_handlerrun"
TABLE = "protocol_trace"

_TRIGGERS = f"""
CREATE TABLE {TABLE} (
    seq bigserial PRIMARY KEY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    asked_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event bigint NOT NULL, handler text, position integer, lane bigint, worker_type text,
    old smallint, new smallint, attempts_before integer, attempts integer, lost_before integer, lost integer
);
CREATE FUNCTION {TABLE}_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r {EVENTS};
BEGIN
    r := coalesce(NEW, OLD);
    IF TG_OP = 'UPDATE' AND OLD.status = NEW.status AND OLD.attempts = NEW.attempts
        AND OLD.lane IS NOT DISTINCT FROM NEW.lane THEN RETURN NULL; END IF;
    INSERT INTO {TABLE} (event, lane, worker_type, old, new, attempts_before, attempts, lost_before, lost)
    VALUES (r.id, r.lane, r.worker_type, OLD.status, NEW.status, OLD.attempts, NEW.attempts,
        OLD.lost_leases, NEW.lost_leases);
    RETURN NULL;
END $$;
CREATE FUNCTION {TABLE}_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r {RUNS};
BEGIN
    r := coalesce(NEW, OLD);
    INSERT INTO {TABLE} (event, handler, position, old, new, attempts_before, attempts)
    VALUES (r.event_id, r.handler, r.position, OLD.status, NEW.status, OLD.attempts, NEW.attempts);
    RETURN NULL;
END $$;
CREATE TRIGGER trace AFTER INSERT OR UPDATE OR DELETE ON {EVENTS} FOR EACH ROW EXECUTE FUNCTION {TABLE}_event();
CREATE TRIGGER trace AFTER INSERT OR UPDATE OR DELETE ON {RUNS} FOR EACH ROW EXECUTE FUNCTION {TABLE}_run();
"""


@dataclass(frozen=True)
class Change:
    """A change of an event's row, or of a callback's in the ledger (``handler``)."""

    seq: int
    asked_at: dt.datetime
    """When the server was asked for it: what was committed before, the statement saw."""
    at: dt.datetime
    committed_at: dt.datetime
    event: int
    handler: str | None = None
    position: int | None = None
    lane: int | None = None
    worker_type: str | None = None
    old: int | None = None
    new: int | None = None
    attempts_before: int | None = None
    attempts: int | None = None
    lost_before: int | None = None
    lost: int | None = None


def follow(database_url: str) -> None:
    """Have the database write down what happens from now on."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_TRIGGERS)


def can_read(database_url: str) -> bool:
    """Return whether the server remembers when transactions were committed: ours does, a developer's may not."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute("SHOW track_commit_timestamp").fetchone()
        return row is not None and row[0] == "on"


def read(database_url: str) -> list[Change]:
    """Return every committed change, in the order of commits, of one commit the ledger first.

    Needs PostgreSQL with ``track_commit_timestamp``.
    """
    with psycopg.connect(database_url, autocommit=True, row_factory=class_row(Change)) as connection:
        return connection.execute(
            f"SELECT seq, asked_at, at, pg_xact_commit_timestamp(xid::xid) AS committed_at, event, handler,"
            f" position, lane, worker_type, old, new, attempts_before, attempts, lost_before, lost"
            f" FROM {TABLE} ORDER BY committed_at, handler IS NULL, seq"
        ).fetchall()


# The moves of the model


@dataclass(frozen=True)
class Moves:
    """Every change of one row that some step of the model makes."""

    events: frozenset[tuple[int, int, int, int]]
    """Status before and after; by how much attempts grew; 1: a lease was lost, -1: their count began anew, or 0."""
    runs: frozenset[tuple[int, int]]
    """What the ledger said of a callback before and after."""


# Together every move of a row, each in a search that takes a second.
_NOTHING = Left(*[0] * len(Left._fields))
_EVERYTHING = (
    _NOTHING._replace(stops=2, copies=1),
    _NOTHING._replace(stops=1, failures=2, redeliveries=1),
    _NOTHING._replace(stops=1, replays=1),
    _NOTHING._replace(failures=2, copies=1, stops=1),
    _NOTHING._replace(failures=1, replays=1, archives=1),
)


@cache
def allowed() -> Moves:
    """Return the moves of the model, from every state of one event and every fault."""
    events: set[tuple[int, int, int, int]] = set()
    runs: set[tuple[int, int]] = set()
    for left in _EVERYTHING:
        for most in (1, 2):
            for before, after in walk(Bounds((1,), most_attempts=most, most_lost=2, left=left)):
                for old, new in zip(before.rows, after.rows, strict=True):
                    if old != new:
                        events.add(_event_move(old, new))
                        runs.update((o, n) for o, n in zip(old.runs, new.runs, strict=True) if o != n)
    return Moves(frozenset(events), frozenset(runs))


def _event_move(old: Row, new: Row) -> tuple[int, int, int, int]:
    lost = new.lost - old.lost
    return old.status, new.status, new.attempt - old.attempt, 1 if lost > 0 else -1 if lost < 0 else 0


# The database's numbers → the model's. What was refused is over, as what succeeded; what matched nothing is done.
STATUS = {
    None: model.ABSENT,
    0: model.PENDING,
    1: model.PROCESSING,
    2: model.RETRYING,
    10: model.DONE,
    11: model.DONE,
    12: model.DEAD,
}
RUN = {
    None: model.NOT_RUN,
    0: model.NOT_RUN,  # begun: there is a checkpoint, and nothing that counts
    2: model.FAILED,
    10: model.SUCCEEDED,
    11: model.SUCCEEDED,
    12: model.GAVE_UP,
    # Superseded or cancelled: it is over, and nobody calls it again.
    13: model.SUCCEEDED,
    14: model.SUCCEEDED,
}
# Moves of real rows of which the model has none: it keeps what has run out of time, and takes no event back twice.
_BESIDE_THE_MODEL = {
    (model.PROCESSING, model.ABSENT),  # LOG_ALL_EVENTS=False: nothing matched
}
_RUNS_BESIDE_THE_MODEL = {
    (model.NOT_RUN, model.GAVE_UP),  # an error that is not tried again, such as `PermanentError`
    (model.FAILED, model.NOT_RUN),  # it is tried again, and has made a checkpoint
}
_EVENTS_BESIDE_THE_MODEL = {
    (model.PROCESSING, model.PROCESSING, 0, -1),  # a checkpoint: whoever gets on has taken no worker down
}


def replay(changes: Sequence[Change]) -> list[str]:
    """Return what the model does not allow, one line for each change."""
    found = []
    ledger: dict[int, dict[tuple[str | None, int | None], int]] = defaultdict(dict)
    successes: dict[tuple[int, str | None, int | None], int] = defaultdict(int)
    lanes = _Lanes(changes)
    for change in changes:
        if change.handler is not None:
            found += _of_run(change, ledger[change.event], successes)
        else:
            found += _of_event(change, ledger[change.event])
            found += lanes.check(change)
    return found


def _of_run(
    change: Change,
    runs: dict[tuple[str | None, int | None], int],
    successes: dict[tuple[int, str | None, int | None], int],
) -> list[str]:
    key = (change.handler, change.position)
    old, new = RUN[change.old], RUN[change.new]
    if change.new is None:  # somebody replays the event from the start, or it is deleted
        runs.pop(key, None)
        successes.pop((change.event, *key), None)
        return []
    runs[key] = new
    if new == model.SUCCEEDED and old != model.SUCCEEDED:
        successes[change.event, *key] += 1
    found = []
    if successes[change.event, *key] > 1:
        found.append(f"event {change.event}: two successes of {change.handler} are recorded")
    if old != new and (old, new) not in allowed().runs | _RUNS_BESIDE_THE_MODEL:
        found.append(f"event {change.event}: the ledger says {change.old} → {change.new} of {change.handler}")
    if old == new and old in (model.SUCCEEDED, model.GAVE_UP):
        found.append(f"event {change.event}: {change.handler} was over and is recorded again")
    return found


def _of_event(change: Change, runs: dict[tuple[str | None, int | None], int]) -> list[str]:
    old, new = STATUS[change.old], STATUS[change.new]
    where = f"event {change.event}: {change.old} → {change.new} in attempt {change.attempts}"
    if change.old == change.new == 1 and change.attempts == change.attempts_before:
        return []  # it has left its lane: a key takes the lane's place
    if change.new is None:
        if old in model.FINAL or (old, model.ABSENT) in _BESIDE_THE_MODEL:
            return []
        return [f"{where}: an event that is to run is deleted"]
    if change.old is None:
        # Stored as new; or brought back from an archive as it was.
        return [] if new in (model.PENDING, *model.FINAL) else [f"{where}: stored in the middle"]
    lost = (change.lost or 0) - (change.lost_before or 0)
    grown = (change.attempts or 0) - (change.attempts_before or 0)
    found = []
    if (old, new, grown, max(-1, min(lost, 1))) not in allowed().events | _EVENTS_BESIDE_THE_MODEL:
        found.append(f"{where}: no step of the model does that")
    failed = any(run in (model.FAILED, model.GAVE_UP) for run in runs.values())
    if old == model.PROCESSING and change.new == 10 and failed:
        found.append(f"{where}: the ledger does not say that every callback succeeded")
    return found


class _Lanes:
    """Who runs and who waits in each lane, as each statement could see it."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._history: dict[int, list[Change]] = defaultdict(list)
        self._members: dict[int, set[int]] = defaultdict(set)
        self._running: dict[int, set[int]] = defaultdict(set)
        for change in changes:
            if change.handler is None:
                self._history[change.event].append(change)
                if change.lane is not None:
                    self._members[change.lane].add(change.event)

    def check(self, change: Change) -> list[str]:
        lane = change.lane
        if lane is None:
            for others in self._running.values():
                others.discard(change.event)
            return []
        running = self._running[lane]
        if change.new != 1:
            running.discard(change.event)
            return []
        beside = running - {change.event}
        running.add(change.event)
        if beside:
            return [f"event {change.event} runs beside {sorted(beside)} of its lane"]
        if change.old != 0:  # a retry is not in anybody's order
            return []
        return [
            f"event {change.event} overtakes {other} of its lane"
            for other in self._members[lane]
            if other < change.event and self._waited(other, change)
        ]

    def _waited(self, event: int, claim: Change) -> bool:
        """Return whether an event was PENDING when a claim was asked for, and still when it was made."""
        history = self._history[event]
        seen = [one for one in history if one.committed_at < claim.asked_at]
        later = [one for one in history if one not in seen and one.at <= claim.at]
        # One that has left its lane for a key, and whose worker was lost, waits in no lane.
        return bool(seen) and (seen[-1].new, seen[-1].lane) == (0, claim.lane) and not later


def check(database_url: str) -> list[str]:
    """Replay what a database has written down."""
    return replay(read(database_url))


__all__: list[str] = ["Change", "allowed", "can_read", "check", "follow", "read", "replay"]
