"""Which callbacks an event is for, and in what order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from gidgethub.routing import Router as GidgetHubRouter
from gidgethub.sansio import Event

from django_github_app import routing
from django_github_app.comments.mentions import MentionScope
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


@pytest.fixture
def gh() -> GitHubRouter:
    return GitHubRouter()


def event(name: str = "issues", action: str | None = None, **overrides: Any) -> Event:
    return Event(payloads.build(name, action, **overrides), event=name, delivery_id="d")


def names(found: list[Any]) -> list[str]:
    return [call.callback.__name__ for call in found]


def handler(name: str) -> Any:
    def callback(event: Event) -> None: ...

    callback.__name__ = callback.__qualname__ = name
    return callback


def test_callbacks_match_in_registration_order_across_routers(gh: GitHubRouter) -> None:
    other = GitHubRouter()
    for number, router in enumerate([gh, other, gh, other, gh]):
        details: dict[str, Any] = {"action": "opened"} if number % 2 else {}
        router.event("issues", **details)(handler(f"h{number}"))
    assert names(routing.match(event(), "sync")) == ["h0", "h1", "h2", "h3", "h4"]
    assert names(gh.match(event())) == ["h0", "h2", "h4"]


@pytest.mark.parametrize(
    ("details", "matches"),
    [
        ({}, True),
        ({"action": "opened"}, True),
        ({"action": "closed"}, False),
        ({"action": ["closed", "opened"]}, True),
        ({"action": {"closed"}}, False),
        ({"action": lambda value: value.startswith("open")}, True),
        ({"action": "opened", "sender__login": "octocat"}, True),
        ({"action": "opened", "sender__login": "someone"}, False),
        ({"issue__state": "open", "repository__private": False}, True),
        ({"issue__number": lambda number: number > 1000}, False),
        ({"nothing": "there"}, False),
        ({"nothing": lambda value: True}, False),
        ({"action__deeper": "opened"}, False),
        ({"repository": "a value that cannot be hashed on the other side"}, False),
    ],
)
def test_details_limit_what_matches(gh: GitHubRouter, details: dict[str, Any], matches: bool) -> None:
    gh.event("issues", **details)(handler("h"))
    assert bool(routing.match(event(sender="octocat"), "sync")) is matches


def test_a_list_payload_or_unhashable_value_matches_nothing_and_raises_nothing(gh: GitHubRouter) -> None:
    gh.event("issues", action="opened")(handler("h"))
    strange = Event({"action": ["opened"]}, event="issues", delivery_id="d")
    assert gh.match(strange) == []


def test_a_callback_registered_twice_for_an_event_is_called_once(gh: GitHubRouter) -> None:
    callback = handler("h")
    gh.event("issues")(callback)
    gh.event("issues", action="opened")(callback)
    assert names(gh.match(event())) == ["h"]


def test_two_callbacks_of_one_name_have_ledger_keys_of_their_own(gh: GitHubRouter) -> None:
    gh.event("issues")(handler("same"))
    gh.event("issues")(handler("same"))
    keys = [call.handler for call in gh.match(event())]
    assert keys == [f"{__name__}.same", f"{__name__}.same#2"]


def test_a_router_made_of_others_has_their_registrations_and_nothing_runs_twice(gh: GitHubRouter) -> None:
    gh.event("issues")(handler("ours"))
    plain = GidgetHubRouter()

    @plain.register("issues", action="opened")
    async def theirs(event: Event) -> None: ...

    merged = GitHubRouter(gh, plain)
    assert names(merged.match(event())) == ["ours", "theirs"]
    assert names(routing.match(event(), "sync")) == ["ours", "theirs"]


def test_routers_lists_every_router(gh: GitHubRouter) -> None:
    other = GitHubRouter()
    assert GitHubRouter.routers == [gh, other]
    assert gh.routers == [gh, other]


async def test_dispatch_and_adispatch_call_what_matches(gh: GitHubRouter) -> None:
    seen: list[Any] = []

    @gh.event("issues")
    def synchronous(event: Event, gh: str, *args: Any, **kwargs: Any) -> None:
        seen.append((event.event, gh))

    gh.dispatch(event(), "client")

    @gh.event("issues")
    async def asynchronous(event: Event, gh: str) -> None:
        seen.append(gh)

    await gh.adispatch(event(), "aclient")
    assert seen == [("issues", "client"), ("issues", "aclient"), "aclient"]


class TestMentions:
    def calls(self, gh: GitHubRouter, text: str, name: str = "issue_comment", **overrides: Any) -> list[str]:
        found = gh.match(event(name, comment=text, **overrides))
        return [call.kwargs["context"].mention.username for call in found]

    @pytest.mark.parametrize(
        ("username", "expected"),
        [
            ("deploy-bot", ["deploy-bot"]),
            ("DEPLOY-BOT", ["deploy-bot"]),
            (re.compile(r".*-bot"), ["deploy-bot", "test-bot"]),
            (None, ["deploy-bot", "test-bot", "user"]),
        ],
    )
    def test_each_matching_mention_is_one_call(
        self, gh: GitHubRouter, username: Any, expected: list[str]
    ) -> None:
        gh.mention(username=username)(handler("h"))
        assert self.calls(gh, "@deploy-bot start @test-bot validate @user check") == expected

    def test_a_scope_limits_where_a_mention_counts(self, gh: GitHubRouter) -> None:
        gh.mention(username="bot", scope=MentionScope.PR)(handler("h"))
        assert self.calls(gh, "@bot") == []
        assert self.calls(gh, "@bot", on_pull_request=True) == ["bot"]

    def test_only_created_comments_count(self, gh: GitHubRouter) -> None:
        gh.mention(username="bot")(handler("h"))
        assert self.calls(gh, "@bot", action="deleted") == []


class TestLanes:
    def test_nothing_opts_out_by_itself(self, gh: GitHubRouter) -> None:
        gh.event("issues")(handler("h"))
        assert routing.unordered("sync") == []

    def test_an_event_opts_out_when_all_its_callbacks_do(self, gh: GitHubRouter) -> None:
        gh.event("issues", ordered=False)(handler("a"))
        gh.event("issues", action="opened", ordered=False)(handler("b"))
        assert routing.unordered("sync") == ["issues"]

    def test_an_action_opts_out_when_nothing_ordered_is_registered_for_it(self, gh: GitHubRouter) -> None:
        gh.event("issues", action=["opened", "labeled"], ordered=False)(handler("a"))
        gh.event("issues", action="opened")(handler("b"))
        assert routing.unordered("sync") == ["issues.labeled"]

    def test_one_ordered_callback_for_all_actions_keeps_the_event_in_its_lane(self, gh: GitHubRouter) -> None:
        gh.event("issues", action="opened", ordered=False)(handler("a"))
        gh.event("issues")(handler("b"))
        assert routing.unordered("sync") == []
