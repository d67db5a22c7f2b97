"""Rows that django-github-app stored get their columns in the background."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import psycopg

from tests.support.site import ROOT, base_environment

TABLE = "django_github_app_eventlog"


def test_a_backfill_that_is_killed_again_and_again_ends_with_every_row_filled(migrated_database: str) -> None:
    rows = 6_000
    with psycopg.connect(migrated_database, autocommit=True) as connection:
        connection.execute(
            f"INSERT INTO {TABLE} (event, payload, received_at)"
            " SELECT 'issues', jsonb_build_object('action', 'opened', 'issue', jsonb_build_object('number', n)),"
            " now()"
            f" FROM generate_series(1, {rows}) n"
        )
        command = [sys.executable, "manage.py", "github", "backfill", "--rest", "5"]

        def left() -> int:
            unfilled = "sender IS NULL AND payload IS NOT NULL AND body IS NULL"
            return int(connection.execute(f"SELECT count(*) FROM {TABLE} WHERE {unfilled}").fetchall()[0][0])

        chance = random.Random(7)
        for _ in range(3):
            before = left()
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=base_environment(migrated_database),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            until = time.monotonic() + 60
            while left() == before and process.poll() is None and time.monotonic() < until:
                time.sleep(chance.uniform(0.001, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            assert left() < before
        subprocess.run(
            [*command[:-1], "0"],
            cwd=ROOT,
            env=base_environment(migrated_database),
            check=True,
            capture_output=True,
        )
        assert left() == 0
        filled = f"SELECT count(*) FROM {TABLE} WHERE action = 'opened' AND number BETWEEN 1 AND {rows}"
        assert connection.execute(filled).fetchall() == [(rows,)]
