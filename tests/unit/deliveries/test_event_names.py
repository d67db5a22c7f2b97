"""Names that GitHub never sends are found, with what may have been meant; names that it sends are not."""

from __future__ import annotations

import pytest

from django_github_app.comments.places import PLACES
from django_github_app.deliveries.event_names import problems_of, split_name
from django_github_app.deliveries.known_events import EVENTS
from django_github_app.setup.needs import ALWAYS_SENT, PERMISSION_OF_EVENT


def test_every_published_name_is_accepted() -> None:
    assert len(EVENTS) > 80
    for event, actions in EVENTS.items():
        assert list(problems_of(event, actions)) == []
        assert list(problems_of(event, None)) == []


def test_the_package_itself_names_no_other_event() -> None:
    ours = {*PLACES, *ALWAYS_SENT, *PERMISSION_OF_EVENT}
    assert ours - set(EVENTS) == set()


@pytest.mark.parametrize(
    ("event", "actions", "said"),
    [
        ("isues", None, "GitHub sends no event 'isues': did you mean 'issues'?"),
        ("issue", None, "GitHub sends no event 'issue': did you mean 'issues'?"),
        ("Pull-Request", None, "GitHub sends no event 'Pull-Request': did you mean 'pull_request'?"),
        ("zzz", None, "GitHub sends no event 'zzz'."),
        ("issues", ["open"], "'issues' has no action 'open': did you mean 'opened'?"),
        ("issues", ["opened", "xyzzy"], "'issues' has no action 'xyzzy'."),
        ("push", ["created"], "'push' has no actions, so 'created' never matches."),
        (
            "pull_request",
            ["synchronized"],
            "'pull_request' has no action 'synchronized': did you mean 'synchronize'?",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_its_neighbour(
    event: str, actions: list[str] | None, said: str
) -> None:
    assert list(problems_of(event, actions)) == [said]


def test_what_is_free_is_left_alone() -> None:
    assert list(problems_of("*", None)) == []
    assert list(problems_of("repository_dispatch", ["deploy-now"])) == []


def test_a_name_with_an_action_is_split_at_its_first_dot() -> None:
    assert split_name("issues") == ("issues", None)
    assert split_name("issues.opened") == ("issues", "opened")
    assert split_name("repository_dispatch.sample.collected") == ("repository_dispatch", "sample.collected")
