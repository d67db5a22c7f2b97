"""The table of GitHub's events: what is written by a program is read as it was meant."""

from __future__ import annotations

import re

from django_github_app.deliveries.known_events import ANY_ACTION, EVENTS


def test_lines_that_go_on_belong_to_their_event() -> None:
    assert EVENTS["issues"][0] == "assigned"
    assert EVENTS["issues"][-1] == "untyped"
    assert "synchronize" in EVENTS["pull_request"]


def test_an_event_may_have_no_actions() -> None:
    assert EVENTS["push"] == EVENTS["repository_dispatch"] == ()
    assert set(EVENTS) > ANY_ACTION


def test_names_are_names_and_none_comes_twice() -> None:
    for event, actions in EVENTS.items():
        assert len(set(actions)) == len(actions), event
        for name in (event, *actions):
            assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name), name
