"""Time limits of a prefork worker: kept, and watched by one timer whatever the number of messages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery.concurrency.asynpool import AsynPool
from kombu.asynchronous import Hub

from django_github_app.broker.time_limits import MARGIN, TimeLimits, watch_together

_AsynPool: Any = AsynPool  # the stubs have not half of it


class Pool(_AsynPool):  # type: ignore[misc]
    """Celery's pool without its processes: only what it registers for time limits."""

    def __init__(self, hub: Hub) -> None:
        self._cache: dict[int, Any] = {}
        self.over: list[tuple[str, Any]] = []
        self.on_soft_timeout = lambda result: self.over.append(("soft", result))
        self.on_hard_timeout = lambda result: self.over.append(("hard", result))
        self._create_timelimit_handlers(hub)

    def __del__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing was started, so there is nothing to say of it."""

    def start_job(self, number: int, *, soft: float | None = None, hard: float | None = 840.0) -> Any:
        result = SimpleNamespace(_job=number)
        self._cache[number] = number
        self.on_timeout_set(result, soft, hard)
        return result

    def end(self, result: Any) -> None:
        self._cache.pop(result._job)
        self.on_timeout_cancel(result)


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def pool(hub: Hub) -> Pool:
    return Pool(hub)


def test_messages_that_are_done_leave_no_timer(pool: Pool, hub: Hub) -> None:
    watch_together(pool, hub)
    before = len(hub.timer)
    for number in range(1000):
        pool.end(pool.start_job(number))
    assert len(hub.timer) == before


def test_what_celery_does_by_itself_is_still_what_this_is_for(pool: Pool, hub: Hub) -> None:
    for number in range(10):
        pool.end(pool.start_job(number))
    assert len(hub.timer) == 10  # once it is 0, time_limits can go


def limits_of(pool: Pool, hub: Hub) -> tuple[TimeLimits, list[float]]:
    now = [100.0]
    limits = TimeLimits(clock=lambda: now[0])
    limits.attach(pool, hub)
    return limits, now


def test_a_task_that_runs_too_long_is_ended_and_no_other(pool: Pool, hub: Hub) -> None:
    limits, now = limits_of(pool, hub)
    pool.start_job(1)
    now[0] += 100
    pool.start_job(2)
    done = pool.start_job(3)
    pool.end(done)
    now[0] += 741
    limits.look()
    assert pool.over == [("hard", 1)]
    assert len(limits) == 1
    now[0] += 100
    limits.look()
    assert pool.over == [("hard", 1), ("hard", 2)]
    assert len(limits) == 0


def test_limits_of_a_task_of_its_own_are_kept_beside_longer_ones(pool: Pool, hub: Hub) -> None:
    limits, now = limits_of(pool, hub)
    pool.start_job(1)
    pool.start_job(2, hard=5.0)
    now[0] += 6
    limits.look()
    assert pool.over == [("hard", 2)]


def test_after_a_soft_limit_comes_the_hard_one_unless_the_task_ends(pool: Pool, hub: Hub) -> None:
    limits, now = limits_of(pool, hub)
    result = pool.start_job(1, soft=5.0, hard=10.0)
    now[0] += 6
    limits.look()
    assert pool.over == [("soft", 1)]
    assert 1 in pool._tref_for_id
    pool.end(result)
    assert 1 not in pool._tref_for_id


def test_after_a_reconnect_running_tasks_are_watched_on_by_one_timer(pool: Pool, hub: Hub) -> None:
    limits, now = limits_of(pool, hub)
    pool.start_job(1)
    pool._create_timelimit_handlers(hub)
    limits.attach(pool, hub)
    pool.start_job(2)
    now[0] += 841
    limits.look()
    assert pool.over == [("hard", 1), ("hard", 2)]


def test_a_pool_without_limits_in_the_event_loop_is_left_alone(hub: Hub) -> None:
    before = len(hub.timer)
    watch_together(SimpleNamespace(), hub)
    assert len(hub.timer) == before


def test_a_task_whose_callback_may_run_longer_is_given_that_time_and_no_more(pool: Pool, hub: Hub) -> None:
    now = [100.0]
    limits = TimeLimits(clock=lambda: now[0], longest_limit=lambda pid: 3600.0 if pid == 7 else 0.0)
    limits.attach(pool, hub)
    for number, pid in ((1, 7), (2, 8), (3, 7)):
        result = pool.start_job(number)
        result.worker_pids = lambda pid=pid: [pid]
        pool._cache[number] = result
    now[0] += 841
    limits.look()
    assert pool.over == [("hard", pool._cache[2])] or pool.over == [("hard", 2)]
    assert len(limits) == 2
    pool.on_timeout_cancel(pool._cache[3])
    assert len(limits) == 1
    now[0] = 100.0 + 3600 + MARGIN - 1
    limits.look()
    assert len(pool.over) == 1
    now[0] += 2
    limits.look()
    assert len(pool.over) == 2
    assert len(limits) == 0
