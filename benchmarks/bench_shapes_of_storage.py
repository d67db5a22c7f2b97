"""Shapes of the event log as prototypes in SQL: what each writes to the WAL over an event's whole life, and stores.

    python -m benchmarks.bench_shapes_of_storage [--rows 100000,1000000] [--events 20000] [--shapes a,b,c]

Every shape gets the same events with bodies as the inbox stores them: stored by 20, claimed by 20, finished by 20
with a run each in the ledger. Beside ``--rows`` finished events, after a checkpoint, so the full-page images of one
checkpoint's interval of ``--events`` events are in the figures. They do not depend on how busy the machine is.
docs/adr/0001-storage.md says what was decided.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from deploy.local_servers import LocalServers

from . import corpus
from .stand import ROOT

BATCH = 20
META = """event varchar(255), hook_id bigint NOT NULL DEFAULT 0, target_id bigint NOT NULL DEFAULT 0, action text,
    installation_id bigint, repository_id bigint, repository varchar(255), sender varchar(100), number bigint,
    received_at timestamptz NOT NULL, form_encoded boolean NOT NULL DEFAULT false, delivery varchar(64)"""
META_NAMES = (
    "event, hook_id, target_id, action, installation_id, repository_id, repository, sender, number, received_at,"
    " form_encoded, delivery"
)
STATE = """status smallint NOT NULL, worker_type varchar(16) NOT NULL DEFAULT '', lane bigint,
    attempts integer NOT NULL DEFAULT 0, lost_leases smallint NOT NULL DEFAULT 0, lease_expires_at timestamptz,
    next_attempt_at timestamptz, published_at timestamptz, finished_at timestamptz, priority smallint,
    claimed_in integer"""
ONCE = "CREATE UNIQUE INDEX ON {table} (delivery, hook_id) WHERE delivery IS NOT NULL"
QUEUE = [
    "CREATE INDEX ON {table} (worker_type, coalesce(priority, 0), id) WHERE status = 0",
    "CREATE INDEX ON {table} (lane, id) WHERE lane IS NOT NULL AND status + 0 = 0",
    "CREATE INDEX ON {table} (worker_type, next_attempt_at) WHERE status = 2",
    "CREATE INDEX ON {table} (lease_expires_at) WHERE status + 0 = 1",
    "CREATE UNIQUE INDEX ON {table} (lane, (coalesce(claimed_in, 0) / 2)) WHERE lane IS NOT NULL AND status = 1",
    "CREATE UNIQUE INDEX ON {table} (lane, ((coalesce(claimed_in, 0) + 1) / 2))"
    " WHERE lane IS NOT NULL AND status = 1",
    "CREATE INDEX ON {table} (id) WHERE status = 12",
]
RUNS = """CREATE TABLE run (id bigserial PRIMARY KEY, kind varchar(8), handler varchar(255), position integer,
    status smallint, attempts smallint, started_at timestamptz, duration_ms float8, event_id bigint,
    UNIQUE (event_id, handler, position))"""
CLAIM = """status = 1, attempts = attempts + 1, lease_expires_at = now() + interval '60 s',
    claimed_in = (extract(epoch FROM now())::bigint / 10)::integer"""
FINISH = "status = 10, lease_expires_at = NULL, claimed_in = NULL, finished_at = now()"


@dataclass(frozen=True)
class Shape:
    """Statements that make the tables, and an event's life; ``{n}`` rows of ``sample`` become events."""

    title: str
    make: Sequence[str]
    store: str
    claim: str
    finish: str
    fill: Sequence[str]
    tables: Sequence[str]


def _on(table: str, *statements: str) -> list[str]:
    return [statement.format(table=table) for statement in statements]


ID = "gen_random_uuid()::text AS delivery"
# Events of one batch, with new delivery ids; lanes as the samples have them.
NEW = f"""SELECT {META_NAMES.replace("received_at", "now() AS received_at").replace("delivery", ID)}, worker_type,
    lane, body FROM sample ORDER BY number_of_sample OFFSET %(offset)s LIMIT {BATCH}"""
OLD = f"""SELECT {META_NAMES.replace("delivery", ID)}, worker_type, lane, body
    FROM generate_series(1, %(times)s), sample"""


def _one_table(title: str, *more: str, body: str = "body bytea") -> Shape:
    names = f"{META_NAMES}, worker_type, lane, body"
    return Shape(
        title,
        [
            f"CREATE TABLE event (id bigserial PRIMARY KEY, {META}, {STATE}, {body})",
            "ALTER TABLE event ALTER body SET STORAGE EXTERNAL",
            *more,
            *_on("event", ONCE, *QUEUE),
        ],
        f"INSERT INTO event ({names}, status) SELECT *, 0 FROM ({NEW}) s ON CONFLICT DO NOTHING RETURNING id",
        f"UPDATE event SET {CLAIM} WHERE id = ANY(%(ids)s) RETURNING id, body",
        f"UPDATE event SET {FINISH} WHERE id = ANY(%(ids)s)",
        [f"INSERT INTO event ({names}, status, finished_at, attempts) SELECT *, 10, now(), 1 FROM ({OLD}) s"],
        ["event"],
    )


def _bodies_apart() -> Shape:
    names = f"{META_NAMES}, worker_type, lane"
    new = f"""WITH s AS MATERIALIZED (SELECT nextval('event_id_seq') AS id, n.* FROM ({NEW}) n),
        b AS (INSERT INTO body SELECT id, body FROM s)
        INSERT INTO event (id, {names}, status) SELECT id, {names}, 0 FROM s
        ON CONFLICT DO NOTHING RETURNING id"""
    old = f"""WITH s AS MATERIALIZED (SELECT nextval('event_id_seq') AS id, n.* FROM ({OLD}) n),
        b AS (INSERT INTO body SELECT id, body FROM s)
        INSERT INTO event (id, {names}, status, finished_at, attempts) SELECT id, {names}, 10, now(), 1 FROM s"""
    return Shape(
        "(c) bodies in an append-only table of their own",
        [
            f"CREATE TABLE event (id bigserial PRIMARY KEY, {META}, {STATE})",
            "CREATE TABLE body (id bigint PRIMARY KEY, body bytea)",
            "ALTER TABLE body ALTER body SET STORAGE EXTERNAL",
            *_on("event", ONCE, *QUEUE),
        ],
        new,
        f"""WITH c AS (UPDATE event SET {CLAIM} WHERE id = ANY(%(ids)s) RETURNING id)
            SELECT c.id, body.body FROM c JOIN body USING (id)""",
        f"UPDATE event SET {FINISH} WHERE id = ANY(%(ids)s)",
        [old],
        ["event", "body"],
    )


def _in_flight(*, completed: bool, recent_ids: bool) -> Shape:
    """A small table of what is in flight beside a log that is appended to.

    ``completed``: the log's row is updated when the event ends; else its end is a row of its own, appended too.
    ``recent_ids``: uniqueness is a narrow table of the ids of the last days, 16 bytes each, instead of an index.
    """
    log = f"CREATE TABLE event (id bigserial PRIMARY KEY, {META}, worker_type varchar(16), lane bigint, body bytea"
    log += ", status smallint, attempts integer, finished_at timestamptz)" if completed else ")"
    make = [
        log,
        "ALTER TABLE event ALTER body SET STORAGE EXTERNAL",
        f"CREATE TABLE flight (id bigint PRIMARY KEY, {STATE})",
        *_on("flight", *QUEUE[:-1]),
    ]
    tables = ["event", "flight"]
    names = f"{META_NAMES}, worker_type, lane, body"
    once = "ON CONFLICT DO NOTHING"
    if recent_ids:
        make.append(
            "CREATE TABLE recent (delivery uuid, hook_id bigint, id bigint, PRIMARY KEY (delivery, hook_id))"
        )
        tables.append("recent")
        first = """, r AS (INSERT INTO recent SELECT delivery::uuid, hook_id, id FROM s ON CONFLICT DO NOTHING
            RETURNING id)"""
        chosen = "s JOIN r USING (id)"
    else:
        make += _on("event", ONCE)
        first, chosen = "", "s"
    store = f"""WITH s AS MATERIALIZED (SELECT nextval('event_id_seq') AS id, n.* FROM ({NEW}) n){first},
        e AS (INSERT INTO event (id, {names}) SELECT id, {names} FROM {chosen} {once} RETURNING id, worker_type, lane)
        INSERT INTO flight (id, worker_type, lane, status) SELECT id, worker_type, lane, 0 FROM e RETURNING id"""
    fill = f"""WITH s AS MATERIALIZED (SELECT nextval('event_id_seq') AS id, n.* FROM ({OLD}) n){first}
        INSERT INTO event (id, {names}) SELECT id, {names} FROM s"""
    if completed:
        finish = """WITH f AS (DELETE FROM flight WHERE id = ANY(%(ids)s) RETURNING id, attempts)
            UPDATE event SET status = 10, attempts = f.attempts, finished_at = now() FROM f WHERE event.id = f.id"""
        title = "(b) in flight beside a log whose row is completed once"
        filling = [
            fill,
            "UPDATE event SET status = 10, attempts = 1, finished_at = now() WHERE status IS NULL",
        ]
    else:
        make.append(
            "CREATE TABLE outcome (id bigint PRIMARY KEY, status smallint, attempts integer, finished_at timestamptz)"
        )
        tables.append("outcome")
        finish = """WITH f AS (DELETE FROM flight WHERE id = ANY(%(ids)s) RETURNING id, attempts)
            INSERT INTO outcome SELECT id, 10, attempts, now() FROM f"""
        title = "(b') in flight beside a log that is only appended to, outcomes as well"
        filling = [fill, "INSERT INTO outcome SELECT id, 10, 1, now() FROM event ON CONFLICT DO NOTHING"]
    if recent_ids:
        title += ", ids of the last days for uniqueness"
    return Shape(
        title,
        make,
        store,
        f"""WITH c AS (UPDATE flight SET {CLAIM} WHERE id = ANY(%(ids)s) RETURNING id)
            SELECT c.id, event.body FROM c JOIN event USING (id)""",
        finish,
        filling,
        tables,
    )


SHAPES = {
    "a": _one_table("(a) one table, as it is"),
    "a-toast": _one_table(
        "(a) one table, bodies out of line (toast_tuple_target 128)",
        "ALTER TABLE event SET (toast_tuple_target = 128)",
    ),
    "a-fill": _one_table("(a) one table, fillfactor 70", "ALTER TABLE event SET (fillfactor = 70)"),
    "b": _in_flight(completed=True, recent_ids=False),
    "b-append": _in_flight(completed=False, recent_ids=False),
    "b-append-recent": _in_flight(completed=False, recent_ids=True),
    "c": _bodies_apart(),
}
SAMPLES = 500


def _samples(connection: psycopg.Connection[Any]) -> None:
    from django_github_app import deliveries
    from django_github_app.bodies import frames

    connection.execute(
        f"CREATE TABLE sample (number_of_sample integer, {META}, worker_type varchar(16), lane bigint, body bytea)"
    )
    with connection.cursor() as cursor:
        for n, sample in enumerate(corpus.samples(SAMPLES, 60)):
            headers = {
                "content-type": "application/json",
                "x-github-event": sample.event,
                "x-github-delivery": str(n),
                "x-hub-signature-256": sample.signature,
            }
            made = deliveries.parse(headers, sample.body, [corpus.SECRET.encode()])
            summary = made.summary
            cursor.execute(
                "INSERT INTO sample VALUES (%s, %s, 1, 1, %s, %s, %s, %s, %s, %s, now(), false, %s, 'async', %s, %s)",
                [
                    n, made.event, summary.action, summary.installation_id, summary.repository_id,
                    summary.repository, summary.sender, summary.number, str(n), made.lane,
                    frames.compress(sample.body),
                ],
            )  # fmt: skip


def measure(connection: psycopg.Connection[Any], shape: Shape, rows: int, events: int) -> dict[str, Any]:
    """Return what one shape writes and stores, beside ``rows`` finished events."""
    connection.execute("DROP TABLE IF EXISTS event, body, flight, recent, outcome, run CASCADE")
    for statement in [*shape.make, RUNS]:
        connection.execute(statement)
    for _ in range(max(1, rows // 50_000)):
        for statement in shape.fill:
            connection.execute(statement, {"times": min(rows, 50_000) // SAMPLES})
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
    wal = _wal(connection)
    began = time.perf_counter()
    parts = {"store": 0, "claim": 0, "finish": 0}
    for number in range(events // BATCH):
        at = _lsn(connection)
        offset = {"offset": number * BATCH % SAMPLES}
        ids = [row[0] for row in connection.execute(shape.store, offset).fetchall()]
        at = _add(connection, parts, "store", at)
        connection.execute(shape.claim, {"ids": ids}).fetchall()
        at = _add(connection, parts, "claim", at)
        with connection.transaction():
            connection.execute(
                "INSERT INTO run (kind, handler, position, status, attempts, started_at, duration_ms, event_id)"
                " SELECT 'event', 'project.app.handlers.on_event', 0, 10, 1, now(), 1.5, unnest(%s::bigint[])",
                [ids],
            )
            connection.execute(shape.finish, {"ids": ids})
        _add(connection, parts, "finish", at)
    took = time.perf_counter() - began
    after = _wal(connection)
    connection.execute("VACUUM")
    sizes = {
        table: connection.execute("SELECT pg_total_relation_size(%s)", [table]).fetchone()[0]  # type: ignore[index]
        for table in shape.tables
    }
    (number,) = connection.execute("SELECT count(*) FROM event").fetchone()  # type: ignore[misc]
    stored = sum(sizes.values()) / number
    per_event = {name: value / events for name, value in parts.items()}
    whole = sum(per_event.values())
    return {
        "shape": shape.title,
        "rows": number,
        "wal_per_event": whole,
        "wal_parts": per_event,
        "full_page_images_per_event": (after[1] - wal[1]) / events,
        "stored_per_event": stored,
        "wal_by_stored": whole / stored,
        "events_per_s": events / took,
    }


def _lsn(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
    assert row is not None
    return int(row[0])


def _add(connection: psycopg.Connection[Any], parts: dict[str, int], name: str, since: int) -> int:
    now = _lsn(connection)
    parts[name] += now - since
    return now


def _wal(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    connection.execute("SELECT pg_stat_clear_snapshot()")
    time.sleep(1.1)  # statistics of a session are sent once a second
    row = connection.execute("SELECT wal_bytes::bigint, wal_fpi FROM pg_stat_wal").fetchone()
    assert row is not None
    return row[0], row[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="100000")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--wal-compression", default="off")
    options = parser.parse_args()
    (ROOT / ".local").mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="shapes-", dir=ROOT / ".local"))
    servers = LocalServers(directory)
    try:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            for setting in (
                "max_wal_size = '20GB'",  # no checkpoint but ours
                "checkpoint_timeout = '1h'",
                "fsync = off",
                "synchronous_commit = off",
                f"wal_compression = {options.wal_compression}",
            ):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
            _samples(connection)
            for rows in map(int, options.rows.split(",")):
                for name in options.shapes.split(","):
                    found = measure(connection, SHAPES[name], rows, options.events)
                    print(json.dumps({"key": name, **found}), flush=True)
    finally:
        servers.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
