"""The servers that `make run` and the tests start, and the promise that nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from django.core.cache import cache

from django_github_app.cli.local_servers import LocalServers, LocalServersError
from django_github_app.models import EventLog

ROOT = Path(__file__).parents[3]


def is_gone(pid: int, within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    return False


def server_pids(servers: LocalServers) -> list[int]:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row is not None
    with redis.Redis.from_url(servers.valkey_url) as client:
        return [int(row[0].splitlines()[0]), client.info("server")["process_id"]]


@pytest.mark.django_db
def test_the_suite_runs_on_a_real_database_and_a_real_cache() -> None:
    # A property that the constructor takes; the types of Django know columns only.
    payload: dict[str, Any] = {"payload": {"zen": "Keep it logically awesome."}}
    event = EventLog.objects.create(event="ping", **payload)
    cache.set("event", event.pk)
    assert EventLog.objects.get(pk=cache.get("event")).payload == {"zen": "Keep it logically awesome."}


def test_data_survive_a_restart_when_they_have_a_directory(tmp_path: Path) -> None:
    for expected in (0, 1):
        with LocalServers(tmp_path / "data") as servers:
            with psycopg.connect(servers.database_url) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS note (id int)")
                assert connection.execute("SELECT count(*) FROM note").fetchone() == (expected,)
                connection.execute("INSERT INTO note VALUES (1)")
            with redis.Redis.from_url(servers.valkey_url) as client:
                assert client.incr("notes") == expected + 1


def test_a_second_run_on_the_same_data_is_refused_with_the_reason(tmp_path: Path) -> None:
    with LocalServers(tmp_path / "data", valkey=False), pytest.raises(LocalServersError, match="lock file"):
        LocalServers(tmp_path / "data", valkey=False)


def test_stopping_leaves_no_process_and_no_file() -> None:
    servers = LocalServers()
    pids = server_pids(servers)
    data_dir = Path(servers.database_url.split("host=")[1])
    assert data_dir.exists()
    servers.stop()
    assert [is_gone(pid) for pid in pids] == [True, True]
    assert not data_dir.parent.exists()


def test_servers_end_with_their_user_even_when_it_is_killed() -> None:
    program = (
        "import time; from django_github_app.cli.local_servers import LocalServers\n"
        "from tests.integration.cli.test_local_servers import server_pids\n"
        "print(*server_pids(LocalServers()), flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    user = subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup()\n{program}"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=environment,
        text=True,
    )
    assert user.stdout is not None
    with user, user.stdout:
        pids = [int(pid) for pid in user.stdout.readline().split()]
        user.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    assert [is_gone(pid) for pid in pids] == [True, True]


def test_a_killed_valkey_comes_back_empty_on_the_same_port(private_valkey: LocalServers) -> None:
    client = redis.Redis.from_url(private_valkey.valkey_url)
    with client:
        client.set("key", "value")
        private_valkey.kill_valkey()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        private_valkey.start_valkey()
        assert client.get("key") is None


def test_a_fresh_database_is_empty_and_an_isolated_broker_too(fresh_database: str, broker_url: str) -> None:
    with psycopg.connect(fresh_database) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)
    with redis.Redis.from_url(broker_url) as client:
        assert client.dbsize() == 0
