"""Locks as rows: held by one at a time, renewed, and free again when their holder is gone."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connections, transaction
from django.utils import timezone

from django_github_app.maintenance import locks
from django_github_app.maintenance.sweep import sweep
from django_github_app.models import EventLog, EventStatus, Lock
from tests.support.committed import db  # noqa: F401  # overrides the fixture of pytest-django
from tests.support.rows import stored

pytestmark = pytest.mark.backends


@pytest.fixture(autouse=True)
def _no_locks(db: None) -> Iterator[None]:  # noqa: F811  # the fixture
    yield
    Lock.objects.all().delete()


def _elsewhere(name: str) -> bool:
    """Return whether another thread, with a connection of its own, gets the lock."""
    got: list[bool] = []

    def take() -> None:
        with locks.hold(name) as free:
            got.append(free)
        connections.close_all()

    thread = threading.Thread(target=take)
    thread.start()
    thread.join(30)
    return got[0]


def test_a_lock_has_one_holder_and_is_free_afterwards() -> None:
    with locks.hold("work") as free:
        assert free
        assert not _elsewhere("work")
        assert _elsewhere("other work")
    assert _elsewhere("work")
    with locks.hold("work") as again:
        assert again


def test_a_lock_is_released_when_its_block_fails() -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("work"):
        raise ZeroDivisionError
    assert _elsewhere("work")


def test_the_lock_of_a_killed_holder_is_free_after_its_term(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_let_go", lambda name, holder: None)  # it had no time to
    with locks.hold("work"):
        pass
    term = Lock.objects.get(name="work").expires_at - timezone.now()
    assert dt.timedelta(seconds=locks.TERM - 20) < term <= dt.timedelta(seconds=locks.TERM + 1)
    with locks.hold("work") as free:
        assert not free
    Lock.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))  # as time does
    with locks.hold("work") as free:
        assert free


def test_a_holder_that_works_for_longer_than_the_term_keeps_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "RENEW_EVERY", 0.02)
    with locks.hold("work"):
        first = Lock.objects.get(name="work").expires_at
        deadline = time.monotonic() + 30
        while Lock.objects.get(name="work").expires_at <= first:
            assert time.monotonic() < deadline, "the lock was not renewed"
            time.sleep(0.01)
        assert not _elsewhere("work")


def test_a_holder_that_lost_its_lock_neither_renews_nor_releases_that_of_its_successor() -> None:
    with locks.hold("work"):
        Lock.objects.update(holder="successor", expires_at=timezone.now() + dt.timedelta(seconds=60))
        assert not locks._renew("work", "first")
    assert Lock.objects.get(name="work").holder == "successor"
    assert not _elsewhere("work")


def test_a_lock_that_is_being_taken_at_this_moment_is_not_waited_for() -> None:
    if connections["default"].vendor != "postgresql":
        pytest.skip("SQLite has one writer: others wait for it, for as long as its timeout says")
    with locks.hold("work"):
        pass
    with transaction.atomic():
        Lock.objects.select_for_update().get(name="work")
        assert not _elsewhere("work")


def test_a_sweep_leaves_at_once_while_another_one_is_at_work_and_runs_after_it() -> None:
    pk = stored()
    EventLog.objects.filter(pk=pk).update(
        status=EventStatus.PROCESSING, attempts=1, lease_expires_at=timezone.now() - dt.timedelta(seconds=5)
    )
    with locks.hold("sweep"):
        assert sweep()["taken_back"] == 0
    assert sweep()["taken_back"] == 1
