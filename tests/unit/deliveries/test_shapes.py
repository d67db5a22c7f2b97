from __future__ import annotations

import json

import pytest

from django_github_app.deliveries.shapes import _SHAPES, fits
from django_github_app.testing import payloads

KNOWN = [event for event in payloads.event_names() if event in _SHAPES]


@pytest.mark.parametrize("event", payloads.event_names())
def test_every_body_fits_its_own_event(event: str) -> None:
    assert fits(event, json.dumps(payloads.build(event)).encode())


@pytest.mark.parametrize("event", KNOWN)
def test_a_body_of_a_known_event_fits_no_other_known_event_but_one_of_the_same_shape(event: str) -> None:
    body = json.dumps(payloads.build(event)).encode()
    alike = {other for other in _SHAPES if other != event and fits(other, body)}
    assert alike <= {"create", "delete"}


def test_there_are_known_events_to_compare() -> None:
    assert {"issues", "issue_comment", "pull_request", "push", "ping"} <= set(KNOWN)


@pytest.mark.parametrize("body", [b"payload=%7B%7D", b"[1]", b"", b"{"])
def test_what_is_no_object_is_judged_by_somebody_else(body: bytes) -> None:
    assert fits("issues", body)


def test_an_event_that_is_not_known_fits_every_body() -> None:
    assert fits("brand_new_event", b'{"issue":{},"comment":{}}')
