"""What statements on an event's way read when PostgreSQL has to keep every version of every event.

Inside one transaction no version that it leaves behind can go, as with a snapshot that somebody holds. Blocks are
counted, because a busy machine does not change their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import waiting, wanted
from django_github_app.sql.dialects import Dialect
from django_github_app.sql.lanes import NO_BOUNDS, WINDOW, LaneBounds
from django_github_app.sql.outcomes import EventOutcome

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no versions"),
]

EVENTS = EventLog._meta.db_table
LANES = range(1, 6)
MORE = 1500
"""Events that end between two looks at the same statement: some were hurried before, some tried twice."""


@pytest.fixture(autouse=True)
def history() -> None:
    """Make the log long enough for nobody to think that it had better be read as a whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {EVENTS} (event, received_at, status, body)"
            " SELECT 'push', now(), 10, '' FROM generate_series(1, 20000)"
        )


class _Explained(Exception):
    """The statement was explained, and has been undone."""


def blocks(monkeypatch: pytest.MonkeyPatch, statement: Callable[[], object]) -> int:
    """Return how many blocks PostgreSQL looks at for the first statement that a function runs."""
    found: list[int] = []

    def explain(self: Dialect, sql: str, parameters: Sequence[Any] = (), **options: Any) -> Any:
        with psycopg.Cursor(self.connection.connection) as cursor:
            text: Any = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
            cursor.execute(text, parameters)
            (plan,) = cursor.fetchone() or ([],)
        found.append(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
        raise _Explained

    with monkeypatch.context() as patch:
        patch.setattr(Dialect, "execute", explain)
        with pytest.raises(_Explained), transaction.atomic():
            statement()
    return found[0]


def finish_some(count: int = MORE) -> None:
    """Let events of the lanes wait, run and end; each leaves a version of both behind in every index."""
    with connection.cursor() as cursor:
        _store(cursor, count)
        cursor.execute(f"UPDATE {EVENTS} SET priority = 1 WHERE status = 0 AND id % 4 = 0")
        # As long ago as its number says: no two of a lane have run in one window.
        cursor.execute(
            f"UPDATE {EVENTS} SET status = 1, claimed_in = id, lease_expires_at = now() - interval '1 hour',"
            " attempts = 1, priority = NULL WHERE status = 0"
        )
        cursor.execute(
            f"UPDATE {EVENTS} SET status = 2, next_attempt_at = now() - interval '1 hour'"
            " WHERE status = 1 AND id % 4 = 1"
        )
        cursor.execute(f"UPDATE {EVENTS} SET status = 1, next_attempt_at = NULL WHERE status = 2")
        cursor.execute(
            f"UPDATE {EVENTS} SET status = 10, claimed_in = NULL, lease_expires_at = NULL WHERE status = 1"
        )
        cursor.execute(f"ANALYZE {EVENTS}")


def store_pending(each: int) -> list[int]:
    """Store events that wait, so many in each lane; return their ids."""
    with connection.cursor() as cursor:
        _store(cursor, each * len(LANES))
        cursor.execute(f"SELECT id FROM {EVENTS} WHERE status = 0 ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


def _store(cursor: Any, count: int) -> None:
    cursor.execute(
        f"INSERT INTO {EVENTS} (event, received_at, status, worker_type, lane, body)"
        f" SELECT 'push', now() - interval '1 hour', 0, 'sync', 1 + n %% {len(LANES)}, ''"
        " FROM generate_series(1, %s) n",
        [count],
    )


def known(first: int) -> LaneBounds:
    """Return what a process knows that has taken the last finished event of each lane."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now())::integer")
        (now,) = cursor.fetchone()
    return LaneBounds(dict.fromkeys(LANES, first), dict.fromkeys(LANES, now // WINDOW - 1))


def take(first: int, bounds: LaneBounds = NO_BOUNDS) -> Callable[[], object]:
    return lambda: wanted.take("sync", after=first, limit=20, lease=60, bounds=bounds)


STATEMENTS: dict[str, tuple[int, Callable[[list[int]], object]]] = {
    "take": (200, lambda ids: take(ids[0], known(ids[0]))()),
    "claim": (200, lambda ids: moves.claim(ids[:20], lease=60, bounds=known(ids[0]))),
    "claim one": (50, lambda ids: moves.claim(ids[:1], lease=60, bounds=known(ids[0]))),
    "what follows in lanes": (100, lambda ids: moves.next_in_lanes(LANES, known(ids[0]))),
    "is there anything": (20, lambda ids: wanted.is_anything("sync", after=ids[-1] + 1, ids=ids[:1])),
    "what a look passes over": (100, lambda ids: wanted.passed_over(ids[:20])),
    "what is hurried": (20, lambda ids: wanted.hurried("sync", limit=20)),
    "finish": (200, lambda ids: moves.finish([EventOutcome(pk, 1, EventStatus.DONE) for pk in ids[:50]])),
    "renew": (200, lambda ids: moves.renew([(pk, 1) for pk in ids[:50]], lease=60)),
    "release": (200, lambda ids: moves.release([(pk, 1) for pk in ids[:50]])),
    "take back": (20, lambda ids: moves.take_back(limit=100, max_lost=3, within=60)),
}
"""What each reads at most, in blocks, and the statement."""


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_on_an_events_way_reads_what_is_finished(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    most, statement = STATEMENTS[name]
    for _ in range(2):
        finish_some()
        ids = store_pending(20)
        assert blocks(monkeypatch, lambda ids=ids: statement(ids)) <= most  # type: ignore[misc]
        EventLog.objects.filter(status=EventStatus.PENDING).delete()


@pytest.mark.parametrize("name", ["take", "claim", "sweep"])
def test_what_must_be_read_from_the_beginning_is_read_once_for_a_lane_and_not_for_each_of_its_events(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A process that has just begun knows nothing of any lane; a backlog must not make its first look dearer."""
    finish_some()
    read = []
    for each in (2, 15):
        ids = store_pending(each)
        looks: dict[str, Callable[[], object]] = {
            "take": take(ids[0]),
            "claim": lambda ids=ids: moves.claim(ids, lease=60),  # type: ignore[misc]
            "sweep": lambda: waiting.find_waiting("sync", limit=100, grace=0),
        }
        read.append(blocks(monkeypatch, looks[name]))
        EventLog.objects.filter(status=EventStatus.PENDING).delete()
    assert read[0] > MORE / 2  # as it says: from the beginning
    assert read[1] < 1.5 * read[0]
