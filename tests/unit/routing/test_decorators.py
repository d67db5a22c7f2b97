"""How ``@gh.event`` names events: one, one with its action, several, all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gidgethub.sansio import Event

from django_github_app import routing
from django_github_app.routing import GitHubRouter
from django_github_app.setup.needs import needs_of
from django_github_app.testing import payloads


@pytest.fixture
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


def called(name: str, action: str | None = None) -> list[str]:
    """Return the names of the callbacks that an event is for."""
    data = {"action": action} if action else {}
    found = routing.match(Event(data, event=name, delivery_id="d"), "async")
    return [call.callback.__name__ for call in found]


def test_an_action_may_stand_behind_its_event(gh: GitHubRouter) -> None:
    @gh.event("issues.opened")
    def opened(event: Any) -> None: ...

    assert called("issues", "opened") == ["opened"]
    assert called("issues", "closed") == []
    assert gh.registrations[0].actions == {"opened"}


def test_several_events_share_one_decorator_and_its_details(gh: GitHubRouter) -> None:
    @gh.event(["issues", "pull_request"], action="opened")
    def opened(event: Any) -> None: ...

    @gh.event(["issues.labeled", "issues.unlabeled", "push"])
    def changed(event: Any) -> None: ...

    assert called("pull_request", "opened") == ["opened"]
    assert called("issues", "opened") == ["opened"]
    assert called("issues", "unlabeled") == ["changed"]
    assert called("push") == ["changed"]
    assert called("pull_request", "closed") == []


def test_an_event_without_an_action_means_all_of_them(gh: GitHubRouter) -> None:
    @gh.event(["issues.opened", "issues"])
    def any_of_them(event: Any) -> None: ...

    assert called("issues", "closed") == ["any_of_them"]


def test_a_star_is_every_event_in_the_order_of_registration(gh: GitHubRouter) -> None:
    @gh.event("issues")
    def first(event: Any) -> None: ...

    @gh.event("*")
    def every(event: Any) -> None: ...

    @gh.event("issues")
    def last(event: Any) -> None: ...

    assert called("issues", "opened") == ["first", "every", "last"]
    assert called("watch", "started") == ["every"]
    assert [call.callback.__name__ for call in gh.match(Event({}, event="fork", delivery_id="d"))] == [
        "every"
    ]
    assert needs_of((r.event_type, r.kind) for r in gh.registrations).events == {"issues"}


def test_a_star_takes_details(gh: GitHubRouter) -> None:
    @gh.event("*", action="deleted")
    def gone(event: Any) -> None: ...

    assert called("label", "deleted") == ["gone"]
    assert called("label", "created") == []


def test_a_handler_of_every_event_keeps_the_order_of_lanes(gh: GitHubRouter) -> None:
    gh.event("issues", ordered=False)(lambda event: None)
    assert routing.unordered("async") == ["issues"]
    gh.event("*")(lambda event: None)
    assert routing.unordered("async") == []


@pytest.mark.parametrize("names", [[], ()])
def test_naming_no_event_is_refused(gh: GitHubRouter, names: Any) -> None:
    with pytest.raises(ValueError, match="no event is named"):
        gh.event(names)(lambda event: None)


def test_an_action_that_is_given_twice_is_refused(gh: GitHubRouter) -> None:
    with pytest.raises(ValueError, match="names an action, and action='closed' another"):
        gh.event("issues.opened", action="closed")(lambda event: None)


def test_a_real_payload_is_for_the_handlers_of_its_event(gh: GitHubRouter) -> None:
    gh.event("pull_request.synchronize")(lambda event: None)
    data = payloads.build("pull_request", "synchronize")
    assert len(routing.match(Event(data, event="pull_request", delivery_id="d"), "async")) == 1
