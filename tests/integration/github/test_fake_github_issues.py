"""Issues, labels, assignees, pull requests, search and settings of the fake GitHub, over HTTP."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from django_github_app.testing import FakeGitHub
from django_github_app.testing.fake_github_contents import commit_file

from .test_fake_github import token

REPO = "/repos/octo/widgets"
Ask = Callable[..., Any]


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def ask(github: FakeGitHub) -> Iterator[Ask]:
    """Ask as the installation on octo; below 400 the answer's JSON is returned, else its status."""
    with httpx.Client(base_url=github.url, timeout=10) as client:
        mine = token(github, client, github.add_installation("octo", repositories=["octo/widgets"]))

        def ask(method: str, path: str, **json: Any) -> Any:
            reply = client.request(method, path, headers=mine, json=json or None)
            if reply.status_code >= 400:
                return reply.status_code
            return reply.json() if reply.content else None

        yield ask


def test_labels_are_added_replaced_and_taken_away(github: FakeGitHub, ask: Ask) -> None:
    issue = github.repo("octo/widgets").issue(1)
    ask("POST", f"{REPO}/labels", name="Bug", color="d73a4a")
    assert ask("POST", f"{REPO}/labels", name="bug", color="d73a4a") == 422
    added = ask("POST", f"{REPO}/issues/1/labels", labels=["bug", "new"])
    assert [(one["name"], one["color"]) for one in added] == [("Bug", "d73a4a"), ("new", "ededed")]
    assert [one["name"] for one in ask("PUT", f"{REPO}/issues/1/labels", labels=["new", "old"])] == [
        "new",
        "old",
    ]
    assert ask("DELETE", f"{REPO}/issues/1/labels/gone") == 404
    ask("DELETE", f"{REPO}/issues/1/labels/old")
    ask("PATCH", f"{REPO}/labels/new", new_name="newer")
    assert issue.labels == ["newer"]
    ask("DELETE", f"{REPO}/labels/newer")
    assert issue.labels == []
    happened = [(one["event"], one["label"]["name"]) for one in ask("GET", f"{REPO}/issues/1/events")]
    assert happened == [
        ("labeled", "Bug"),
        ("labeled", "new"),
        ("unlabeled", "Bug"),
        ("labeled", "old"),
        ("unlabeled", "old"),
    ]


def test_only_collaborators_are_assigned(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    repo.collaborator("alice", "write")
    issue = repo.issue(1)
    assert ask("GET", f"{REPO}/assignees/alice") is None
    assert ask("GET", f"{REPO}/assignees/bob") == 404
    shown = ask("POST", f"{REPO}/issues/1/assignees", assignees=["alice", "bob"])
    assert [one["login"] for one in shown["assignees"]] == issue.assignees == ["alice"]
    ask("DELETE", f"{REPO}/issues/1/assignees", assignees=["Alice"])
    assert issue.assignees == []


def test_an_issue_is_closed_for_a_reason_and_reopened(github: FakeGitHub, ask: Ask) -> None:
    issue = github.repo("octo/widgets").issue(1)
    closed = ask("PATCH", f"{REPO}/issues/1", state="closed", state_reason="not_planned")
    assert (closed["state"], closed["state_reason"]) == ("closed", "not_planned")
    assert closed["closed_at"] is not None
    assert ask("PATCH", f"{REPO}/issues/1", state="closed", state_reason="because") == 422
    assert ask("PATCH", f"{REPO}/issues/1", state="open")["closed_at"] is None
    assert [event["event"] for event in issue.events] == ["closed", "reopened"]


def test_lists_are_filtered_and_sorted(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    repo.issue(1, by="alice", labels=["bug"])
    github.advance(10)
    repo.issue(2, by="bob", assignees=["alice"])
    github.advance(10)
    repo.issue(3, by="alice", state="closed")
    repo.issue(1).comment("ping")

    def listed(query: str) -> list[int]:
        return [issue["number"] for issue in ask("GET", f"{REPO}/issues?{query}")]

    assert listed("") == [2, 1]
    assert listed("state=all&direction=asc") == [1, 2, 3]
    assert listed("sort=updated") == [1, 2]
    assert listed("creator=alice&state=all") == [3, 1]
    assert listed("assignee=alice") == listed("assignee=*") == [2]
    assert listed("assignee=none") == [1]
    assert listed("labels=Bug") == [1]


def test_issues_are_searched_for(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    before = github.now() - 3 * 86400
    repo.issue(1, title="It is broken", labels=["needs info"], by="alice", created_at=before)
    repo.pull(2, draft=True, created_at=before)
    repo.issue(3, state="closed")
    github.repo("acme/secret").issue(9, title="It is broken")
    since = ask("GET", f"{REPO}/issues/3")["updated_at"]

    def found(query: str) -> list[int]:
        reply = ask("GET", f"/search/issues?q={query}&order=asc")
        assert reply["total_count"] == len(reply["items"])
        return [issue["number"] for issue in reply["items"]]

    assert found("repo:octo/widgets") == [1, 2, 3]
    assert found("broken") == [1]  # what the installation cannot see is not found
    assert found('is:issue is:open label:"needs info"') == [1]
    assert found('-label:"needs info" is:issue') == [3]
    assert found("is:pr draft:true") == [2]
    assert found(f"updated:<{since} author:alice") == [1]
    assert found("no:label is:closed") == [3]
    assert ask("GET", "/search/issues?q=reactions:%3E9") == 501


def test_a_pull_request_has_files_commits_and_reviewers(github: FakeGitHub, ask: Ask) -> None:
    pull = github.repo("octo/widgets").pull(2, head_ref="fix", head_repo="alice/widgets")
    github.repo("octo/widgets").pull(4, state="closed")
    pull.change("src/a.py", additions=3, deletions=2)
    pull.push("a" * 40)
    shown = ask("GET", f"{REPO}/pulls/2")
    assert (shown["additions"], shown["deletions"], shown["changed_files"]) == (3, 2, 1)
    assert (shown["head"]["sha"], shown["head"]["repo"]["full_name"]) == ("a" * 40, "alice/widgets")
    assert [one["filename"] for one in ask("GET", f"{REPO}/pulls/2/files")] == ["src/a.py"]
    assert [one["sha"] for one in ask("GET", f"{REPO}/pulls/2/commits")] == ["a" * 40]
    assert [one["number"] for one in ask("GET", f"{REPO}/pulls?head=alice:fix")] == [2]
    assert ask("GET", f"{REPO}/pulls?head=octo:fix") == []
    ask("POST", f"{REPO}/pulls/2/requested_reviewers", reviewers=["carol"])
    assert [one["login"] for one in ask("GET", f"{REPO}/pulls/2/requested_reviewers")["users"]] == ["carol"]
    assert ask("PUT", f"{REPO}/pulls/2/merge", sha="b" * 40) == 409
    assert ask("PUT", f"{REPO}/pulls/2/merge", sha="a" * 40)["merged"]
    assert pull.state == "closed"


def test_settings_topics_and_collaborators_are_changed(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    ask("PATCH", REPO, description="Small parts", has_wiki=False, private=True)
    ask("PUT", f"{REPO}/topics", names=["python", "bots"])
    ask("PUT", f"{REPO}/collaborators/alice", permission="maintain")
    shown = ask("GET", REPO)
    assert (shown["description"], shown["has_wiki"], shown["topics"]) == (
        "Small parts",
        False,
        ["python", "bots"],
    )
    assert repo.private
    assert ask("GET", f"{REPO}/collaborators")[0]["role_name"] == "maintain"
    ask("DELETE", f"{REPO}/collaborators/alice")
    assert ask("GET", f"{REPO}/collaborators") == []
    assert ask("PUT", f"{REPO}/topics", names=["Python"]) == 422


def test_files_are_read_listed_written_and_deleted(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    commit_file(repo, "docs/a.md", "old")
    commit_file(repo, "docs/more/b.md", "b")
    shown = ask("GET", f"{REPO}/contents/docs")
    assert [(one["name"], one["type"]) for one in shown] == [("a.md", "file"), ("more", "dir")]
    new = {"message": "Change it", "content": base64.b64encode(b"new").decode()}
    assert ask("PUT", f"{REPO}/contents/docs/a.md", **new) == 422
    old = ask("GET", f"{REPO}/contents/docs/a.md")["sha"]
    sha = ask("PUT", f"{REPO}/contents/docs/a.md", **new, sha=old)["content"]["sha"]
    assert base64.b64decode(ask("GET", f"{REPO}/contents/docs/a.md")["content"]) == b"new"
    assert ask("DELETE", f"{REPO}/contents/docs/a.md", message="Away", sha=old) == 409
    ask("DELETE", f"{REPO}/contents/docs/a.md", message="Away", sha=sha)
    assert ask("GET", f"{REPO}/contents/docs/a.md") == 404
    assert [one["commit"]["message"] for one in ask("GET", f"{REPO}/commits?path=docs/a.md")] == [
        "Away",
        "Change it",
        "Change docs/a.md",
    ]


def test_branches_and_their_state_are_told(github: FakeGitHub, ask: Ask) -> None:
    repo = github.repo("octo/widgets")
    sha = commit_file(repo, "a.md", "a").sha
    assert ask("GET", f"{REPO}/branches/main")["commit"]["sha"] == sha
    assert ask("GET", f"{REPO}/git/ref/heads/main")["object"]["sha"] == sha
    assert ask("GET", f"{REPO}/commits/{sha}/status")["state"] == "pending"
    ask("POST", f"{REPO}/statuses/{sha}", state="success", context="a")
    ask("POST", f"{REPO}/statuses/{sha}", state="failure", context="b")
    assert ask("GET", f"{REPO}/commits/{sha}/status")["state"] == "failure"
    ask("POST", f"{REPO}/statuses/{sha}", state="success", context="b")
    assert ask("GET", f"{REPO}/commits/{sha}/status")["state"] == "success"
