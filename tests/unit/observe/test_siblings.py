from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from django_github_app.observe import siblings
from django_github_app.observe.samples import Counts
from django_github_app.observe.siblings import Folder


def counted(**labels: float) -> Counts:
    counts = Counts()
    for answer, number in labels.items():
        counts.fold([("answer", "asgi", answer)] * int(number), time.time())
    counts.fold([("event", "sync", "done", 0.3, "c" * 32)], time.time())
    return counts


def leave_in_child(folder: Folder, counts: Counts, wait: bool) -> tuple[int, int]:
    """Fork a process that leaves its counts; return its id and the end of the pipe that ends it."""
    told, tell = os.pipe()
    done, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        folder.leave(counts)
        os.write(say, b"1")
        if wait:
            os.read(told, 1)
        os._exit(0)
    os.close(told)
    os.close(say)
    os.read(done, 1)
    os.close(done)
    return pid, tell


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_counts_of_living_and_of_ended_processes_are_added_and_those_that_ended_leave_one_file(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path / "shared")
    own = counted(accepted=1)
    folder.leave(own)
    for number in (10, 100):
        pid, tell = leave_in_child(folder, counted(accepted=number), wait=False)
        os.waitpid(pid, 0)
        os.close(tell)
    pid, tell = leave_in_child(folder, counted(accepted=1000), wait=True)
    try:
        for _ in range(2):  # those that ended are counted once, however often somebody looks
            total = folder.together(own)
            assert total.counters["deliveries", ("asgi", "accepted")] == 1111
            assert sum(total.histograms["event_latency_seconds", ("sync",)].counts) == 4
        names = sorted(path.name for path in folder.path.glob("*.json"))
        assert len(names) == 3
        assert siblings.ENDED in names
    finally:
        os.close(tell)
        os.waitpid(pid, 0)
    assert folder.together(own).counters["deliveries", ("asgi", "accepted")] == 1111


def test_of_a_gauge_the_lowest_counts_that_has_not_run_out(tmp_path: Path) -> None:
    total, now = Counts(), time.time()
    for remaining, reset in ((4000, now + 60), (1000, now + 60), (1, now - 60)):
        counts = Counts()
        counts.fold([("budget", "app", "core", remaining, 5000, reset)], now)
        siblings.add(total, siblings.snapshot(counts), now)
    assert total.gauges["github_rate_remaining_ratio", ("app", "core")][0] == 0.2


def test_a_file_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.leave(Counts())
    (tmp_path / f"{os.getppid()}-{siblings._started_at(os.getppid())}.json").write_text("{")
    assert folder.together(counted(accepted=2)).counters["deliveries", ("asgi", "accepted")] == 2


def test_a_number_that_another_process_has_now_is_not_that_process() -> None:
    own = os.getpid()
    assert siblings._is_alive(f"{own}-{siblings._started_at(own)}")
    assert not siblings._is_alive(f"{own}-0")
