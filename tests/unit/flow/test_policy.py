"""What a decorator may be given for flow control, and the keys that come of it."""

from __future__ import annotations

from typing import Any

import pytest
from gidgethub import sansio

from django_github_app.errors import FlowKeyMissing
from django_github_app.flow.policy import Flow, Rate, key_of
from django_github_app.routing import GitHubRouter


def event(**data: Any) -> sansio.Event:
    return sansio.Event(data, event="pull_request", delivery_id="1")


PULL = event(repository={"id": 7, "full_name": "octo/widgets"}, number=3)


def label(handler: str = "app.review", **options: Any) -> str:
    return key_of(Flow.of(limit=1, **options) or Flow(), handler, PULL, "7:3").label


def test_a_key_is_a_path_a_template_a_function_or_the_subject() -> None:
    assert label() == "app.review 7:3"
    assert label(key="repository.id") == "app.review 7"
    assert label(key="{repository.full_name}:{number}") == "app.review octo/widgets:3"
    assert label(key=lambda event: event.data["number"] % 2) == "app.review 1"


def test_handlers_have_keys_of_their_own_unless_they_share_a_group() -> None:
    alone, shared = Flow(key="repository.id"), Flow(key="repository.id", group="reviews")
    assert key_of(alone, "app.a", PULL, "").number != key_of(alone, "app.b", PULL, "").number
    assert key_of(shared, "app.a", PULL, "") == key_of(shared, "app.b", PULL, "")


def test_a_key_that_the_payload_does_not_have_is_an_error_that_names_it() -> None:
    with pytest.raises(FlowKeyMissing, match=r"pull_request\.number"):
        label(key="{repository.id}:{pull_request.number}")


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20/h", Rate(20, 3600)),
        ("1/30s", Rate(1, 30)),
        (" 5 / 10m ", Rate(5, 600)),
        ("3/2d", Rate(3, 172800)),
    ],
)
def test_rates_are_read(text: str, rate: Rate) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize("text", ["", "20", "20/", "0/h", "2000/h", "-1/h", "20/0s", "20/week"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rate.parse(text)


@pytest.mark.parametrize(
    "options",
    [
        {"on_newer": "replace"},
        {"limit": 0},
        {"debounce": 0},
        {"max_wait": 5, "limit": 1},
        {"interrupt": True},
        {"limit": 1, "key": "{repository.id"},
        {"limit": 1, "key": "repository id"},
    ],
)
def test_what_could_never_work_is_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has a text of its own
        Flow.of(**options)


def test_without_options_there_is_no_flow_control() -> None:
    assert Flow.of() is None


def test_whoever_waits_for_quiet_or_a_rate_is_replaced_by_what_is_newer() -> None:
    flows = [
        Flow.of(debounce=2),
        Flow.of(rate="20/h"),
        Flow.of(rate="20/h", on_newer="queue"),
        Flow.of(limit=2),
    ]
    assert [flow and flow.on_newer for flow in flows] == ["drop_queued", "drop_queued", "queue", "queue"]


def test_a_key_alone_is_a_detail_of_the_payload_as_before() -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()
        gh.event("deploy_key", key=lambda key: key["read_only"])(lambda event: None)
        gh.event("deploy_key", key="repository.id", limit=1, action="created")(lambda event: None)
        detail, controlled = gh.registrations
    assert (list(detail.details), detail.flow) == (["key"], None)
    assert (controlled.details, controlled.flow) == ({"action": "created"}, Flow(key="repository.id"))
