"""Processes that stand beside a worker's."""

from __future__ import annotations

import os
import signal
import time

from django_github_app.broker.beside import EX_FAILURE, Beside, has_ended


def _sleeps(parent: int) -> int:
    time.sleep(60)
    return 0


def test_it_is_told_its_parent_and_its_result_is_its_exit_code() -> None:
    parent = os.getpid()
    beside = Beside(lambda told: 7 if told == parent else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(beside.pid, 0)[1]) == 7


def test_what_it_raises_is_a_failure_and_does_not_reach_the_parents_code() -> None:
    def fail(parent: int) -> int:
        raise ValueError

    beside = Beside(fail)
    assert os.waitstatus_to_exitcode(os.waitpid(beside.pid, 0)[1]) == EX_FAILURE


def test_it_runs_until_it_is_told_to_stop() -> None:
    beside = Beside(_sleeps)
    assert not beside.has_ended()
    assert not beside.wait(0.01)
    beside.tell_to_stop(signal.SIGKILL)
    assert beside.wait(10)


def test_one_that_is_gone_may_be_told_and_asked_again() -> None:
    beside = Beside(lambda parent: 0)
    assert beside.wait(10)
    assert has_ended(beside.pid)
    beside.tell_to_stop()
