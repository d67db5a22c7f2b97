"""Addresses in GitHub's API, and which of them our credentials may be sent to."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.github.urls import (
    GitHubAPIEndpoint,
    GitHubAPIUrl,
    creates_content,
    graphql_url,
    is_trusted,
    origin,
    resource_of,
)

API = "https://api.github.com"


def test_an_endpoint_is_filled_in_and_gets_its_parameters(settings: Any) -> None:
    settings.GITHUB_APP = {"API_URL": "https://ghes.example/api/v3"}
    url = GitHubAPIUrl(GitHubAPIEndpoint.REPO_ISSUES, {"owner": "o", "repo": "r"}, {"state": "all", "n": 2})
    assert url.full_url == "https://ghes.example/api/v3/repos/o/r/issues?state=all&n=2"
    assert GitHubAPIUrl("/app", base_url=API).full_url == f"{API}/app"


@pytest.mark.parametrize(
    ("base", "graphql"),
    [
        (API, f"{API}/graphql"),
        ("https://ghes.example/api/v3/", "https://ghes.example/api/graphql"),
        ("https://api.octo.ghe.com/", "https://api.octo.ghe.com/graphql"),
        ("https://v3.example/v3", "https://v3.example/v3/graphql"),
    ],
)
def test_graphql_is_beside_the_rest_api(base: str, graphql: str) -> None:
    assert graphql_url(base) == graphql


def test_an_origin_has_its_usual_port_and_no_case() -> None:
    assert origin("https://API.github.com/x") == ("https", "api.github.com", 443)
    assert origin("http://localhost:8000") == ("http", "localhost", 8000)


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        (f"{API}/x", True),
        ("https://api.github.com:443/x", True),
        ("http://api.github.com/x", False),
        ("https://api.github.com.evil.example/x", False),
        ("https://api.github.com@evil.example/x", False),
        ("https://uploads.github.com/x", True),
        ("https://other.github.com/x", False),
    ],
)
def test_credentials_go_to_the_api_and_to_hosts_that_are_named(url: str, trusted: bool) -> None:
    assert is_trusted(url, API, ["https://uploads.github.com"]) is trusted


@pytest.mark.parametrize(
    ("method", "path", "makes"),
    [
        ("POST", "/repos/o/r/issues/1/comments", True),
        ("POST", "/repos/o/r/pulls/1/reviews?x=1", True),
        ("POST", "/repos/o/r/issues", True),
        ("GET", "/repos/o/r/issues", False),
        ("POST", "/repos/o/r/issues/1/labels", False),
        ("POST", "/repos/o/r/check-runs", False),
    ],
)
def test_what_people_are_notified_of_is_content(method: str, path: str, makes: bool) -> None:
    assert creates_content(method, API + path) is makes


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/app", "core"),
        ("/graphql", "graphql"),
        ("/search/code?q=x", "code_search"),
        ("/search/issues?q=x", "search"),
        ("/repos/o/search", "core"),
    ],
)
def test_each_call_counts_against_a_limit(path: str, resource: str) -> None:
    assert resource_of(API + path) == resource
