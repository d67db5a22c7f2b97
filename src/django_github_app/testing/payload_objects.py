"""The objects that webhook payloads are made of: accounts, repositories, issues, comments, commits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

Payload = dict[str, Any]

OWNER: Final = "octo-org"
REPOSITORY: Final = "octo-repo"
SENDER: Final = "octocat"
NOW: Final = "2026-01-15T12:00:00Z"


class Options:
    """The overrides that have short names, with their defaults, and the objects made from them."""

    def __init__(self, overrides: Mapping[str, Any]) -> None:
        rest = dict(overrides)
        full_name = rest.pop("repository", None) or f"{OWNER}/{REPOSITORY}"
        self.sender_login: str = rest.pop("sender", None) or SENDER
        self.installation: int | None = rest.pop("installation", 4242)
        self.number: int = rest.pop("number", None) or 1
        self.title: str = rest.pop("title", None) or "Spelling error in the README file"
        self.body: str = rest.pop("body", None) or "The word *recieve* should be *receive*."
        self.text: str = rest.pop("comment", None) or "Thanks, I will look into it."
        self.ref: str = rest.pop("ref", None) or "refs/heads/main"
        self.on_pull_request: bool = rest.pop("on_pull_request", False)
        self.rest = rest
        if isinstance(full_name, Mapping):
            rest["repository"] = full_name
            full_name = full_name.get("full_name") or f"{OWNER}/{REPOSITORY}"
        owner, _, name = str(full_name).partition("/")
        self.owner: str = owner
        self.name: str = name
        self.full_name = f"{owner}/{name}"
        self.url = f"https://api.github.com/repos/{full_name}"
        self.html_url = f"https://github.com/{full_name}"
        self.sender = user(self.sender_login)

    @property
    def repository(self) -> Payload:
        number = number_of(self.full_name)
        return {
            "id": number,
            "node_id": node_id("Repository", number),
            "name": self.name,
            "full_name": self.full_name,
            "private": False,
            "owner": user(self.owner, kind="Organization"),
            "html_url": self.html_url,
            "description": "A repository of octopuses",
            "fork": False,
            "url": self.url,
            "created_at": NOW,
            "updated_at": NOW,
            "pushed_at": NOW,
            "default_branch": "main",
            "visibility": "public",
            "archived": False,
            "topics": [],
        }

    @property
    def organization(self) -> Payload:
        number = number_of(self.owner)
        return {
            "login": self.owner,
            "id": number,
            "node_id": node_id("Organization", number),
            "description": None,
        }

    def issue(self) -> Payload:
        number = number_of(self.full_name, "issue", self.number)
        issue = {
            **dated("Issue", number),
            "url": f"{self.url}/issues/{self.number}",
            "repository_url": self.url,
            "comments_url": f"{self.url}/issues/{self.number}/comments",
            "html_url": f"{self.html_url}/issues/{self.number}",
            "number": self.number,
            "title": self.title,
            "user": self.sender,
            "labels": [],
            "state": "open",
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": 0,
            "author_association": "CONTRIBUTOR",
            "body": self.body,
        }
        if self.on_pull_request:
            issue["html_url"] = f"{self.html_url}/pull/{self.number}"
            issue["pull_request"] = {
                "url": f"{self.url}/pulls/{self.number}",
                "html_url": f"{self.html_url}/pull/{self.number}",
            }
        return issue

    def pull_request(self) -> Payload:
        number = number_of(self.full_name, "pull", self.number)
        branch = {"user": user(self.owner, kind="Organization"), "repo": self.repository}
        return {
            **dated("PullRequest", number),
            "url": f"{self.url}/pulls/{self.number}",
            "issue_url": f"{self.url}/issues/{self.number}",
            "html_url": f"{self.html_url}/pull/{self.number}",
            "number": self.number,
            "state": "open",
            "locked": False,
            "draft": False,
            "merged": False,
            "mergeable": None,
            "title": self.title,
            "user": self.sender,
            "body": self.body,
            "labels": [],
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "head": {"label": f"{self.owner}:changes", "ref": "changes", "sha": sha("head"), **branch},
            "base": {"label": f"{self.owner}:main", "ref": "main", "sha": sha("base"), **branch},
            "author_association": "CONTRIBUTOR",
            "commits": 1,
            "additions": 12,
            "deletions": 3,
            "changed_files": 2,
        }

    def comment(self, kind: str = "IssueComment", path: str = "issues/comments") -> Payload:
        number = number_of(self.full_name, kind, self.number, self.text)
        return {
            **dated(kind, number),
            "url": f"{self.url}/{path}/{number}",
            "html_url": f"{self.html_url}/issues/{self.number}#issuecomment-{number}",
            "issue_url": f"{self.url}/issues/{self.number}",
            "user": self.sender,
            "author_association": "CONTRIBUTOR",
            "body": self.text,
        }

    def ref_name(self) -> str:
        return self.ref.rsplit("/", 1)[-1]

    def commit(self) -> Payload:
        who = {"name": self.sender_login, "email": f"{self.sender_login}@users.noreply.github.com"}
        return {
            "id": sha(self.ref, self.title),
            "tree_id": sha("tree"),
            "message": self.title,
            "timestamp": NOW,
            "url": f"{self.html_url}/commit/{sha(self.ref, self.title)}",
            "author": {**who, "username": self.sender_login},
            "committer": {**who, "username": self.sender_login},
            "added": [],
            "removed": [],
            "modified": ["README.md"],
        }


def user(login: str, *, kind: str = "User") -> Payload:
    """Return an account as it appears in payloads; ``slug[bot]`` is a bot."""
    kind = "Bot" if login.endswith("[bot]") else kind
    number = number_of(login)
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "url": f"https://api.github.com/users/{quote(login)}",
        "html_url": f"https://github.com/{login}",
        "type": kind,
        "site_admin": False,
    }


def number_of(*parts: object) -> int:
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 900_000_000 + 100_000_000


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{number}"


def sha(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def dated(kind: str, number: int) -> Payload:
    return {"id": number, "node_id": node_id(kind, number), "created_at": NOW, "updated_at": NOW}
