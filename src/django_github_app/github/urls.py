"""Addresses in GitHub's API, and which of them our credentials may be sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode, urlsplit

from gidgethub import sansio

from django_github_app.conf import app_settings


class GitHubAPIEndpoint(Enum):
    """Endpoints that this package calls itself."""

    INSTALLATION_REPOS = "/installation/repositories"
    ORG_APP_INSTALLATION = "/orgs/{org}/installation"
    REPO_ISSUES = "/repos/{owner}/{repo}/issues"
    USER_APP_INSTALLATION = "/users/{username}/installation"


@dataclass(frozen=True, slots=True)
class GitHubAPIUrl:
    """An endpoint with its variables filled in and query parameters added."""

    endpoint: GitHubAPIEndpoint | str
    url_vars: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | None = None
    base_url: str | None = None
    """``None``: GITHUB_APP["API_URL"]."""

    @property
    def full_url(self) -> str:
        """The address, with its variables filled in and its parameters."""
        template = self.endpoint if isinstance(self.endpoint, str) else self.endpoint.value
        base_url = self.base_url or app_settings.API_URL
        url = sansio.format_url(template, self.url_vars, base_url=base_url)
        return f"{url}?{urlencode(self.params)}" if self.params else url


def graphql_url(base_url: str) -> str:
    """Return the GraphQL endpoint beside a REST base URL; GitHub Enterprise has it at ``/api/graphql``."""
    base = base_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if base.endswith("/api/v3") else f"{base}/graphql"


def web_url(api_url: str) -> str:
    """Return where GitHub's pages are, beside its API."""
    base = api_url.rstrip("/")
    parts = urlsplit(base)
    host = parts.hostname or ""
    if host == "api.github.com" or (host.startswith("api.") and host.endswith(".ghe.com")):
        return f"{parts.scheme}://{host.removeprefix('api.')}"
    return base.removesuffix("/api/v3")


def api_url(web_url: str) -> str:
    """Return where GitHub's API is, beside its pages: the inverse of `web_url`."""
    base = web_url.rstrip("/")
    parts = urlsplit(base)
    host = parts.hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"{parts.scheme}://api.{host.removeprefix('api.')}"
    return base if base.endswith("/api/v3") else f"{base}/api/v3"


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port: what must be equal for a token to be sent."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port


def is_trusted(url: str, base_url: str, more: Iterable[str] = ()) -> bool:
    """Return whether the app's credentials may be sent to ``url``."""
    return origin(url) in {origin(base_url), *map(origin, more)}


_CREATES_CONTENT = re.compile(
    r"/(comments|replies|issues|pulls|reviews|releases|discussions|invitations|requested_reviewers)$"
)


def creates_content(method: str, url: str) -> bool:
    """Return whether a call makes something that people are notified of, which GitHub limits separately.

    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    names 80 such requests a minute and 500 an hour.
    """
    return method == "POST" and _CREATES_CONTENT.search(urlsplit(url).path) is not None


def resource_of(url: str) -> str:
    """Return which of GitHub's primary limits a call counts against, as ``x-ratelimit-resource`` names it."""
    path = urlsplit(url).path
    if path.endswith("/graphql"):
        return "graphql"
    if "/search/code" in path:
        return "code_search"
    return "search" if "/search/" in path else "core"
