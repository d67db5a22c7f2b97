"""How urgent events are: as their most urgent handler says, and what people type."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.routing import GitHubRouter
from django_github_app.routing.priorities import priorities_of


def nothing(**kwargs: Any) -> None: ...


@pytest.mark.parametrize(
    ("event", "action", "sender", "priority"),
    [
        ("push", None, "octocat", -1),
        ("issues", "opened", "octocat", 2),
        ("issues", "closed", "octocat", 0),
        ("issue_comment", "created", "octocat", 1),
        ("issue_comment", "created", "ci[bot]", 0),
        ("star", "created", "octocat", 0),
    ],
)
def test_events_are_as_urgent_as_their_most_urgent_handler(
    event: str, action: str | None, sender: str, priority: int
) -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()
        gh.event("push", priority=-1)(nothing)
        gh.event("issues", priority=-1)(nothing)
        gh.event("issues")(nothing)
        gh.event(["issues.opened", "issues.reopened"], priority=2)(nothing)
        gh.command("deploy")(nothing)
        priorities = priorities_of(gh.registrations)
    assert priorities.of(event, action, sender) == priority


def test_a_handler_of_all_events_counts_for_each() -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()
        gh.event("*", priority=3)(nothing)
        assert priorities_of(gh.registrations).of("push", None, None) == 3
