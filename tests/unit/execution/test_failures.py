"""What an exception of a callback means: the table of verdicts, the waiting times, and no secret in the log."""

from __future__ import annotations

import datetime as dt
import http

import gidgethub
import pytest
from gidgethub.sansio import RateLimit

from django_github_app.errors import (
    ForeignHost,
    HandlerLoadError,
    HandlerTimeout,
    InstallationNotFound,
    PermanentError,
    RateLimited,
    RetryLater,
    UserError,
)
from django_github_app.execution.retries import RetryDecision, RetryPolicy, backoff, judge

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
RETRIES = RetryPolicy(attempts=5, backoff=10, backoff_max=100)


def after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def limited(seconds: float) -> gidgethub.RateLimitExceeded:
    return gidgethub.RateLimitExceeded(
        RateLimit(limit=5000, remaining=0, reset_epoch=after(seconds).timestamp())
    )


@pytest.mark.parametrize(
    "error",
    [
        PermanentError("never"),
        ForeignHost(),
        InstallationNotFound(installation_id=5),
        gidgethub.BadRequest(http.HTTPStatus.NOT_FOUND),
        gidgethub.BadRequest(http.HTTPStatus.FORBIDDEN),
        gidgethub.InvalidField("bad", [{"field": "title"}]),
        gidgethub.ValidationError("bad", []),
    ],
    ids=repr,
)
def test_what_cannot_mend_is_not_tried_again_even_the_first_time(error: Exception) -> None:
    assert judge(error, 1, RETRIES, NOW) == RetryDecision(retry_in=None, counts=True, rejected=False)


def test_the_mistake_of_a_person_is_not_tried_again_and_not_ours() -> None:
    assert judge(UserError("no such branch"), 1, RETRIES, NOW) == RetryDecision(rejected=True)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RetryLater(at=after(90)), 90),
        (RateLimited(at=after(3600)), 3600),
        (RetryLater(at=after(-5)), 0),
        (limited(120), 120),
        (limited(-30), 1),
    ],
    ids=["later", "limited", "in the past", "gidgethub's limit", "gidgethub's limit that is over"],
)
def test_waiting_for_a_time_is_no_failed_attempt(error: Exception, seconds: float) -> None:
    # Whatever the attempt: a limit that lasts does not kill an event.
    for attempt in (1, 5, 500):
        assert judge(error, attempt, RETRIES, NOW) == RetryDecision(retry_in=seconds, counts=False)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("anything"),
        HandlerTimeout(),
        HandlerLoadError(),
        TimeoutError(),
        ExceptionGroup("several", [ValueError(), PermanentError()]),
        gidgethub.GitHubBroken(http.HTTPStatus.BAD_GATEWAY),
        gidgethub.RedirectionException(http.HTTPStatus.MOVED_PERMANENTLY),
        gidgethub.BadRequest(http.HTTPStatus.TOO_MANY_REQUESTS),
        gidgethub.BadRequest(http.HTTPStatus.UNAUTHORIZED),
        gidgethub.BadRequest(http.HTTPStatus.CONFLICT),
        gidgethub.BadRequest(http.HTTPStatus.LOCKED),
    ],
    ids=repr,
)
def test_everything_else_is_tried_again_until_the_attempts_are_used_up(error: Exception) -> None:
    for attempt in (1, 4):
        verdict = judge(error, attempt, RETRIES, NOW)
        assert verdict.retry_in is not None
        assert verdict.retry_in > 0
        assert (verdict.counts, verdict.rejected) == (True, False)
    for attempt in (5, 6):
        assert judge(error, attempt, RETRIES, NOW) == RetryDecision()


def test_one_attempt_means_no_retry() -> None:
    assert judge(ValueError(), 1, RetryPolicy(1, 10, 100), NOW) == RetryDecision()


@pytest.mark.parametrize(("attempt", "base"), [(1, 10), (2, 20), (3, 40), (4, 80), (5, 100), (1000, 100)])
def test_the_wait_doubles_up_to_its_cap_and_is_spread(attempt: int, base: float) -> None:
    waits = {backoff(attempt, RETRIES) for _ in range(200)}
    assert all(0.75 * base <= wait <= 1.25 * base for wait in waits)
    assert len(waits) > 100
