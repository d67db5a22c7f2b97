"""Every error says what happened and what to do, without a message of its caller's."""

from __future__ import annotations

import datetime as dt
import inspect
from typing import Any

import pytest
import zstandard

from django_github_app import errors
from django_github_app.errors import (
    ConnectionsBusy,
    DictionaryMissing,
    GitHubAppError,
    GitHubTimeout,
    GitHubUnreachable,
    InstallationNotFound,
    PermanentError,
    RetryLater,
    RunInterrupted,
)

CLASSES = [
    made
    for _, made in inspect.getmembers(errors, inspect.isclass)
    if issubclass(made, GitHubAppError | RunInterrupted)
]


def test_all_are_on_the_list() -> None:
    # The one that is a cancellation has asyncio's way to be made.
    assert {made.__name__ for made in CLASSES} | {"CallbackCancelled"} == set(errors.__all__)


@pytest.mark.parametrize("made", [one for one in CLASSES if one is not DictionaryMissing])
def test_without_a_message_the_first_sentences_of_the_docstring_are_said(made: Any) -> None:
    text = str(made())
    assert text
    assert "\n\n" not in text
    assert text.startswith(inspect.cleandoc(made.__doc__)[:30])
    assert str(made("another")) == "another"


def test_a_subclass_of_a_project_without_a_docstring_says_nothing_that_is_not_its_own() -> None:
    class Mine(GitHubAppError):
        pass

    assert str(Mine()) == ""


def test_a_time_without_a_zone_is_local() -> None:
    naive = dt.datetime(2026, 3, 1, 12).astimezone().replace(tzinfo=None)
    assert RetryLater(at=naive).at == naive.astimezone(dt.UTC)
    aware = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    assert RetryLater(at=aware).at is aware


@pytest.mark.parametrize(("given", "seconds"), [(None, 60), (5, 5), (0, 0)])
def test_a_wait_is_a_minute_unless_it_is_said(given: float | None, seconds: float) -> None:
    wait = RetryLater(seconds=given).at - dt.datetime.now(dt.UTC)
    assert seconds - 2 < wait.total_seconds() <= seconds


def test_whether_github_may_have_seen_the_request_is_kept() -> None:
    assert GitHubUnreachable().sent
    assert GitHubTimeout().sent
    assert not ConnectionsBusy().sent


def test_an_installation_that_is_gone_is_named() -> None:
    error = InstallationNotFound(installation_id=5)
    assert error.installation_id == 5
    assert str(error).endswith("(installation 5)")
    assert isinstance(error, PermanentError)


def test_a_missing_dictionary_is_an_error_of_compression_too() -> None:
    error = DictionaryMissing(17)
    assert isinstance(error, zstandard.ZstdError)
    assert (error.number, "dictionary 17" in str(error)) == (17, True)
