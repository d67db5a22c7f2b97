"""What a person sees and does on the GitHub beside `github dev`."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from django_github_app.cli.dev_github import KEPT, DevGitHub
from django_github_app.testing.fake_github_server import RecordedRequest

HTML = {"Accept": "text/html"}


class Hook(BaseHTTPRequestHandler):
    """A site that takes every webhook."""

    server: Any

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def hook() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/github/async/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def github(hook: str) -> Iterator[DevGitHub]:
    with DevGitHub(slug="bot") as github:
        github.webhook_url = hook
        github.add_installation("octo", repositories=["octo/widgets"])
        yield github


@pytest.fixture
def browser(github: DevGitHub) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=github.url, headers=HTML, trust_env=False, follow_redirects=True) as client:
        yield client


def sent(github: DevGitHub) -> list[str]:
    github.pages.people.wait()
    return [
        ".".join(filter(None, (one.event, one.payload.get("action"))))
        for one in github.deliveries
        if one.status == "OK"
    ]


def post(browser: httpx.Client, at: str, **form: str) -> httpx.Response:
    return browser.post(at, data=form, headers={"Origin": str(browser.base_url).rstrip("/")})


def test_an_issue_is_opened_commented_labelled_and_closed(github: DevGitHub, browser: httpx.Client) -> None:
    assert "octo/widgets" in browser.get("/").text
    page = post(browser, "/octo/widgets", do="open-issue", title="It <b>breaks</b>", body="Why?", by="hubot")
    assert page.status_code == 200
    assert page.url.path == "/octo/widgets/issues/1"
    assert "It &lt;b&gt;breaks&lt;/b&gt;" in page.text
    page = post(browser, "/octo/widgets/issues/1", do="comment", body="@bot help\r\n- [ ] all", by="octocat")
    number = int(re.search(r"comment-(\d+)", page.text)[1])  # type: ignore[index]
    post(browser, "/octo/widgets/issues/1", do="edit", id=str(number), body="@bot help\n- [x] all")
    post(browser, "/octo/widgets/issues/1", do="label", label="bug")
    post(browser, "/octo/widgets/issues/1", do="label", label="bug")
    post(browser, "/octo/widgets/issues/1", do="state", state="closed")
    assert sent(github) == [
        "issues.opened",
        "issue_comment.created",
        "issue_comment.edited",
        "issues.labeled",
        "issues.unlabeled",
        "issues.closed",
    ]
    opened, commented, edited, labelled, *_ = [one.payload for one in github.deliveries]
    assert opened["sender"]["login"] == opened["issue"]["user"]["login"] == "hubot"
    assert opened["sender"]["id"] == opened["issue"]["user"]["id"]
    assert opened["repository"]["id"] == github.repo("octo/widgets").id
    assert opened["installation"]["id"] in github.installations
    assert commented["comment"]["body"] == "@bot help\n- [ ] all"
    assert edited["changes"] == {"body": {"from": "@bot help\n- [ ] all"}}
    assert labelled["label"]["name"] == "bug"


def test_a_pull_request_is_pushed_to_checked_and_merged(github: DevGitHub, browser: httpx.Client) -> None:
    page = post(browser, "/octo/widgets", do="open-pull", title="Change", path="a.py", by="octocat")
    pull = github.repo("octo/widgets").issues[1]
    before = pull.head_sha
    assert page.url.path == "/octo/widgets/pull/1"
    post(browser, "/octo/widgets/pull/1", do="push")
    assert pull.head_sha != before
    headers = {"Authorization": f"token {github.user_token('bot[bot]')}"}
    offered = [{"label": "Fix it", "identifier": "fix", "description": "Fixes it"}]
    output = {"title": "Two faults", "summary": "In a.py"}
    made = {"name": "lint", "head_sha": pull.head_sha, "output": output, "actions": offered}
    with httpx.Client(base_url=github.url, headers=headers, trust_env=False) as app:
        run = app.post("/repos/octo/widgets/check-runs", json=made).json()
        app.post("/repos/octo/widgets/issues/1/comments", json={"body": "Done *so* far"})
    page = browser.get("/octo/widgets/pull/1")
    assert all(
        text in page.text for text in ("lint", "Two faults", "In a.py", "Fix it", "Done <em>so</em> far")
    )
    post(browser, "/octo/widgets/pull/1", do="check", id=str(run["id"]))
    post(browser, "/octo/widgets/pull/1", do="check", id=str(run["id"]), action="fix")
    assert post(browser, "/octo/widgets/pull/1", do="check", id=str(run["id"]), action="x").status_code == 400
    post(browser, "/octo/widgets/pull/1", do="state", state="merged")
    assert sent(github) == [
        *("push", "check_suite.requested", "pull_request.opened"),
        *("push", "check_suite.requested", "pull_request.synchronize"),
        *("check_run.rerequested", "check_run.requested_action", "pull_request.closed"),
    ]
    synchronized = github.deliveries.attempts[5].payload
    assert (synchronized["before"], synchronized["after"]) == (before, pull.head_sha)
    assert synchronized["pull_request"]["head"]["sha"] == pull.head_sha
    assert github.deliveries.attempts[-1].payload["pull_request"]["merged"] is True


def test_what_the_app_asked_and_what_it_was_sent_is_shown(github: DevGitHub, browser: httpx.Client) -> None:
    post(browser, "/octo/widgets", do="open-issue", title="One", by="octocat")
    assert sent(github) == ["issues.opened"]
    token = github.user_token("bot[bot]")
    httpx.post(
        f"{github.url}/repos/octo/widgets/issues/1/comments",
        json={"body": "Hello from the app"},
        headers={"Authorization": f"token {token}"},
        trust_env=False,
    )
    page = browser.get("/-/requests").text
    assert "POST /repos/octo/widgets/issues/1/comments" in page
    assert "Hello from the app" in page
    assert token not in page
    assert len(github.requests) == 1, "what the browser asks is not the app's"
    page = browser.get("/-/deliveries").text
    assert "issues.opened" in page
    number = github.deliveries.attempts[0].id
    post(browser, "/-/deliveries", do="redeliver", id=str(number))
    assert github.deliveries.attempts[-1].redelivery
    assert github.deliveries.attempts[-1].guid == github.deliveries.attempts[0].guid


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}, {"Host": "[::1"}],
)
def test_other_sites_pages_and_names_are_refused(
    github: DevGitHub, browser: httpx.Client, headers: dict[str, str]
) -> None:
    form = {"do": "open-issue", "title": "Forged", "by": "octocat"}
    assert browser.post("/octo/widgets", data=form, headers=headers).status_code == 403
    assert not github.repo("octo/widgets").issues
    if "Host" in headers:
        assert browser.get("/octo/widgets", headers=headers).status_code == 403


def test_nothing_that_was_written_runs_in_the_page(github: DevGitHub, browser: httpx.Client) -> None:
    body = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    post(browser, "/octo/widgets", do="open-issue", title=body, body=body, by="octocat")
    page = browser.get("/octo/widgets/issues/1")
    assert "<script>alert" not in page.text
    assert "<img" not in page.text
    assert 'href="javascript' not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/octo/widgets", {"do": "open-issue", "by": "no login!"}),
        ("/octo/widgets", {"do": "comment"}),
        ("/octo/widgets", {"title": "no do"}),
        ("/octo/widgets/issues/1", {"do": "state", "state": "merged"}),
        ("/octo/widgets/issues/1", {"do": "push"}),
        ("/octo/widgets/issues/1", {"do": "label", "label": " "}),
        ("/octo/widgets/issues/1", {"do": "edit", "id": "77", "body": "x"}),
        ("/octo/widgets/issues/1", {"do": "check", "id": "77"}),
        ("/-/deliveries", {"do": "redeliver", "id": "77"}),
        ("/-/requests", {"do": "push"}),
    ],
)
def test_what_makes_no_sense_is_said_and_sends_nothing(
    github: DevGitHub, browser: httpx.Client, path: str, form: dict[str, str]
) -> None:
    github.repo("octo/widgets").issue(1)
    assert post(browser, path, **form).status_code == 400
    assert sent(github) == []


@pytest.mark.parametrize("number", ["²", "9" * 5000, "x", "77"])
def test_a_number_that_nothing_has_is_no_page(github: DevGitHub, browser: httpx.Client, number: str) -> None:
    for kind in ("issues", "pull", "comments"):
        assert browser.get(f"/octo/widgets/{kind}/{number}").status_code == 501


def test_a_client_of_the_api_gets_no_page(github: DevGitHub) -> None:
    json = {"Accept": "application/vnd.github+json"}
    assert httpx.get(f"{github.url}/", headers=json, trust_env=False).json()
    assert httpx.get(f"{github.url}/octo/widgets", headers=json, trust_env=False).status_code == 501


def test_of_a_repository_without_the_app_nothing_is_sent(github: DevGitHub, browser: httpx.Client) -> None:
    github.repo("other/one")
    assert "the app is not installed" in browser.get("/").text
    assert post(browser, "/other/one", do="open-issue", title="x", by="octocat").status_code == 200
    assert sent(github) == []


def test_old_requests_are_forgotten(github: DevGitHub) -> None:
    old = RecordedRequest("GET", "/rate_limit", {}, {}, b"", 0.0)
    github.requests = [old] * (KEPT + 10)
    httpx.get(f"{github.url}/rate_limit", trust_env=False)
    assert len(github.requests) <= KEPT + 1
