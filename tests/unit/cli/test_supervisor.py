"""Several processes as one."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import psutil

from django_github_app.cli.supervisor import Supervisor, sources


def test_only_the_projects_own_sources_are_watched(tmp_path: Path) -> None:
    for name in ("a.py", "bot/b.py", ".venv/c.py", "env/d.py", "__pycache__/e.py", "f.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "env/pyvenv.cfg").write_text("")
    assert sorted(os.path.relpath(path, tmp_path) for path, _ in sources(tmp_path)) == ["a.py", "bot/b.py"]


def test_what_processes_say_is_named_and_their_children_end_with_them(tmp_path: Path) -> None:
    said: list[str] = []
    # The child has lost its parent's signal, as a pool's process may have.
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('child', child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    commands = {"web": [sys.executable, "-c", program], "beat": [sys.executable, "-c", "print('hello')"]}
    supervisor = Supervisor(commands, env=dict(os.environ), folder=tmp_path, say=said.append)
    supervisor.start()
    deadline = time.monotonic() + 30
    while len(said) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    supervisor.stop()
    supervisor.stop()  # again is harmless
    assert "beat | hello" in said
    (child,) = [int(line.rpartition(" ")[2]) for line in said if "child" in line]
    with contextlib.suppress(psutil.NoSuchProcess):
        orphan = psutil.Process(child)
        while orphan.status() != psutil.STATUS_ZOMBIE:  # killed, and soon buried
            assert time.monotonic() < deadline
            time.sleep(0.02)
