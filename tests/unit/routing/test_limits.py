"""Limits of a callback: what its decorator may say, and where it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gidgethub import sansio

from django_github_app import routing
from django_github_app.routing import GitHubRouter, Retry
from django_github_app.routing.limits import Limits, limits_of
from django_github_app.testing import payloads


@pytest.fixture
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


def test_who_says_nothing_has_none() -> None:
    assert limits_of(None, None, None) is None


def test_a_number_is_how_often_it_is_tried() -> None:
    assert limits_of(60, 30, 2) == Limits(60, 30, Retry(attempts=2))


@pytest.mark.parametrize(
    "wrong", [{"timeout": 0}, {"timeout": -1}, {"soft": 10**9}, {"timeout": 5, "soft": 5}]
)
def test_what_could_never_hold_is_refused(gh: GitHubRouter, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"timeout|soft"):
        gh.event("push", **wrong)(lambda event: None)
    with pytest.raises(ValueError, match=r"timeout|soft"):
        gh.command("build", **wrong)
    with pytest.raises(ValueError, match=r"timeout|soft"):
        gh.mention(**wrong)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"backoff": -1}, {"backoff_max": -1}, {"on": (1,)}])
def test_a_policy_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"tried once|number of seconds|classes"):
        Retry(**wrong)


def test_one_class_is_as_good_as_several() -> None:
    assert Retry(on=OSError).exceptions == (OSError,)


def test_each_kind_of_callback_takes_its_limits_along(gh: GitHubRouter, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}

    @gh.event("issue_comment", timeout=10)
    def on_event(event: Any) -> None: ...

    @gh.mention(username="hubot", timeout=20)
    def on_mention(event: Any) -> None: ...

    @gh.command("build", timeout=30)
    def on_command(event: Any) -> None: ...

    @gh.event("issue_comment")
    def without(event: Any) -> None: ...

    data = payloads.build("issue_comment", "created", comment="@bot build\n\n@hubot")
    calls = routing.match(sansio.Event(data, event="issue_comment", delivery_id="1"), "async")
    limits = {call.callback: None if call.limits is None else call.limits.timeout for call in calls}
    assert limits[on_event] == 10
    assert limits[without] is None
    assert (limits[on_mention], limits[on_command]) == (20, 30)
    assert routing.longest_timeout("async") == 30


def test_the_longest_is_that_of_what_is_registered_now(gh: GitHubRouter) -> None:
    assert routing.longest_timeout("sync") == 0
    gh.event("push", timeout=3600)(lambda event: None)
    assert routing.longest_timeout("sync") == 3600
