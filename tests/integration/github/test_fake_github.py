"""The fake GitHub behaves as GitHub does where an app can tell the difference."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import httpx
import jwt
import pytest

from django_github_app.testing import FakeGitHub


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def http(github: FakeGitHub) -> Iterator[httpx.Client]:
    limits = httpx.Limits(max_connections=250)
    with httpx.Client(base_url=github.url, timeout=10, limits=limits) as client:
        yield client


def app_jwt(github: FakeGitHub, **claims: Any) -> dict[str, str]:
    now = int(github.now())
    claims = {"iat": now - 60, "exp": now + 500, "iss": str(github.app_id), **claims}
    return {"Authorization": f"Bearer {jwt.encode(claims, github.private_key, algorithm='RS256')}"}


def token(github: FakeGitHub, http: httpx.Client, installation: Any, **scope: Any) -> dict[str, str]:
    path = f"/app/installations/{installation.id}/access_tokens"
    reply = http.post(path, headers=app_jwt(github), json=scope or None)
    assert reply.status_code == 201, reply.text
    return {"Authorization": f"token {reply.json()['token']}"}


def test_a_jwt_is_checked_for_its_times_and_its_issuer(github: FakeGitHub, http: httpx.Client) -> None:
    now = int(github.now())
    assert http.get("/app", headers=app_jwt(github)).json()["slug"] == "bot"
    assert http.get("/app", headers=app_jwt(github, iss=github.client_id)).status_code == 200
    for wrong in ({"iat": now + 60}, {"exp": now - 1}, {"exp": now + 700}, {"iss": "1"}):
        assert http.get("/app", headers=app_jwt(github, **wrong)).status_code == 401


def test_a_token_expires_and_can_be_revoked(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    first = token(github, http, installation)
    assert http.get("/repos/octo/widgets", headers=first).status_code == 200
    github.advance(3601)
    assert http.get("/repos/octo/widgets", headers=first).status_code == 401
    second = token(github, http, installation)
    installation.revoke_tokens()
    assert http.get("/repos/octo/widgets", headers=second).status_code == 401


def test_a_token_sees_the_repositories_of_its_installation_and_its_scope(
    github: FakeGitHub, http: httpx.Client
) -> None:
    octo = github.add_installation("octo", repositories=["octo/widgets", "octo/gears"])
    github.add_installation("acme", repositories=["acme/secret"])
    assert http.get("/repos/acme/secret", headers=token(github, http, octo)).status_code == 404
    scoped = token(github, http, octo, repositories=["gears"])
    assert http.get("/repos/octo/widgets", headers=scoped).status_code == 404
    listed = http.get("/installation/repositories", headers=scoped).json()
    assert [repo["full_name"] for repo in listed["repositories"]] == ["octo/gears"]


def test_a_suspended_installation_gets_no_token(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo")
    installation.suspend()
    reply = http.post(f"/app/installations/{installation.id}/access_tokens", headers=app_jwt(github))
    assert (reply.status_code, reply.json()["message"]) == (403, "This installation has been suspended")


def test_comments_are_written_edited_and_reacted_to(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    issue = github.repo("octo/widgets").issue(1)
    mine = token(github, http, installation)
    made = http.post("/repos/octo/widgets/issues/1/comments", headers=mine, json={"body": "Hello"})
    assert made.json()["user"]["login"] == "bot[bot]"
    one = f"/repos/octo/widgets/issues/comments/{made.json()['id']}"
    http.patch(one, headers=mine, json={"body": "Hello, world"})
    statuses = [
        http.post(f"{one}/reactions", headers=mine, json={"content": "eyes"}).status_code for _ in range(2)
    ]
    assert statuses == [201, 200]
    assert issue.bodies == ["Hello, world"]
    assert issue.comments[0].emoji == ["eyes"]
    assert http.delete(one, headers=mine).status_code == 204
    assert issue.bodies == []


def test_a_collaborator_has_a_permission_and_a_role_name(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    repo = github.repo("octo/widgets", private=True)
    repo.collaborator("alice", "maintain")
    mine = token(github, http, installation)

    def permission(login: str) -> tuple[str, str]:
        data = http.get(f"/repos/octo/widgets/collaborators/{login}/permission", headers=mine).json()
        return data["permission"], data["role_name"]

    assert permission("alice") == ("write", "maintain")
    assert permission("stranger") == ("none", "none")


def test_lists_come_in_pages_with_a_link_header(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    for number in range(5):
        github.repo("octo/widgets").issue(1).comment(f"comment {number}")
    mine = token(github, http, installation)
    url, bodies = "/repos/octo/widgets/issues/1/comments?per_page=2", []
    while url:
        reply = http.get(url, headers=mine)
        bodies += [comment["body"] for comment in reply.json()]
        url = reply.links.get("next", {}).get("url", "")
    assert bodies == [f"comment {number}" for number in range(5)]


def test_an_unchanged_answer_costs_nothing(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    first = http.get("/repos/octo/widgets", headers=mine)
    second = http.get("/repos/octo/widgets", headers={**mine, "If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")
    used = [reply.headers["x-ratelimit-used"] for reply in (first, second)]
    assert used == ["1", "1"]


def test_the_primary_limit_refuses_and_resets(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    github.limit_requests(2, per=60)
    replies = [http.get("/repos/octo/widgets", headers=mine) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 403]
    assert replies[2].headers["x-ratelimit-remaining"] == "0"
    assert github.requests[-1].limited
    github.advance(60)
    assert http.get("/repos/octo/widgets", headers=mine).status_code == 200


def test_a_secondary_limit_says_how_long_to_wait(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    github.secondary_limit(30, installation=installation, status=429)
    reply = http.get("/repos/octo/widgets", headers=mine)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "30")


def test_faults_hit_the_requests_they_are_meant_for(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    github.fail_next(2, status=502, path="/issues")
    github.repo("octo/widgets").issue(1)
    assert http.get("/repos/octo/widgets", headers=mine).status_code == 200
    answers = [http.get("/repos/octo/widgets/issues", headers=mine).status_code for _ in range(3)]
    assert answers == [502, 502, 200]
    github.fail_next(drop="after", method="POST")
    with pytest.raises(httpx.TransportError):
        http.post("/repos/octo/widgets/issues/1/comments", headers=mine, json={"body": "lost answer"})
    assert github.repo("octo/widgets").issue(1).bodies == ["lost answer"]


def test_a_renamed_repository_redirects(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    repo = github.rename_repo("octo/widgets", "octo/gadgets")
    reply = http.get("/repos/octo/widgets", headers=mine, follow_redirects=True)
    assert [one.status_code for one in reply.history] == [307]
    assert reply.json()["id"] == repo.id


def test_discussions_are_commented_on_over_graphql(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    discussion = github.repo("octo/widgets").discussion(3)
    mine = token(github, http, installation)

    def graphql(query: str, **variables: Any) -> Any:
        reply = http.post("/graphql", headers=mine, json={"query": query, "variables": variables})
        return reply.json()

    mutation = "mutation { addDiscussionComment(input: $input) { comment { id } } }"
    made = graphql(mutation, input={"discussionId": discussion.node_id, "body": "Hi"})
    subject = made["data"]["addDiscussionComment"]["comment"]["id"]
    graphql("mutation { addReaction(input: $input) }", input={"subjectId": subject, "content": "EYES"})
    assert discussion.bodies == ["Hi"]
    assert discussion.comments[0].emoji == ["eyes"]
    assert graphql("query { nonsense }")["errors"]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(self.server.answer)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


def test_webhooks_are_signed_logged_and_sent_again(github: FakeGitHub, http: httpx.Client) -> None:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received, server.answer = [], 500  # type: ignore[attr-defined]
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    github.webhook_url = f"http://127.0.0.1:{server.server_address[1]}/"
    delivery = github.deliver("ping", {"zen": "Keep it logically awesome."})
    assert (delivery.status, delivery.status_code) == ("Invalid HTTP Response: 500", 500)
    headers, body = server.received[0]  # type: ignore[attr-defined]
    expected = hmac.new(github.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"

    server.answer = 202  # type: ignore[attr-defined]
    path = f"/app/hook/deliveries/{delivery.id}/attempts"
    assert http.post(path, headers=app_jwt(github)).status_code == 202
    deadline = time.monotonic() + 5
    while not (len(github.deliveries) == 2 and github.deliveries.attempts[1].status):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    listed = http.get("/app/hook/deliveries?per_page=1", headers=app_jwt(github))
    older = http.get(listed.links["next"]["url"], headers=app_jwt(github))
    assert [one["status"] for one in listed.json() + older.json()] == ["OK", "Invalid HTTP Response: 500"]
    assert {one["guid"] for one in listed.json() + older.json()} == {delivery.guid}
    server.shutdown()
    server.server_close()


def test_two_hundred_requests_at_once_are_all_answered(github: FakeGitHub, http: httpx.Client) -> None:
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    mine = token(github, http, installation)
    github.fail_next(200, delay=0.2, headers={})

    def request(_: int) -> int:
        return http.get("/repos/octo/widgets", headers=mine).status_code

    with ThreadPoolExecutor(200) as pool:
        assert list(pool.map(request, range(200))) == [200] * 200


def test_what_it_does_not_have_is_named_and_can_be_given(github: FakeGitHub, http: httpx.Client) -> None:
    mine = token(github, http, github.add_installation("octo", repositories=["octo/widgets"]))
    reply = http.get("/repos/octo/widgets/traffic/views", headers=mine)
    assert reply.status_code == 501
    assert "GET /repos/octo/widgets/traffic/views" in reply.json()["message"]
    assert http.get("/repos/octo/other/traffic/views", headers=mine).status_code == 404
    github.reply("GET", "/repos/*/widgets/traffic/views", {"count": 3})
    assert http.get("/repos/octo/widgets/traffic/views", headers=mine).json() == {"count": 3}
    github.reply("GET", "/repos/octo/widgets", {"message": "gone"}, status=410)
    assert http.get("/repos/octo/widgets", headers=mine).status_code == 410
