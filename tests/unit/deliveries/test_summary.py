"""The few fields of a payload: both decoders agree, and what no column takes is None."""

from __future__ import annotations

import json
from typing import Any

import pytest

from django_github_app.deliveries.rejections import BodyInvalid
from django_github_app.deliveries.summary import MAX_BIGINT, MAX_DEPTH, Summary, summarize
from django_github_app.testing import payloads


def both(data: dict[str, Any]) -> Summary:
    """Return the summary, which is the same however it is read."""
    found = summarize(json.dumps(data).encode())
    assert found == Summary.from_payload(data)
    return found


@pytest.mark.parametrize("event", ["issues", "push", "pull_request", "ping"])
def test_a_payload_has_the_same_summary_however_it_is_read(event: str) -> None:
    data = payloads.build(event)
    found = both(data)
    assert found.sender == data["sender"]["login"]
    assert found.installation_id == (data.get("installation") or {}).get("id")


@pytest.mark.parametrize(
    ("action", "number"),
    [("sub_issue_added", 1), ("parent_issue_added", 2), ("blocked_by_added", 3), ("blocking_added", 4)],
)
def test_relations_have_the_number_of_the_issue_in_their_repository(action: str, number: int) -> None:
    names = ("parent_issue", "sub_issue", "blocked_issue", "blocking_issue")
    data = {name: {"number": n} for n, name in enumerate(names, 1)}
    assert both({"action": action, **data}).number == number


def test_the_subject_counts_before_the_number_of_the_event_itself() -> None:
    assert both({"number": 1, "pull_request": {"number": 2}}).number == 2
    assert both({"number": 1}).number == 1


@pytest.mark.parametrize("number", [-1, MAX_BIGINT + 1, 1.5, True, "7", None])
def test_a_number_that_no_column_takes_is_none(number: Any) -> None:
    assert both({"number": number, "repository": {"id": number}}) == Summary()


def test_texts_fit_their_columns() -> None:
    assert Summary.from_payload({"action": "a\x00b\ud800"}).action == "a\ufffdb?"
    assert both({"repository": {"full_name": "r" * 300}}).repository == "r" * 255
    assert both({"action": "a" * 100}).action == "a" * 64
    assert Summary.from_payload({"action": "a" * 100}, longest_action=99).action == "a" * 99


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        b'{"a":1}x',
        json.dumps({"a": 1}).encode("utf-16"),
    ],
)
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(BodyInvalid):
        summarize(text)


def test_nesting_has_a_bound_and_brackets_in_texts_do_not_count() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * depth + b"1" + b"}" * depth

    assert summarize(nested(MAX_DEPTH)) == Summary()
    with pytest.raises(BodyInvalid, match="more than 400 levels"):
        summarize(nested(MAX_DEPTH + 1))
    assert summarize(json.dumps({"action": "[" * 1000}).encode()).action == "[" * 64
    assert summarize(json.dumps({"list": [[]] * 1000}).encode()) == Summary()
