"""The dashboard says what the tables say, to whoever may look at events, for every range."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_github_app.admin import dashboard
from django_github_app.conf import app_settings
from django_github_app.github import cache as shared
from django_github_app.github import rate_limits
from django_github_app.models import (
    EventStatus,
    Incident,
    Installation,
    Pulse,
    RetentionJob,
    Rollup,
    RunStatus,
)
from tests.support.dashboard import a_busy_day
from tests.support.retention import a_run, an_event

pytestmark = pytest.mark.django_db
URL = "admin:django_github_app_eventlog_dashboard"


def viewer(*rights: str) -> Client:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"{r}_eventlog" for r in rights]))
    client = Client()
    client.force_login(user)
    return client


def test_it_shows_rates_charts_failures_slow_handlers_processes_and_alarms() -> None:
    failed = a_busy_day()
    html = viewer("view").get(reverse(URL)).content.decode()
    for text in (
        *("No worker for sync has given a sign of life", "ConnectError: connection refused"),
        *("handlers.backport", "handlers.greet", "octo/hello", "hosts with async workers".capitalize()),
        *("Events that ended", "Cleanup", "missed deliveries"),
        reverse("admin:django_github_app_eventlog_change", args=[failed.pk]),
    ):
        assert text in html, text
    assert html.count('role="img" aria-labelledby="chart-') == 4
    assert " style=" not in html.split('id="github-board-now"')[1]
    assert "<script>" not in html


def test_numbers_are_those_of_the_rollups() -> None:
    now = timezone.now()
    minute = now.replace(second=0, microsecond=0)
    for ago in range(3):
        at = minute - dt.timedelta(minutes=ago)
        Rollup.objects.create(seconds=60, starts_at=at, name="deliveries", label="accepted", count=10)
        Rollup.objects.create(seconds=60, starts_at=at, name="events", label="done", count=4, total=8.0)
        Rollup.objects.create(
            seconds=60, starts_at=at, name="callbacks", label="app.h.slow", count=2, total=6.0
        )
    board = dashboard.look("1h", now)
    facts = {fact.name: fact.value for fact in board.now}
    assert (facts["requests a minute"], facts["events ended a minute"]) == ("6", "2.4")
    requests, events, _, waited = board.charts
    assert requests.summary == "30 altogether."
    assert [bar.value for bar in events.bars if bar.value] == [4, 4, 4]
    assert waited.summary == "At most 2 s in the mean."
    assert [(one["handler"], one["mean"], one["count"]) for one in board.slowest] == [
        ("app.h.slow", "3 s", 6)
    ]


@pytest.mark.parametrize("chosen", [*dashboard.RANGES, "forever", "\x00"])
def test_every_range_has_a_page_also_of_an_empty_database(chosen: str) -> None:
    answer = viewer("view").get(reverse(URL), {"range": chosen})
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.content.decode()


def test_the_newest_error_of_a_handler_is_shown_without_secrets() -> None:
    for number in range(3):
        event = an_event(status=EventStatus.DEAD)
        error = f"ValueError: {number} ghp_{'a' * 36}"
        a_run(event, handler="app.h.bad", status=RunStatus.DEAD, error=error)
    Rollup.objects.create(seconds=60, starts_at=timezone.now(), name="failures", label="app.h.bad", count=3)
    (one,) = dashboard.look("1h").failures
    assert (one["count"], one["event"], one["error"]) == (3, event.pk, "ValueError: 2 [secret]")


def test_open_alarms_come_first_and_old_workers_are_bad() -> None:
    now = timezone.now()
    Incident.objects.create(key="old", message="Old.", opened_at=now, cleared_at=now)
    Incident.objects.create(key="open", message="Open.", opened_at=now - dt.timedelta(hours=1))
    Pulse.objects.create(name="worker sync here", at=now - dt.timedelta(minutes=10))
    Pulse.objects.create(name="beat", at=now)
    RetentionJob.objects.create(kind="replay")
    board = dashboard.look("1h")
    assert [one.key for one in board.incidents] == ["open", "old"]
    kinds = {fact.name: fact.kind for fact in board.processes}
    assert (kinds["hosts with sync workers"], kinds["beat"], kinds["sweep"]) == ("bad", "good", "quiet")


def test_it_takes_the_permission_to_look_at_events() -> None:
    assert viewer("delete").get(reverse(URL)).status_code == 403
    assert Client().get(reverse(URL)).status_code == 302


def test_it_shows_what_is_left_of_rate_limits() -> None:
    cache, url, now = shared.backend(), app_settings.API_URL, timezone.now().timestamp()
    Installation.objects.create(installation_id=7, data={"account": {"login": "octo"}})
    for number in (7, 8):
        an_event(installation_id=number)
        budget = rate_limits.Budget(cache, url, f"installation-{number}")
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "4000" if number == 7 else "100",
            "x-ratelimit-reset": str(int(now) + 1800),
        }
        budget.learn(200, headers, b"", now)
    budget.learn(403, {"retry-after": "60"}, b"", now)
    try:
        eight, seven = dashboard.look("1h").budgets
    finally:
        cache.clear()
    assert (seven.name, seven.kind) == ("octo", "good")
    assert seven.value.startswith("4,000 of 5,000, anew in 30 min")
    assert (eight.name, eight.kind) == ("installation-8", "bad")
    assert eight.value.endswith("held back by GitHub's secondary limit")


def test_without_a_cache_the_rest_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object) -> object:
        raise OSError("no cache")

    monkeypatch.setattr(dashboard, "left_of_accounts", away)
    an_event(repository="octo/hello")
    board = dashboard.look("1h")
    assert (board.budgets, board.repositories) == ([], [("octo/hello", 1)])


def test_it_has_the_report_of_missed_deliveries() -> None:
    Pulse.objects.create(name="missed on 2026-11-20", detail={"timed out": {"missed": 3, "arrived": 2}})
    assert (
        "<td>timed out</td><td>3</td><td>0</td><td>2</td>"
        in viewer("view").get(reverse(URL)).content.decode()
    )
