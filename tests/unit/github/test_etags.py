"""Answers kept for conditional requests: one reader's are never another's."""

from __future__ import annotations

import pytest
from django.core.cache.backends.locmem import LocMemCache

from django_github_app.github import etags

ANSWER = {"etag": '"1"', "content-type": "application/json", "x-ratelimit-remaining": "1", "link": "<x>"}


def test_what_is_kept_comes_back_without_headers_that_are_of_one_answer_only() -> None:
    cache = LocMemCache("etags", {})
    etags.keep(cache, "a", ANSWER, b"body" * 100)
    found = etags.load(cache, "a")
    assert found is not None
    assert found.body == b"body" * 100
    assert found.headers == {"etag": '"1"', "content-type": "application/json", "link": "<x>"}
    assert etags.load(cache, "b") is None


def test_keys_differ_by_server_credentials_address_and_form() -> None:
    asked = [
        ("https://a", "1", "/x", "json"),
        ("https://b", "1", "/x", "json"),
        ("https://a", "2", "/x", "json"),
        ("https://a", "1", "/y", "json"),
        ("https://a", "1", "/x", "raw"),
    ]
    assert len({etags.key(*one) for one in asked}) == len(asked)
    assert etags.key(*asked[0]) == etags.key(*asked[0])


@pytest.mark.parametrize(
    ("headers", "size", "kept"),
    [
        ({"etag": "x"}, 0, True),
        ({}, 0, False),
        ({"etag": "x", "cache-control": "private, no-store"}, 0, False),
        ({"etag": "x"}, etags.MAX_BODY, True),
        ({"etag": "x"}, etags.MAX_BODY + 1, False),
    ],
)
def test_only_what_may_be_kept_and_is_not_too_large_is_worth_it(
    headers: dict[str, str], size: int, kept: bool
) -> None:
    assert etags.is_worth_keeping(headers, b"x" * size) is kept
