"""Whether another process can work: it exists, and nobody has stopped it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from django_github_app.process import others


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as started:
        yield started
        started.kill()


def wait_until(pid: int, works: bool) -> None:
    deadline = time.monotonic() + 10
    while others.can_work(pid) is not works:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_process_that_is_stopped_or_gone_cannot_work(process: subprocess.Popen[bytes]) -> None:
    wait_until(process.pid, works=True)
    os.kill(process.pid, signal.SIGSTOP)
    wait_until(process.pid, works=False)
    os.kill(process.pid, signal.SIGCONT)
    wait_until(process.pid, works=True)
    process.kill()
    wait_until(process.pid, works=False)  # a zombie: it was not waited for
    process.wait()
    assert not others.can_work(process.pid)


def test_systems_without_proc_are_asked_by_ps(process: subprocess.Popen[bytes]) -> None:
    if not any(os.access(f"{place}/ps", os.X_OK) for place in os.get_exec_path()):
        pytest.skip("ps is not installed: apt-get install procps")
    assert others._asked(process.pid)[0] not in others._CANNOT
    assert others._asked(2**22 + 1) == ""
