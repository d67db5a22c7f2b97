"""What the fake GitHub answers is what GitHub's OpenAPI description says, in both versions of the API.

Every endpoint that it has is asked; a new one belongs into `EVERYTHING`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from django_github_app.testing import FakeGitHub, payloads
from django_github_app.testing.fake_github_contents import commit_file
from django_github_app.testing.fake_github_routes import routes
from tests.support import openapi

from .test_fake_github import app_jwt, token

REPO = "/repos/octo/widgets"
SHA = "c" * 40
TEXT = base64.b64encode(b"text").decode()

# Whoever asks: the app, or its installation. Method and address, and what is sent. In this order.
APP: list[Any] = [
    ("GET", "/app"),
    ("GET", "/app/installations"),
    ("GET", "/app/installations/{installation}"),
    ("POST", "/app/installations/{installation}/access_tokens", {"permissions": {"contents": "read"}}),
    ("POST", "/app/installations/{installation}/access_tokens", {"repositories": ["nothing"]}),
    ("GET", "/orgs/octo/installation"),
    ("GET", "/users/octo/installation"),
    ("GET", f"{REPO}/installation"),
    ("GET", "/app/hook/config"),
    ("PATCH", "/app/hook/config", {"url": "http://127.0.0.1:9/"}),
    ("GET", "/app/hook/deliveries"),
    ("GET", "/app/hook/deliveries/{delivery}"),
    ("POST", "/app/hook/deliveries/{delivery}/attempts"),
    ("POST", "/app-manifests/abc/conversions"),
    ("PUT", "/app/installations/{installation}/suspended"),
    ("GET", "/app/installations/{installation}"),
    ("DELETE", "/app/installations/{installation}/suspended"),
    ("DELETE", "/app/installations/{installation}"),
]
INSTALLATION: list[Any] = [
    ("GET", "/rate_limit"),
    ("GET", "/installation/repositories"),
    ("GET", "/users/alice"),
    ("GET", REPO),
    ("GET", "/repos/octo/nothing"),
    ("GET", "/repositories/{repository}"),
    ("PATCH", REPO, {"description": "Small parts", "has_wiki": False}),
    ("PUT", f"{REPO}/topics", {"names": ["bots"]}),
    ("PUT", f"{REPO}/topics", {"names": ["Bots"]}),
    ("GET", f"{REPO}/topics"),
    ("GET", f"{REPO}/branches"),
    ("GET", f"{REPO}/branches/main"),
    ("GET", f"{REPO}/git/ref/heads/main"),
    ("GET", f"{REPO}/activity"),
    ("PUT", f"{REPO}/contents/docs/a.md", {"message": "Add", "content": TEXT}),
    ("GET", f"{REPO}/contents/docs/a.md"),
    ("GET", f"{REPO}/contents/docs"),
    ("DELETE", f"{REPO}/contents/docs/a.md", {"message": "Away", "sha": "{blob}"}),
    ("GET", f"{REPO}/commits"),
    ("GET", f"{REPO}/commits/{SHA}"),
    ("GET", f"{REPO}/commits/{SHA}/pulls"),
    ("POST", f"{REPO}/statuses/{SHA}", {"state": "success", "context": "ci"}),
    ("POST", f"{REPO}/statuses/{SHA}", {"state": "odd"}),
    ("GET", f"{REPO}/commits/{SHA}/statuses"),
    ("GET", f"{REPO}/commits/{SHA}/status"),
    ("POST", f"{REPO}/check-runs", {"name": "lint", "head_sha": SHA}),
    (
        "PATCH",
        f"{REPO}/check-runs/{{id}}",
        {"conclusion": "success", "output": {"title": "a", "summary": "b"}},
    ),
    ("GET", f"{REPO}/check-runs/{{id}}"),
    ("GET", f"{REPO}/commits/{SHA}/check-runs"),
    ("PUT", f"{REPO}/collaborators/bob", {"permission": "push"}),
    ("GET", f"{REPO}/collaborators"),
    ("GET", f"{REPO}/collaborators/bob"),
    ("GET", f"{REPO}/collaborators/bob/permission"),
    ("DELETE", f"{REPO}/collaborators/bob"),
    ("GET", f"{REPO}/collaborators/bob"),
    ("GET", "/orgs/octo/teams/core/memberships/alice"),
    ("POST", f"{REPO}/labels", {"name": "bug", "color": "d73a4a", "description": "Broken"}),
    ("POST", f"{REPO}/labels", {"name": "bug"}),
    ("GET", f"{REPO}/labels"),
    ("GET", f"{REPO}/labels/bug"),
    ("PATCH", f"{REPO}/labels/bug", {"new_name": "defect"}),
    ("DELETE", f"{REPO}/labels/defect"),
    ("POST", f"{REPO}/issues", {"title": "New", "labels": ["bug"], "assignees": ["alice"]}),
    ("POST", f"{REPO}/issues", {"body": "no title"}),
    ("GET", f"{REPO}/issues"),
    ("GET", f"{REPO}/issues/1"),
    ("GET", f"{REPO}/issues/999"),
    ("PATCH", f"{REPO}/issues/1", {"state": "closed", "state_reason": "not_planned"}),
    ("PUT", f"{REPO}/issues/1/lock"),
    ("DELETE", f"{REPO}/issues/1/lock"),
    ("POST", f"{REPO}/issues/1/labels", {"labels": ["one"]}),
    ("GET", f"{REPO}/issues/1/labels"),
    ("PUT", f"{REPO}/issues/1/labels", {"labels": ["two", "three"]}),
    ("DELETE", f"{REPO}/issues/1/labels/two"),
    ("DELETE", f"{REPO}/issues/1/labels"),
    ("GET", f"{REPO}/assignees"),
    ("GET", f"{REPO}/assignees/alice"),
    ("POST", f"{REPO}/issues/1/assignees", {"assignees": ["alice"]}),
    ("DELETE", f"{REPO}/issues/1/assignees", {"assignees": ["alice"]}),
    ("GET", f"{REPO}/issues/1/events"),
    ("GET", f"{REPO}/issues/1/timeline"),
    ("POST", f"{REPO}/issues/1/comments", {"body": "Hi"}),
    ("GET", f"{REPO}/issues/1/comments"),
    ("GET", f"{REPO}/issues/comments"),
    ("POST", f"{REPO}/issues/1/reactions", {"content": "eyes"}),
    ("GET", f"{REPO}/issues/1/reactions"),
    ("DELETE", f"{REPO}/issues/1/reactions/{{id}}"),
    ("GET", "/search/issues?q=is:open"),
    ("GET", f"{REPO}/pulls"),
    ("POST", f"{REPO}/pulls", {"title": "Change", "head": "fix", "base": "main"}),
    ("GET", f"{REPO}/pulls/2"),
    ("PATCH", f"{REPO}/pulls/2", {"title": "Other"}),
    ("GET", f"{REPO}/pulls/2/files"),
    ("GET", f"{REPO}/pulls/2/commits"),
    ("POST", f"{REPO}/pulls/2/reviews", {"event": "COMMENT", "body": "Hm"}),
    ("GET", f"{REPO}/pulls/2/reviews"),
    ("POST", f"{REPO}/pulls/2/requested_reviewers", {"reviewers": ["alice"]}),
    ("GET", f"{REPO}/pulls/2/requested_reviewers"),
    ("DELETE", f"{REPO}/pulls/2/requested_reviewers", {"reviewers": ["alice"]}),
    ("POST", f"{REPO}/pulls/2/comments", {"body": "Here", "path": "a.py", "line": 3, "commit_id": SHA}),
    ("GET", f"{REPO}/pulls/2/comments"),
    ("POST", f"{REPO}/pulls/2/comments/{{id}}/replies", {"body": "There"}),
    ("GET", f"{REPO}/pulls/2/merge"),
    ("PUT", f"{REPO}/pulls/2/merge"),
    ("GET", f"{REPO}/pulls/2/merge"),
    ("POST", f"{REPO}/commits/{SHA}/comments", {"body": "Why?"}),
    ("GET", f"{REPO}/commits/{SHA}/comments"),
]
COMMENTS = {
    "issues/comments": ("POST", f"{REPO}/issues/1/comments", {"body": "Hi"}),
    "pulls/comments": ("POST", f"{REPO}/pulls/2/comments", {"body": "Hi", "path": "a.py", "commit_id": SHA}),
    "comments": ("POST", f"{REPO}/commits/{SHA}/comments", {"body": "Hi"}),
}
for _path, _post in COMMENTS.items():
    _one = f"{REPO}/{_path}/{{comment}}"
    INSTALLATION += [
        _post,
        ("GET", _one),
        ("PATCH", _one, {"body": "Hello"}),
        ("POST", f"{_one}/reactions", {"content": "heart"}),
        ("POST", f"{_one}/reactions", {"content": "odd"}),
        ("GET", f"{_one}/reactions"),
        ("DELETE", f"{_one}/reactions/{{id}}"),
        ("DELETE", _one),
        ("GET", _one),
    ]
INSTALLATION.append(("DELETE", "/installation/token"))
# Pages of github.com, its root and GraphQL are in no description of the REST API, or not as JSON.
ELSEWHERE = ("/settings/apps/new", "/organizations/", "/graphql")


class World:
    """A GitHub with some of everything, and what it answered last."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.installation = github.add_installation("octo", repositories=["octo/widgets"])
        repo = github.repo("octo/widgets")
        repo.collaborator("alice", "write")
        github.teams["octo/core"] = {"alice": "active"}
        github.manifests["abc"] = {"name": "My bot", "default_events": ["push"]}
        commit_file(repo, "README.md", "Hello")
        repo.issue(1, labels=["bug"], assignees=["alice"], body="It breaks")
        repo.pull(2, head_repo="alice/widgets").change("a.py", additions=2)
        repo.issue(2).push(SHA)
        repo.pull(3)
        repo.commit(SHA)
        delivery = github.deliver(
            "issues", payloads.build("issues"), installation=self.installation, send=False
        )
        self.known: dict[str, Any] = {
            "installation": self.installation.id,
            "delivery": delivery.id,
            "repository": repo.id,
        }

    def ask(
        self, client: httpx.Client, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> httpx.Response:
        for name, value in self.known.items():
            path = path.replace(f"{{{name}}}", str(value))
        if body:
            body = {k: self.known["blob"] if v == "{blob}" else v for k, v in body.items()}
        reply = client.request(method, path, headers=headers, json=body)
        data = reply.json() if reply.content else None
        if isinstance(data, dict) and "id" in data:
            self.known["id"] = data["id"]
            if method == "POST" and path.endswith(("/comments", "/replies")):
                self.known["comment"] = data["id"]
        if isinstance(data, dict) and path.endswith("/contents/docs/a.md"):
            self.known["blob"] = (
                (data.get("content") or {}).get("sha") if method == "PUT" else data.get("sha")
            )
        return reply


@pytest.fixture
def world() -> Iterator[World]:
    with FakeGitHub() as fake:
        yield World(fake)


@pytest.fixture(params=openapi.VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def answers(world: World, version: str, of: list[Any]) -> Iterator[tuple[str, httpx.Response]]:
    """Yield each request and its answer."""
    with httpx.Client(base_url=world.github.url, timeout=10, trust_env=False) as client:
        mine = app_jwt(world.github) if of is APP else token(world.github, client, world.installation)
        for method, path, *body in of:
            headers = {**mine, "X-GitHub-Api-Version": version}
            yield method, world.ask(client, method, path, body[0] if body else None, headers)


@pytest.mark.parametrize("of", [APP, INSTALLATION], ids=["the app", "its installation"])
def test_every_answer_is_as_github_describes_it(world: World, version: str, of: list[Any]) -> None:
    described = openapi.description(version)
    wrong: list[str] = []
    for method, reply in answers(world, version, of):
        data = reply.json() if reply.content else None
        wrong += described.errors(method, reply.url.path, reply.status_code, data)
        assert reply.status_code < 500, reply.text
    assert wrong == []


def test_every_endpoint_is_asked() -> None:
    every = [*APP, *INSTALLATION]
    asked = {(method, re.sub(r"\{\w+\}", "1", path.partition("?")[0])) for method, path, *_ in every}
    left = [
        f"{method} {pattern.pattern}"
        for method, pattern, _, _ in routes.entries
        if not any(method == used and pattern.match(path) for used, path in asked)
    ]
    assert [one for one in left if not any(name in one for name in ELSEWHERE)] == ["GET /$"]


def test_a_newer_version_has_no_longer_what_was_taken_away(world: World) -> None:
    with httpx.Client(base_url=world.github.url, trust_env=False) as client:
        mine = token(world.github, client, world.installation)

        def keys(path: str, version: str) -> set[str]:
            reply = client.get(path, headers={**mine, "X-GitHub-Api-Version": version})
            assert reply.headers["x-github-api-version-selected"] == version
            return set(reply.json())

        for path in (f"{REPO}/issues/1", f"{REPO}/pulls/2", REPO):
            old, new = (keys(path, version) for version in openapi.VERSIONS)
            template, operation = openapi.description(openapi.VERSIONS[1]).find("GET", path) or ("", {})
            assert old - new <= {"assignee", "merge_commit_sha", "has_downloads"}, template
            assert old - new, operation["operationId"]
        unknown = client.get(REPO, headers={**mine, "X-GitHub-Api-Version": "2020-01-01"})
        assert unknown.status_code == 400
        assert "is not a supported version" in unknown.json()["message"]


def test_a_mistake_in_an_answer_is_found(version: str) -> None:
    described = openapi.description(version)
    find: Callable[..., list[str]] = lambda *of: list(described.errors(*of))  # noqa: E731
    assert find("GET", f"{REPO}/labels/bug", 200, {"id": "7"})
    assert find("GET", f"{REPO}/labels/bug", 299, {}) == [
        "GET /repos/{owner}/{repo}/labels/{name}: GitHub does not answer 299"
    ]
    assert find("GET", "/no/such/endpoint", 200, {}) == ["GET /no/such/endpoint: GitHub has no such endpoint"]


@pytest.mark.parametrize("event", payloads.event_names())
def test_every_payload_is_as_github_describes_it(event: str) -> None:
    assert openapi.payload_errors(event, payloads.build(event)) == []
