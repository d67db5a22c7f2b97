from __future__ import annotations

import json

import pytest

from django_github_app.deliveries import Summary
from django_github_app.testing import payloads


@pytest.mark.parametrize("event", payloads.event_names())
def test_every_known_event_survives_json_and_names_its_sender(event: str) -> None:
    payload = payloads.build(event)
    assert json.loads(json.dumps(payload)) == payload
    assert Summary.from_payload(payload).sender == "octocat"


def test_enough_events_are_known_for_a_mixed_load() -> None:
    assert len(payloads.event_names()) >= 40


def test_short_overrides_reach_every_place_where_github_repeats_them() -> None:
    payload = payloads.build(
        "issue_comment",
        number=7,
        comment="@octo-app ping",
        sender="hubot",
        repository="acme/rockets",
        installation=9,
    )
    assert Summary.from_payload(payload) == Summary(
        "created", 9, payload["repository"]["id"], "acme/rockets", "hubot", 7
    )
    assert payload["comment"]["body"] == "@octo-app ping"
    assert payload["issue"]["url"] == "https://api.github.com/repos/acme/rockets/issues/7"


def test_a_short_name_takes_the_object_too() -> None:
    payload = payloads.build(
        "issue_comment",
        sender={"login": "hubot", "type": "Bot"},
        repository={"full_name": "acme/rockets", "id": 5},
        installation={"id": 9},
        comment={"body": "@octo-app ping", "author_association": "OWNER"},
    )
    assert Summary.from_payload(payload) == Summary("created", 9, 5, "acme/rockets", "hubot", 1)
    assert payload["installation"]["node_id"]
    assert payload["sender"]["type"] == "Bot"
    assert payload["comment"]["user"]["login"] == "hubot"
    assert (payload["comment"]["body"], payload["comment"]["author_association"]) == (
        "@octo-app ping",
        "OWNER",
    )


def test_other_overrides_replace_or_extend_top_level_keys() -> None:
    payload = payloads.build("issues", issue={"number": 99}, changes={"title": {"from": "old"}})
    assert payload["issue"]["number"] == 99
    assert payload["issue"]["title"] == "Spelling error in the README file"
    assert payload["changes"] == {"title": {"from": "old"}}


def test_a_comment_on_a_pull_request_says_so() -> None:
    assert "pull_request" not in payloads.build("issue_comment")["issue"]
    assert "pull_request" in payloads.build("issue_comment", on_pull_request=True)["issue"]


def test_the_same_arguments_give_the_same_payload() -> None:
    assert payloads.build("push", ref="refs/heads/x") == payloads.build("push", ref="refs/heads/x")


def test_addresses_lead_to_another_api() -> None:
    payload = payloads.build("issues", repository="acme/rockets")
    assert payloads.addressed_to(payload, "https://api.github.com") == payload
    moved = payloads.addressed_to(payload, "http://127.0.0.1:8001/")
    assert moved["issue"]["url"] == "http://127.0.0.1:8001/repos/acme/rockets/issues/1"
    assert "api.github.com" not in json.dumps(moved)
    assert moved["issue"]["html_url"] == payload["issue"]["html_url"]


def test_an_unknown_event_gets_what_all_events_share() -> None:
    assert sorted(payloads.build("new_event", "made")) == [
        "action",
        "installation",
        "organization",
        "repository",
        "sender",
    ]


def test_an_installation_can_be_left_out() -> None:
    assert "installation" not in payloads.build("issues", installation=None)


def test_a_signature_is_the_one_github_publishes() -> None:
    assert payloads.sign("It's a Secret to Everybody", "Hello, World!") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )
