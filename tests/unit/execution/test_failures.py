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
from django_github_app.observe.redaction import (
    MAX_ERROR_LENGTH,
    MAX_TRACEBACK_LENGTH,
    describe,
    format_traceback,
    redact,
)

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


SECRETS = {
    "installation token": "ghs_" + "aB3_.-" * 80,
    "user token": "ghp_" + "x" * 36,
    "app token": "ghu_" + "0" * 36,
    "fine-grained token": "github_pat_" + "11AAAAAAA0" * 8,
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl-_",
    "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
    "key that is cut": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_secret_reaches_the_ledger(secret: str) -> None:
    try:
        raise ValueError(f"could not log in with {secret}")
    except ValueError as error:
        texts = [redact(f"before {secret} after"), describe(error), format_traceback(error)]
    for text in texts:
        assert "[secret]" in text
        assert not any(part in text for part in secret.split("\n") if len(part) > 6)
    assert texts[0].startswith("before ")


def test_ordinary_text_is_left_alone() -> None:
    text = "ghs_ is a prefix, eyJ too; see octo/ghp_repo and github_pat_x: 404 Not Found"
    assert redact(text) == text


def test_a_description_is_one_short_line() -> None:
    assert describe(ValueError("two\n  lines\there")) == "ValueError: two lines here"
    assert describe(KeyError()) == "KeyError"
    assert len(describe(ValueError("x" * 10_000))) == MAX_ERROR_LENGTH


def test_a_token_at_the_cut_is_blanked_before_it_is_cut() -> None:
    text = describe(ValueError("x" * (MAX_ERROR_LENGTH - 30) + " ghs_" + "y" * 60))
    assert "ghs_" not in text


def test_a_traceback_names_the_line_and_of_a_long_one_the_end_stays() -> None:
    def deep(n: int) -> None:
        if n == 0:
            raise ValueError("at the bottom " + "z" * 15_000)
        deep(n - 1)

    try:
        try:
            raise KeyError("the cause " + "y" * 10_000)
        except KeyError as cause:
            raise RuntimeError("on top") from cause
    except RuntimeError as error:
        text = format_traceback(error)
    assert "test_failures.py" in text
    assert text.endswith("RuntimeError: on top\n")
    with pytest.raises(ValueError, match="at the bottom") as caught:
        deep(3)
    caught.value.__cause__ = ValueError("w" * 30_000)
    text = format_traceback(caught.value)
    assert len(text) == MAX_TRACEBACK_LENGTH
    assert "at the bottom" in text
