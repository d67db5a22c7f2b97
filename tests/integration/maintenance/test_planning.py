"""Schedules: one call for each active target and interval, whoever plans, and whoever is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from django_github_app.context import AsyncEventContext, SyncEventContext
from django_github_app.execution import batches
from django_github_app.maintenance import locks, planning
from django_github_app.models import (
    EventLog,
    EventStatus,
    HandlerRun,
    Installation,
    InstallationStatus,
    Lock,
    Repository,
    RunStatus,
    SchedulePlan,
)
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims as moves
from django_github_app.sql.intake import record

START = 1_800_000_000.0
HOUR = 3600


@pytest.fixture
def gh(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubRouter]:
    monkeypatch.setattr(planning, "publish_or_leave", list)
    with GitHubRouter.isolated():
        yield GitHubRouter()
    batches.close()


@pytest.fixture
def installations(transactional_db: None) -> None:
    """Two installations with three repositories, one of the two suspended; and one repository that is archived."""
    active = Installation.objects.create(installation_id=1, data={"account": {"login": "octo"}})
    asleep = Installation.objects.create(
        installation_id=2, data={"account": {"login": "sleepy"}}, status=InstallationStatus.INACTIVE
    )
    for number, (installation, name, archived) in enumerate(
        [
            (active, "octo/a", False),
            (active, "octo/b", None),
            (asleep, "sleepy/c", False),
            (active, "octo/old", True),
        ]
    ):
        Repository.objects.create(
            installation=installation,
            repository_id=number + 10,
            repository_node_id="R",
            full_name=name,
            archived=archived,
        )


def process_all() -> None:
    for row in EventLog.objects.filter(status=EventStatus.PENDING).order_by("id"):
        # As the sweep publishes them.
        process = batches.process_alone if row.lost_leases else batches.process
        process([row.pk], row.worker_type)


@pytest.mark.usefixtures("installations")
def test_each_active_repository_is_called_once_in_each_interval(gh: GitHubRouter) -> None:
    called: list[tuple[str, int | None]] = []

    @gh.schedule("hourly")
    async def look(context: AsyncEventContext) -> None:
        called.append((context.repo, context.installation))

    assert planning.plan(START) == 0  # seen for the first time: due from now on
    for minute in range(1, 181):
        planning.plan(START + minute * 60)
    process_all()
    assert sorted(called) == [("octo/a", 1)] * 3 + [("octo/b", 1)] * 3
    assert set(EventLog.objects.values_list("event", "action", "status")) == {
        ("schedule", "look", EventStatus.DONE)
    }
    assert HandlerRun.objects.filter(status=RunStatus.SUCCEEDED).count() == 6


@pytest.mark.usefixtures("installations")
def test_installations_are_called_too(gh: GitHubRouter) -> None:
    called: list[Any] = []

    @gh.schedule(HOUR, per="installation", name="digest")
    def digest(event: Any, gh: Any, context: SyncEventContext) -> None:
        called.append(
            (
                context.installation,
                event.data["installation"]["account"]["login"],
                context.repo,
                type(gh).__name__,
            )
        )

    planning.plan(START)
    assert planning.plan(START + HOUR) == 1
    process_all()
    assert called == [(1, "octo", "", "SyncGitHubAPI")]
    assert EventLog.objects.get().worker_type == "sync"


@pytest.mark.usefixtures("installations")
def test_two_beats_make_no_second_event(gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def no_lock(name: str) -> Iterator[bool]:
        yield True

    monkeypatch.setattr(locks, "hold", no_lock)
    gh.schedule("hourly", name="look")(lambda event: None)
    planning.plan(START)
    barrier = threading.Barrier(3)

    def beat() -> None:
        barrier.wait(30)
        try:
            planning.plan(START + HOUR)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=beat) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert EventLog.objects.count() == 2


@pytest.mark.usefixtures("installations")
def test_a_planner_that_is_killed_half_way_is_made_up_for(
    gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    gh.schedule("hourly", name="look")(lambda event: None)
    planning.plan(START)
    monkeypatch.setattr(planning, "AT_ONCE", 1)
    calls: list[int] = []

    def killed_at_the_second(batch: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        return record(batch)

    with monkeypatch.context() as patched:
        patched.setattr(planning, "record", killed_at_the_second)
        with pytest.raises(SystemExit):
            planning.plan(START + HOUR)
    assert EventLog.objects.count() == 1
    Lock.objects.all().delete()  # its term is over
    planning.plan(START + HOUR + 60)
    assert EventLog.objects.count() == 2


@pytest.mark.usefixtures("installations")
def test_a_worker_that_is_killed_has_its_call_made_again_and_recorded_once(gh: GitHubRouter) -> None:
    called: list[str] = []

    @gh.schedule("hourly")
    async def look(context: AsyncEventContext) -> None:
        called.append(context.repo)

    planning.plan(START)
    planning.plan(START + HOUR)
    (first, second) = EventLog.objects.order_by("id")
    assert len(moves.claim([first.pk], lease=60.0)) == 1  # by a worker that is killed now
    EventLog.objects.filter(pk=first.pk).update(lease_expires_at="2020-01-01T00:00:00Z")
    moves.take_back(limit=10, max_lost=5)
    planning.plan(START + HOUR)
    process_all()
    assert sorted(called) == ["octo/a", "octo/b"]
    runs = HandlerRun.objects.filter(event_id__in=[first.pk, second.pk], status=RunStatus.SUCCEEDED)
    assert runs.count() == 2


@pytest.mark.usefixtures("installations")
def test_a_call_that_fails_is_tried_again_like_any_other(gh: GitHubRouter) -> None:
    @gh.schedule("hourly", per="installation")
    async def look(event: Any) -> None:
        raise OSError

    planning.plan(START)
    planning.plan(START + HOUR)
    process_all()
    assert EventLog.objects.get().status == EventStatus.RETRYING


@pytest.mark.usefixtures("installations")
def test_only_its_own_schedule_is_called(gh: GitHubRouter) -> None:
    called: list[str] = []
    gh.schedule("hourly", per="installation", name="one")(lambda event: called.append("one"))
    gh.schedule("weekly", per="installation", name="two")(lambda event: called.append("two"))
    planning.plan(START)
    planning.plan(START + HOUR)
    process_all()
    assert called == ["one"]
    assert set(SchedulePlan.objects.values_list("name", flat=True)) == {"one", "two"}


def test_what_is_no_schedule_is_refused_when_it_is_registered(gh: GitHubRouter) -> None:
    with pytest.raises(ValueError, match="too often"):
        gh.schedule(5)
    with pytest.raises(ValueError, match="per repository or per installation"):
        gh.schedule("daily", per="user")  # type: ignore[arg-type]  # as a mistake would
