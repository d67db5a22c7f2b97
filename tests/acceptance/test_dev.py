"""``manage.py github dev`` in a generated project: an event through all of it, a reload, and nothing left.

``make start`` runs it; the suite tries its parts: tests/unit/cli/test_supervisor.py, test_dev_github.py and
tests/integration/cli/test_local_servers.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local_servers import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(os.environ.get("START") != "all", reason="a whole site: `make start` runs it"),
]


@pytest.fixture
def env() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    port = free_port()  # nothing listens there, so dev brings a broker of its own
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    return {**kept, "PATH": path, "DEBUG": "1", "REDIS_URL": f"redis://127.0.0.1:{port}"}


@pytest.fixture
def project(tmp_path: Path, env: dict[str, str]) -> Path:
    start = [sys.executable, "-m", "django_github_app", "new", "my-bot"]
    subprocess.run(start, cwd=tmp_path, env=env, check=True, capture_output=True)
    return tmp_path / "my-bot"


@pytest.fixture
def running(project: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (project / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "github", "dev", "--port", str(free_port())],
            cwd=project,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield process
    if process.poll() is None:
        process.terminate()
        process.wait(60)


def wait_for(condition: Callable[[], bool], what: str, log: Path, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}\n{log.read_text()[-4000:]}"
        time.sleep(0.2)


def test_an_event_is_answered_a_change_is_loaded_and_nothing_is_left(
    project: Path, env: dict[str, str], running: subprocess.Popen[bytes]
) -> None:
    log = project / "dev.log"

    def ready(times: int) -> bool:
        text = log.read_text()
        return text.count("async@") >= times and text.count(" ready.") >= times and running.poll() is None

    def send() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "github", "send", "issues", "--timeout", "60"]
        return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)

    wait_for(lambda: ready(1), "the workers", log)
    sent = send()
    assert sent.returncode == 0, sent.stdout + sent.stderr + log.read_text()[-4000:]
    assert "succeeded my_bot.events.ahandlers.welcome" in sent.stdout
    assert "api.github.com" not in log.read_text()

    module = project / "my_bot/events/ahandlers.py"
    module.write_text(module.read_text().replace("def welcome", "def greet"))
    wait_for(lambda: "ahandlers.py changed: starting again" in log.read_text(), "the reload", log)
    seen = log.read_text().count(" ready.")
    wait_for(lambda: log.read_text().count(" ready.") > seen, "the workers again", log)
    sent = send()
    assert "succeeded my_bot.events.ahandlers.greet" in sent.stdout, sent.stdout + sent.stderr

    family = psutil.Process(running.pid).children(recursive=True)
    assert len(family) > 4
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 0, log.read_text()[-4000:]
    assert not [process for process in family if process.is_running()]
    assert not (project / ".local/github-dev.json").exists()
