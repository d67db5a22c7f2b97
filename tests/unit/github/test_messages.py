"""One HTTP request as a value: what may be sent twice."""

from __future__ import annotations

import json

import pytest

from django_github_app.github.messages import Request

API = "https://api.github.com"
QUERY = json.dumps({"query": "query { viewer { login } }"}).encode()
MUTATION = json.dumps({"query": "mutation { addComment { id } }"}).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "repeatable"),
    [
        ("GET", "/app", b"", True),
        ("DELETE", "/x", b"", True),
        ("PATCH", "/x", b"", True),
        ("POST", "/repos/o/r/issues/1/comments", b"", False),
        ("POST", "/repos/o/r/issues/1/reactions", b"", True),
        ("POST", "/repos/o/r/issues/1/reactions?per_page=1", b"", True),
        ("POST", "/graphql", QUERY, True),
        ("POST", "/graphql", MUTATION, False),
        ("POST", "/repos/o/r/issues", QUERY, False),
    ],
)
def test_what_may_be_sent_twice(method: str, path: str, body: bytes, repeatable: bool) -> None:
    assert Request(method, API + path, {}, body).is_repeatable is repeatable


def test_a_post_that_is_known_to_be_harmless_may_be_sent_twice() -> None:
    assert Request("POST", f"{API}/x", {}, harmless=True).is_repeatable


def test_further_headers_are_added_to_another_request() -> None:
    request = Request("GET", API, {"accept": "a", "x-old": "1"})
    more = request.with_headers(if_none_match='"1"', accept="b")
    assert more.headers == {"accept": "b", "x-old": "1", "if-none-match": '"1"'}
    assert request.headers == {"accept": "a", "x-old": "1"}
