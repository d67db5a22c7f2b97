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

# Every process of a run writes down which names it looks up, and gets no answer.
WATCH = """
import os, socket
_look_up = socket.getaddrinfo
def look_up(host, *args, **options):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "localhost", "127.0.0.1", "::1", "", socket.gethostname()):
        with open(os.environ["NAMES_FILE"], "a") as file:
            file.write(f"{name}\\n")
        raise socket.gaierror(socket.EAI_NONAME, "names are watched")
    return _look_up(host, *args, **options)
socket.getaddrinfo = look_up
"""

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
def watched(tmp_path: Path) -> dict[str, str]:
    """Variables with which Python writes down the names that it looks up, into ``tmp_path / "names"``."""
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH)
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(path), "NAMES_FILE": str(tmp_path / "names")}


def names(tmp_path: Path) -> str:
    """Return the names that were looked up."""
    path = tmp_path / "names"
    return path.read_text() if path.exists() else ""


def test_a_name_that_is_looked_up_is_seen(watched: dict[str, str], tmp_path: Path) -> None:
    code = "import urllib.request; urllib.request.urlopen('https://api.github.com/zen')"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **watched}, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert names(tmp_path) == "api.github.com\n"


@pytest.fixture
def start(tmp_path: Path, mark: str, watched: dict[str, str]) -> Iterator[Start]:
    """Start `python -m deploy.run` with the test's directory, and without the test run's servers."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        keep = ("HOME", "LANG", "PATH", "TMPDIR")
        base = {**{name: os.environ[name] for name in keep if name in os.environ}, **watched}
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
    start: Start, mark: str, tmp_path: Path
) -> None:
    demo = start("--once")
    output, _ = demo.communicate(timeout=180)
    assert OUTCOME.findall(output) == ALL_DONE, output
    assert output.count("worker.events.handlers.") == output.count("worker.events.ahandlers.") == len(EVENTS)
    assert demo.returncode == 0, output
    assert of_this_run(mark) == []
    log = (tmp_path / "local" / "run.log").read_text()
    assert "Traceback" not in log
    assert names(tmp_path) == ""


def test_a_run_stays_until_ctrl_c_keeps_its_data_and_calls_no_github(
    start: Start, mark: str, tmp_path: Path, watched: dict[str, str]
) -> None:
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
        counts.append(stored_events(tmp_path / "local", watched))
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)
        assert run.returncode == 0, output
        assert of_this_run(mark) == []
    assert counts == [len(ALL_DONE), 2 * len(ALL_DONE)]
    assert "Traceback" not in (tmp_path / "local" / "run.log").read_text()
    assert names(tmp_path) == ""


def stored_events(local: Path, watched: dict[str, str]) -> int:
    """Count the events as somebody in another terminal would: `manage.py` finds the running servers and GitHub.

    Before that, everything asks GitHub that beat lets ask it.
    """
    names = dict(line.split("=", 1) for line in (local / "environment").read_text().splitlines())
    code = (
        "from django_github_app import models, tasks; tasks.reconcile(); tasks.recover_missed();"
        "row = models.Installation.objects.get(); row.reconciled_at.year;"
        "assert row.repositories.get().full_name == 'octo-org/octo-repo';"
        "print('events:', models.EventLog.objects.count())"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **watched, **names},
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
