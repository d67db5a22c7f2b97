"""Several processes as one: output with names before it, started again when a source changes, stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["Supervisor", "sources"]

PATIENCE = 10.0
"""Seconds that processes have to end by themselves."""
LOOK_EVERY = 0.5
_SKIPPED = {"node_modules", "__pycache__", "venv", "site-packages", "staticfiles"}


def sources(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield the Python files below a folder and when each was changed, without virtualenvs and hidden folders."""
    for root, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))
        ]
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(root, name)
                try:
                    yield path, os.stat(path).st_mtime_ns
                except FileNotFoundError:  # an editor puts a new file in its place
                    continue


class Supervisor:
    """Runs commands until it is told to stop. Each has a process group of its own, which is stopped as a whole."""

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        env: Mapping[str, str],
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self._commands = commands
        self._env = dict(env)
        self._folder = folder
        self._say = say
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._width = max(map(len, commands))

    def start(self) -> None:
        """Start every process."""
        for name, command in self._commands.items():
            process = subprocess.Popen(
                list(command),
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C is for us
            )
            self._running[name] = process
            reader = threading.Thread(target=self._read, args=(name, process), daemon=True)
            reader.start()
            self._readers.append(reader)

    def watch(self, *, reload: bool) -> None:
        """Say what ends, and with ``reload`` start everything again when a source changes. Returns never."""
        known = dict(sources(self._folder)) if reload else {}
        told: set[int] = set()
        while True:
            time.sleep(LOOK_EVERY)
            for name, process in self._running.items():
                if process.poll() is not None and process.pid not in told:
                    told.add(process.pid)
                    again = "; it is started again when a source changes" if reload else ""
                    self._say(f"{name} ended with {process.returncode}{again}")
            now = dict(sources(self._folder)) if reload else {}
            if now != known:
                changed = sorted({path for path, _ in known.items() ^ now.items()})
                self._say(f"{os.path.relpath(changed[0], self._folder)} changed: starting again")
                known = now
                self.stop()
                self.start()

    def stop(self) -> None:
        """Ask every process to end, and after some seconds make what is left of their groups end."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        self._signal(signal.SIGKILL)
        for process in self._running.values():
            process.wait()
        for reader in self._readers:
            reader.join(5)
        self._running.clear()
        self._readers.clear()

    def _signal(self, number: signal.Signals) -> None:
        for process in self._running.values():
            try:
                # The group outlives its first process: pools have children.
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None  # noqa: S101 - asked for above
        with process.stdout:
            for line in process.stdout:
                self._say(f"{name:<{self._width}} | {line.rstrip()}")
