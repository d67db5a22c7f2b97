"""`make demo` and `make run`, as somebody types them on a bare machine; only the directory is the test's own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.site import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

OUTCOME = re.compile(r"^(\w+) +(sync|async) +(\w+) ", re.MULTILINE)
EVENTS = ["installation", "issues", "pull_request", "push", "issue_comment"]
ALL_DONE = [(event, worker, "done") for worker in ("sync", "async") for event in EVENTS]

Start = Callable[..., "subprocess.Popen[str]"]


def of_this_run(mark: str) -> list[str]:
    """Return the command lines of all processes that inherited the mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("RUN_MARK") == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture
def mark() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def start(tmp_path: Path, mark: str) -> Iterator[Start]:
    """Start `python -m deploy.run` with the test's directory, and without the test run's servers."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        keep = ("HOME", "LANG", "PATH", "TMPDIR", "PYTHONPATH")
        base = {name: os.environ[name] for name in keep if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.run", f"--directory={tmp_path / 'local'}", *options],
            cwd=ROOT,
            env={**base, "RUN_MARK": mark, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    output = ""
    assert process.stdout is not None
    for line in process.stdout:
        output += line
        if text in line:
            return output
    raise AssertionError(f"{text!r} was never printed:\n{output}")


def test_the_demo_handles_every_sample_on_both_worker_types_and_leaves_nothing_running(
    start: Start, mark: str
) -> None:
    demo = start("--once")
    output, _ = demo.communicate(timeout=180)
    assert OUTCOME.findall(output) == ALL_DONE, output
    assert output.count("worker.events.handlers.") == output.count("worker.events.ahandlers.") == len(EVENTS)
    assert demo.returncode == 0, output
    assert of_this_run(mark) == []


def test_a_run_stays_until_ctrl_c_and_keeps_its_data(start: Start, mark: str, tmp_path: Path) -> None:
    counts = []
    for _ in range(2):
        run = start()
        output = read_until(run, "Ctrl-C stops everything")
        url = re.search(r"http://127\.0\.0\.1:\d+", output)
        login = re.search(r"/admin/  (\S+) / (\S+)", output)
        assert url, output
        assert login, output
        with httpx.Client(base_url=url[0], trust_env=False, follow_redirects=True) as client:
            page = client.get("/admin/login/")
            form = {
                "username": login[1],
                "password": login[2],
                "csrfmiddlewaretoken": client.cookies["csrftoken"],
            }
            assert (
                "Log out"
                in client.post(
                    "/admin/login/?next=/admin/", data=form, headers={"Referer": str(page.url)}
                ).text
            )
        counts.append(stored_events(tmp_path / "local"))
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)
        assert run.returncode == 0, output
        assert of_this_run(mark) == []
    assert counts == [len(ALL_DONE), 2 * len(ALL_DONE)]


def stored_events(local: Path) -> int:
    """Count the events as somebody in another terminal would: `manage.py` finds the running servers."""
    names = dict(line.split("=", 1) for line in (local / "environment").read_text().splitlines())
    code = "from django_github_app.models import EventLog; print('events:', EventLog.objects.count())"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **names},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout.rsplit("events:", 1)[1])


def test_a_port_that_is_asked_for_and_taken_is_named(start: Start, mark: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = start(PORT=port)
        output, _ = run.communicate(timeout=60)
    assert output == f"Error: PORT={port} is taken\n"
    assert run.returncode == 1
    assert of_this_run(mark) == []
