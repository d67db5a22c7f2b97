"""How many events a worker claims at once, and how it takes messages that are for nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from django_github_app.execution import pace
from django_github_app.execution.leases import Batch
from django_github_app.execution.pace import Idleness, Pace


def batch(done: int, *, slow: bool = False) -> Batch:
    made = Batch([])
    made.done_count, made.was_slow = done, slow
    return made


def test_a_worker_claims_as_many_as_it_got_done_before_it_handed_the_rest_back(settings: Any) -> None:
    settings.GITHUB_APP = {"BATCH_SIZE": 100, "SLOW_AFTER": 1000.0}
    one = Pace()
    assert one.limit("sync") == 100
    one.note("sync", 100, batch(3, slow=True))
    assert (one.limit("sync"), one.limit("async")) == (3, 100)
    one.note("sync", 3, batch(0, slow=True))
    assert one.limit("sync") == 1


def test_it_claims_more_again_when_its_batches_are_full_and_quick(settings: Any) -> None:
    settings.GITHUB_APP = {"BATCH_SIZE": 10, "SLOW_AFTER": 1000.0}
    one = Pace()
    one.note("sync", 10, batch(2, slow=True))
    one.note("sync", 2, batch(1))  # there was no more to claim: that says nothing
    assert one.limit("sync") == 2
    for expected in (4, 8, 10):
        one.note("sync", one.limit("sync"), batch(one.limit("sync")))
        assert one.limit("sync") == expected
    settings.GITHUB_APP = {"BATCH_SIZE": 10, "SLOW_AFTER": 0.0}
    one.note("sync", 10, batch(5, slow=True))
    one.note("sync", 5, batch(5))  # not quick enough to claim twice as many
    assert one.limit("sync") == 5


def test_only_after_many_messages_in_vain_does_one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    idle = Idleness()
    for _ in range(pace.SOME):
        idle.note(found=False)
        idle.wait(busy=False)
    assert waits == []
    idle.note(found=False)
    idle.wait(busy=False)
    idle.wait(busy=True)
    assert waits == [pace.WAIT, pace.WAIT_WHILE_BUSY]
    idle.note(found=True)
    idle.wait(busy=True)
    assert len(waits) == 2
