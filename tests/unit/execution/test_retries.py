"""Outages are waited for without using up attempts, and GitHub's first 404s are tried again."""

from __future__ import annotations

import datetime as dt
import http
import math
from collections.abc import Iterator
from typing import Any

import gidgethub
import httpx
import kombu.exceptions
import psycopg
import pytest
import redis
from django.db import InterfaceError, InternalError, OperationalError

from django_github_app.conf import AppSettings
from django_github_app.errors import (
    CallbackExited,
    CallbackUnstoppable,
    ConnectionsBusy,
    GitHubTimeout,
    GitHubUnavailable,
    GitHubUnreachable,
    InstallationNotFound,
    InvalidRequest,
    PermanentError,
    RetryLater,
)
from django_github_app.execution.retries import (
    LONGEST_PROBE,
    LONGEST_WAIT,
    YOUNG,
    RetryDecision,
    RetryPolicy,
    judge,
)
from django_github_app.routing import Retry

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
HOUR = 3600.0
RETRIES = RetryPolicy(attempts=3, backoff=10, backoff_max=3600, outage_patience=24 * HOUR)


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


OUTAGES = [
    gidgethub.GitHubBroken(http.HTTPStatus.BAD_GATEWAY),
    GitHubUnreachable("refused", sent=False),
    GitHubTimeout("slow"),
    ConnectionsBusy("all taken"),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.PoolTimeout("all taken"),
    redis.ConnectionError("refused"),
    redis.TimeoutError("slow"),
    kombu.exceptions.OperationalError("broker"),
    caused(OperationalError(), psycopg.OperationalError("connection refused")),
    caused(OperationalError(), psycopg.errors.AdminShutdown()),
    caused(OperationalError(), psycopg.errors.TooManyConnections()),
    caused(InterfaceError(), psycopg.InterfaceError("the connection is closed")),
    caused(InternalError(), psycopg.errors.ReadOnlySqlTransaction()),
]


@pytest.mark.parametrize("error", OUTAGES, ids=repr)
def test_an_outage_uses_up_no_attempt_for_as_long_as_the_patience_lasts(error: Exception) -> None:
    for attempt in (1, 3, 50):
        verdict = judge(error, attempt, RETRIES, NOW, age=5 * HOUR)
        assert verdict.retry_in is not None
        assert 0 < verdict.retry_in <= LONGEST_PROBE * 1.25
        assert not verdict.counts
    assert judge(error, 1, RETRIES, NOW, age=25 * HOUR).counts
    assert judge(error, 3, RETRIES, NOW, age=25 * HOUR) == RetryDecision()


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        TimeoutError(),
        httpx.UnsupportedProtocol("ftp"),  # of a client of the callback's own
        caused(OperationalError(), psycopg.errors.DeadlockDetected()),
        caused(OperationalError(), psycopg.errors.QueryCanceled()),
        caused(InternalError(), psycopg.errors.InFailedSqlTransaction()),
        OperationalError("database is locked"),
    ],
    ids=repr,
)
def test_what_the_callback_itself_may_have_caused_counts(error: Exception) -> None:
    assert judge(error, 1, RETRIES, NOW, age=1).counts
    assert judge(error, 3, RETRIES, NOW, age=1) == RetryDecision()


def test_without_patience_an_outage_is_a_failure_like_any_other() -> None:
    impatient = RetryPolicy(3, 10, 3600, outage_patience=0)
    assert judge(httpx.ConnectError(""), 3, impatient, NOW, age=1) == RetryDecision()


def waits_of_an_outage(hours: float) -> Iterator[float]:
    age = 0.0
    while age < hours * HOUR:
        wait = judge(httpx.ConnectError(""), 1, RETRIES, NOW, age=age).retry_in
        assert wait is not None
        yield wait
        age += wait


def test_the_tries_of_a_long_outage_become_rare_soon_and_stay_frequent_enough() -> None:
    waits = list(waits_of_an_outage(hours=12))
    assert waits[0] < 15
    assert len(waits) < 300
    assert max(waits) <= LONGEST_PROBE * 1.25


@pytest.mark.parametrize(
    "error",
    [gidgethub.BadRequest(http.HTTPStatus.NOT_FOUND), InstallationNotFound(installation_id=5)],
    ids=repr,
)
def test_a_404_is_tried_again_while_the_event_is_young(error: Exception) -> None:
    assert judge(error, 1, RETRIES, NOW, age=5).retry_in is not None
    assert judge(error, 1, RETRIES, NOW, age=YOUNG + 1) == RetryDecision()
    assert judge(error, 3, RETRIES, NOW, age=5) == RetryDecision()  # attempts have an end all the same


def test_other_refusals_are_final_however_young_the_event_is() -> None:
    for error in (
        gidgethub.BadRequest(http.HTTPStatus.FORBIDDEN),
        PermanentError(),
        InvalidRequest(),
        CallbackUnstoppable(),
    ):
        assert judge(error, 1, RETRIES, NOW, age=0) == RetryDecision()


def test_a_call_that_was_held_back_waits_without_an_attempt_until_the_patience_ends() -> None:
    error = GitHubUnavailable(at=NOW + dt.timedelta(seconds=40))
    assert judge(error, 3, RETRIES, NOW, age=HOUR) == RetryDecision(retry_in=40, counts=False)
    assert judge(error, 3, RETRIES, NOW, age=25 * HOUR) == RetryDecision()


def test_a_time_without_a_zone_is_in_the_projects_zone(settings: object) -> None:
    settings.TIME_ZONE = "America/New_York"  # type: ignore[attr-defined]
    from django.utils import timezone

    cached: Any = timezone.get_default_timezone
    cached.cache_clear()
    try:
        error = RetryLater(at=dt.datetime(2026, 3, 1, 8, 0))  # noqa: DTZ001 - that is the point
    finally:
        cached.cache_clear()
    assert judge(error, 1, RETRIES, NOW).retry_in == HOUR


def test_no_wait_is_too_long_for_a_timestamp() -> None:
    error = RetryLater(at=dt.datetime.max.replace(tzinfo=dt.UTC))
    assert judge(error, 1, RETRIES, NOW).retry_in == LONGEST_WAIT


def test_the_settings_say_how_long() -> None:
    configured = RetryPolicy.configured(AppSettings())
    assert configured.outage_patience == AppSettings.OUTAGE_PATIENCE * HOUR
    assert judge(httpx.ConnectError(""), 1, configured, NOW, age=math.inf).counts


def test_a_callback_has_a_policy_of_its_own_and_the_settings_for_the_rest() -> None:
    settings = AppSettings()
    assert RetryPolicy.configured(settings, Retry()) == RetryPolicy.configured(settings)
    own = RetryPolicy.configured(settings, Retry(attempts=2, backoff=1, backoff_max=5, on=OSError))
    assert (own.attempts, own.backoff, own.backoff_max, own.on) == (2, 1, 5, (OSError,))
    assert own.outage_patience == RetryPolicy.configured(settings).outage_patience
    assert judge(OSError(), 1, own, NOW, HOUR).retry_in is not None
    assert judge(OSError(), 2, own, NOW, HOUR) == RetryDecision()


def test_only_the_exceptions_that_a_policy_names_are_tried_again_and_outages_are_waited_for() -> None:
    own = RetryPolicy.configured(AppSettings(), Retry(on=(KeyError, SystemExit)))
    assert judge(ValueError(), 1, own, NOW, HOUR) == RetryDecision()
    assert judge(KeyError(), 1, own, NOW, HOUR).retry_in is not None
    assert judge(caused(CallbackExited(), SystemExit(2)), 1, own, NOW, HOUR).retry_in is not None
    assert judge(caused(CallbackExited(), GeneratorExit()), 1, own, NOW, HOUR) == RetryDecision()
    assert not judge(GitHubUnreachable("refused"), 1, own, NOW, HOUR).counts
    assert judge(RetryLater(seconds=5), 9, own, NOW, HOUR).retry_in is not None
