"""The keeper of leases: it sleeps when there is nothing to keep, and never for longer than a lease allows."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

import pytest

from django_github_app.execution import leases
from django_github_app.execution.leases import Batch, LeaseKeeper
from django_github_app.sql.claims import Claimed


@pytest.fixture(autouse=True)
def _watches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keeper wakes as often as leases need it: to look for cancelled runs it would each second."""
    monkeypatch.setattr(leases, "WATCH_EACH", math.inf)


class Keeper:
    """A keeper whose settings may change, and what it did."""

    def __init__(self, lease: float) -> None:
        self.lease = lease
        self.renewed = threading.Event()
        self.keeper = LeaseKeeper(
            renew=self.renew,
            hand_back=lambda claimed, done: None,
            lease=lambda: self.lease,
            slow_after=lambda: 600,
        )

    def renew(self, claims: Sequence[tuple[int, int]]) -> None:
        self.renewed.set()

    def wait_until(self, sleeps: Callable[[float], bool]) -> None:
        deadline = time.monotonic() + 5
        while not sleeps(self.keeper._nap):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def batch(pk: int) -> Batch:
    return Batch([Claimed(pk, 1, "push", None, None, None, "sync", None, False, None, None)])


def test_a_batch_wakes_a_keeper_that_has_nothing_to_do() -> None:
    keeper = Keeper(lease=0.3)
    first, second = batch(1), batch(2)
    keeper.keeper.hold(first)
    assert keeper.renewed.wait(5)
    keeper.keeper.drop(first)
    keeper.wait_until(lambda nap: nap == math.inf)
    time.sleep(0.1)
    keeper.renewed.clear()
    keeper.keeper.hold(second)
    assert keeper.renewed.wait(5)
    keeper.keeper.drop(second)


def test_a_batch_whose_lease_is_shorter_than_the_nap_wakes_it() -> None:
    keeper = Keeper(lease=600)
    first, second = batch(1), batch(2)
    keeper.keeper.hold(first)
    keeper.wait_until(lambda nap: nap == pytest.approx(200))
    time.sleep(0.1)
    keeper.lease = 0.3
    keeper.keeper.hold(second)
    assert keeper.renewed.wait(5)
    keeper.keeper.drop(first)
    keeper.keeper.drop(second)


def test_a_keeper_that_looks_often_enough_is_not_woken() -> None:
    keeper = Keeper(lease=600)
    first, second = batch(1), batch(2)
    keeper.keeper.hold(first)
    keeper.wait_until(lambda nap: nap == pytest.approx(200))
    keeper.keeper._wake.clear()
    keeper.keeper.hold(second)
    assert not keeper.keeper._wake.is_set()
    keeper.keeper.drop(first)
    keeper.keeper.drop(second)
