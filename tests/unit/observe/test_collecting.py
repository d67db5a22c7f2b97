from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from django_github_app import probes
from django_github_app.observe import collecting


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    collecting.stop()


def send(*samples: probes.Sample) -> None:
    for sample in samples:
        assert probes.sink is not None
        probes.sink(sample)


def test_the_first_sample_of_a_process_is_told_and_all_are_counted() -> None:
    told: list[int] = []
    collecting.start(lambda: told.append(1))
    send(("token",), ("token",), ("token",))
    assert told == [1]
    assert collecting.counts().counters["token_refreshes", ()] == 3
    assert collecting.counts().counters["token_refreshes", ()] == 3


def test_the_buffer_is_bounded_and_says_when_it_was_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_SAMPLES", 10)
    collecting.stop()
    collecting.start()
    send(*[("token",)] * 25)
    counters = collecting.counts().counters
    assert counters["token_refreshes", ()] == 10
    assert counters["sample_overflows", ()] == 1


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning")
def test_a_forked_child_counts_its_own() -> None:
    collecting.start()
    send(("token",), ("token",))
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            send(("token",))
            code = int(collecting.counts().counters["token_refreshes", ()])
        finally:
            os._exit(10 + code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 11
    assert collecting.counts().counters["token_refreshes", ()] == 2


def test_threads_lose_no_sample() -> None:
    collecting.start()
    threads = [threading.Thread(target=send, args=[("token",)] * 500) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collecting.counts().counters["token_refreshes", ()] == 2000
