"""Which archived events are meant."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from django_github_app.retention.filters import Filter
from django_github_app.retention.records import ArchivedEvent


def event(**values: Any) -> ArchivedEvent:
    made = ArchivedEvent(
        **{
            "id": 7,
            "status": "done",
            "received_at": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
            "event": "issues",
            "action": "opened",
            "delivery": "d-7",
            "repository": "octo/hello",
            "sender": "mona",
            **values,
        }
    )
    made.body = '{"title":"A Nädle"}'.encode()
    return made


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        (Filter(), True),
        (Filter(deliveries=("d-7",)), True),
        (Filter(deliveries=("d-8",)), False),
        (Filter(repositories=("Octo/Hello",)), True),
        (Filter(events=("issues",)), True),
        (Filter(events=("issues.opened", "push")), True),
        (Filter(events=("issues.closed",)), False),
        (Filter(senders=("MONA",)), True),
        (Filter(statuses=("dead",)), False),
        (Filter(ids=(6, 7)), True),
        (Filter(ids=(8,)), False),
        (Filter(text="nÄDLE"), True),
        (Filter(text="thread"), False),
        (Filter(senders=("mona",), repositories=("octo/other",)), False),
    ],
)
def test_an_event_is_meant_when_all_of_it_fits(which: Filter, meant: bool) -> None:
    assert which.matches(event()) is meant


def test_what_an_event_does_not_have_is_not_meant_and_old_rows_have_their_payload() -> None:
    assert not Filter(senders=("mona",)).matches(event(sender=None))
    old = event()
    old.body, old.legacy = None, '{"title": "needle"}'
    assert Filter(text="needle").matches(old)


def test_it_goes_through_json_and_says_only_what_it_asks() -> None:
    which = Filter(files=(1, 2), since=dt.date(2026, 1, 2), events=("push",), text="x")
    assert which.to_json() == {"files": (1, 2), "since": "2026-01-02", "events": ("push",), "text": "x"}
    assert (
        Filter.from_json({"files": [1, 2], "since": "2026-01-02", "events": ["push"], "text": "x"}) == which
    )
    assert Filter().to_json() == {}
