"""Which requests to the GraphQL endpoint are sent again after a failure."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from django_github_app.github import graphql
from django_github_app.github.messages import Request

URL = "https://api.github.com/graphql"
MUTATION = "mutation($i: I!) { add(input: $i) { id } }"
QUERIES = [
    "{ viewer { login } }",
    "query { viewer { login } }",
    "\n\n  query($id: ID!) { node(id: $id) { id } }",
    "\ufeff# mutation\nquery A { a }",
    'query A($text: String = "mutation { x }") { a(text: "}{", more: """ " } mutation """) }',
    "fragment F on Issue { id } query A @skip(if: true) { ...F }",
    "query A { a } query B { b(list: [{x: 1}]) }",
    graphql.DISCUSSION_COMMENTS,
    graphql.ANSWERED_COMMENT,
]
OTHERS = [
    MUTATION,
    f"\n{MUTATION}",
    f"# a comment that is rather long, longer than forty characters\n{MUTATION}",
    f"{' ,' * 100}{MUTATION}",
    f"fragment F on Issue {{ id }}\n{MUTATION}",
    f"query A {{ a }} {MUTATION}",
    f'query A {{ a(text: "\\"") }} {MUTATION}',
    f'query A {{ a(text: """ \\""" """) }} {MUTATION}',
    f"\ufeff{MUTATION}",
    "subscription { a }",
    "fragment F on Issue { id }",
    "query A { a ",
    "query A { a ) }",
    "",
    graphql.ADD_COMMENT,
]


def body(document: Any, **more: Any) -> bytes:
    return json.dumps({"query": document, "variables": {"i": "x"}, **more}).encode()


@pytest.mark.parametrize("document", QUERIES)
def test_a_query_is_sent_again(document: str) -> None:
    assert Request("POST", URL, {}, body(document)).is_repeatable


@pytest.mark.parametrize("document", OTHERS)
def test_what_is_not_certainly_a_query_is_not(document: str) -> None:
    assert not Request("POST", URL, {}, body(document)).is_repeatable
    # The order of the members changes nothing.
    swapped = json.dumps({"variables": {"a": "x" * 100}, "query": document}).encode()
    assert not Request("POST", URL, {}, swapped).is_repeatable


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{", b'{"query": 1}', b"[" * 50_000, b'{"id": "persisted"}']
)
def test_what_cannot_be_read_is_not(raw: bytes) -> None:
    assert not Request("POST", URL, {}, raw).is_repeatable


def test_of_several_operations_the_named_one_counts() -> None:
    both = "query A { a } mutation B { b }"
    assert Request("POST", URL, {}, body(both, operationName="A")).is_repeatable
    assert not Request("POST", URL, {}, body(both, operationName="B")).is_repeatable
    assert not Request("POST", URL, {}, body(both, operationName="C")).is_repeatable


@pytest.mark.parametrize("document", [graphql.ADD_REACTION, graphql.REMOVE_REACTION, graphql.UPDATE_COMMENT])
def test_mutations_that_do_nothing_the_second_time_are_sent_again(document: str) -> None:
    assert Request("POST", URL, {}, body(document)).is_repeatable


def test_a_reaction_is_sent_again_and_a_comment_is_not() -> None:
    base = "https://api.github.com/repos/o/r/issues"
    assert Request("POST", f"{base}/comments/1/reactions", {}, b"{}").is_repeatable
    assert not Request("POST", f"{base}/1/comments", {}, b"{}").is_repeatable


@pytest.mark.parametrize("piece", ['"', '"""', "\\", "#", "{", "a", '"\\', '""" \\"""', "(["])
def test_any_document_is_read_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        document = piece * (size // len(piece))
        times = []
        for _ in range(5):
            started = time.thread_time()
            graphql.operations(document)
            times.append(time.thread_time() - started)
        return min(times)

    # Quadratic is 64 times. A machine that is busy with something else costs CPU time too, though less of it.
    assert seconds(200_000) < 32 * max(seconds(25_000), 0.001)
