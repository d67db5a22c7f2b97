"""Blocks that PostgreSQL reads for an event from claim to outcome, with a snapshot held and without.

    python -m benchmarks.count_reads [--events 2000] [--lanes 10]

What depends on dead versions grows with them; a count of blocks says so however busy the machine is.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import psycopg

from .bench_queue import _storing, held_snapshot
from .stand import Stand


def _hits(stand: Stand) -> int:
    time.sleep(1.2)  # statistics of a session are sent once a second
    return int(stand.value("SELECT blks_hit FROM pg_stat_database WHERE datname = current_database()"))


def run(stand: Stand, events: int, lanes: int, hold: bool) -> dict[str, Any]:
    """Run events in turn, 20 at a time, and count in the first and in the last tenth of them."""
    from django_github_app.execution import recorder as room
    from django_github_app.models import EventStatus
    from django_github_app.sql.claims import EventOutcome

    stand.clear()
    store, recorder = _storing(lanes), room.Recorder()
    counted: dict[str, float] = {}
    with held_snapshot(stand, hold):
        rounds = events // 20
        for number in range(rounds):
            ids = store(number * 20, 20)
            part = {0: "first", rounds - rounds // 10: "last"}.get(number)
            if part:
                name, begun, before = part, number, _hits(stand)
            claim = room.Take("async", ids, 100) if hasattr(room, "Take") else room.Claim(ids)
            todo = list(recorder.submit(claim).claimed)
            while todo:
                one = todo.pop(0)
                outcome = EventOutcome(one.id, one.attempt, EventStatus.DONE)
                todo += recorder.submit(room.Record((), outcome, one.lane, "async")).claimed
            if number + 1 - begun == rounds // 10:
                counted[name] = (_hits(stand) - before) / (rounds // 10 * 20)
    recorder.close()
    left = stand.value("SELECT count(*) FROM django_github_app_eventlog WHERE status < 10")
    return {"blocks_first": counted["first"], "blocks_last": counted["last"], "left": left}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--lanes", type=int, default=10)
    options = parser.parse_args()
    stand = Stand()
    try:
        stand.use_here()
        with psycopg.connect(stand.database_url, autocommit=True) as connection:
            for setting in ("fsync = off", "autovacuum = off"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        for hold in (False, True):
            found = run(stand, options.events, options.lanes, hold)
            print(json.dumps({"snapshot": "held" if hold else "free", **found}), flush=True)
    finally:
        stand.close()


if __name__ == "__main__":
    main()
