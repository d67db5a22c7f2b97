"""The objects that webhook payloads are made of: accounts, repositories, issues, comments, commits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from .payload_links import account, repository_links

Payload = dict[str, Any]

OWNER: Final = "octo-org"
REPOSITORY: Final = "octo-repo"
SENDER: Final = "octocat"
NOW: Final = "2026-01-15T12:00:00Z"
API: Final = "https://api.github.com"
HTML: Final = "https://github.com"


def _short(rest: dict[str, Any], name: str, field: str, default: Any) -> Any:
    """Return what a short name says. It may be the object itself too, which stays among the overrides."""
    if not isinstance(rest.get(name), Mapping):
        return rest.pop(name, default)
    return rest[name].get(field, default)


class Options:
    """The overrides that have short names, with their defaults, and the objects made from them."""

    def __init__(self, overrides: Mapping[str, Any]) -> None:
        rest = dict(overrides)
        full_name = (
            _short(rest, "repository", "full_name", f"{OWNER}/{REPOSITORY}") or f"{OWNER}/{REPOSITORY}"
        )
        self.sender_login: str = _short(rest, "sender", "login", SENDER) or SENDER
        self.installation: int | None = _short(rest, "installation", "id", 4242)
        self.number: int = rest.pop("number", None) or 1
        self.title: str = rest.pop("title", None) or "Spelling error in the README file"
        self.body: str = rest.pop("body", None) or "The word *recieve* should be *receive*."
        self.text: str = _short(rest, "comment", "body", "") or "Thanks, I will look into it."
        self.ref: str = rest.pop("ref", None) or "refs/heads/main"
        self.on_pull_request: bool = rest.pop("on_pull_request", False)
        self.rest = rest
        owner, _, name = str(full_name).partition("/")
        self.owner: str = owner
        self.name: str = name
        self.full_name = f"{owner}/{name}"
        self.url = f"{API}/repos/{full_name}"
        self.html_url = f"{HTML}/{full_name}"
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
            "description": "A repository of octopuses",
            "fork": False,
            **repository_links(API, HTML, self.full_name),
            "created_at": NOW,
            "updated_at": NOW,
            "pushed_at": NOW,
            **_COUNTS,
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
            "url": f"{API}/orgs/{self.owner}",
            **{
                f"{name}_url": f"{API}/orgs/{self.owner}/{name}"
                for name in ("repos", "events", "hooks", "issues")
            },
            "members_url": f"{API}/orgs/{self.owner}/members{{/member}}",
            "public_members_url": f"{API}/orgs/{self.owner}/public_members{{/member}}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
            "description": None,
        }

    def issue(self) -> Payload:
        number = number_of(self.full_name, "issue", self.number)
        issue = {
            **dated("Issue", number),
            "url": f"{self.url}/issues/{self.number}",
            "repository_url": self.url,
            "labels_url": f"{self.url}/issues/{self.number}/labels{{/name}}",
            "comments_url": f"{self.url}/issues/{self.number}/comments",
            "events_url": f"{self.url}/issues/{self.number}/events",
            "timeline_url": f"{self.url}/issues/{self.number}/timeline",
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
            "closed_at": None,
            "active_lock_reason": None,
            "state_reason": None,
            "performed_via_github_app": None,
            "body": self.body,
            "reactions": reactions(f"{self.url}/issues/{self.number}"),
        }
        if self.on_pull_request:
            issue["html_url"] = f"{self.html_url}/pull/{self.number}"
            issue["pull_request"] = {
                "url": f"{self.url}/pulls/{self.number}",
                "html_url": f"{self.html_url}/pull/{self.number}",
                "diff_url": f"{self.html_url}/pull/{self.number}.diff",
                "patch_url": f"{self.html_url}/pull/{self.number}.patch",
                "merged_at": None,
            }
            issue["draft"] = False
        return issue

    def pull_request(self) -> Payload:
        number = number_of(self.full_name, "pull", self.number)
        branch = {"user": user(self.owner, kind="Organization"), "repo": self.repository}
        url, page = f"{self.url}/pulls/{self.number}", f"{self.html_url}/pull/{self.number}"
        links = {
            "self": url,
            "html": page,
            "issue": f"{self.url}/issues/{self.number}",
            "comments": f"{self.url}/issues/{self.number}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self.url}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": f"{self.url}/statuses/{sha('head')}",
        }
        return {
            **dated("PullRequest", number),
            "url": url,
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": links["issue"],
            **{f"{name}_url": links[name] for name in list(links)[3:]},
            "_links": {name: {"href": href} for name, href in links.items()},
            "number": self.number,
            "state": "open",
            "locked": False,
            "draft": False,
            "closed_at": None,
            "merged": False,
            "merged_at": None,
            "merged_by": None,
            "merge_commit_sha": None,
            "mergeable": None,
            "mergeable_state": "unknown",
            "rebaseable": None,
            "maintainer_can_modify": False,
            "auto_merge": None,
            "active_lock_reason": None,
            "milestone": None,
            "assignee": None,
            "comments": 0,
            "review_comments": 0,
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
        url = f"{self.url}/{path}/{number}"
        return {
            **dated(kind, number),
            "url": url,
            "html_url": f"{self.html_url}/issues/{self.number}#issuecomment-{number}",
            "issue_url": f"{self.url}/issues/{self.number}",
            "user": self.sender,
            "author_association": "CONTRIBUTOR",
            "performed_via_github_app": None,
            "reactions": reactions(url),
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
            "distinct": True,
            "added": [],
            "removed": [],
            "modified": ["README.md"],
        }

    def app(self) -> Payload:
        """A GitHub App: that of GitHub Actions."""
        return {
            "id": 15368,
            "slug": "github-actions",
            "node_id": node_id("App", 15368),
            "owner": user("github", kind="Organization"),
            "name": "GitHub Actions",
            "description": "Automate your workflow from idea to production",
            "external_url": "https://help.github.com/en/actions",
            "html_url": f"{HTML}/apps/github-actions",
            "created_at": NOW,
            "updated_at": NOW,
            "permissions": {"checks": "write", "metadata": "read"},
            "events": ["push"],
        }


_COUNTS: Final = {
    "homepage": None,
    "size": 1,
    "stargazers_count": 0,
    "watchers_count": 0,
    "language": "Python",
    "has_issues": True,
    "has_projects": True,
    "has_downloads": True,
    "has_wiki": True,
    "has_pages": False,
    "has_discussions": True,
    "forks_count": 0,
    "mirror_url": None,
    "disabled": False,
    "open_issues_count": 1,
    "license": None,
    "allow_forking": True,
    "is_template": False,
    "web_commit_signoff_required": False,
    "forks": 0,
    "open_issues": 1,
    "watchers": 0,
}


def reactions(url: str) -> Payload:
    names = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(names, 0)}


def user(login: str, *, kind: str = "User") -> Payload:
    """Return an account as it appears in payloads; ``slug[bot]`` is a bot."""
    kind = "Bot" if login.endswith("[bot]") else kind
    number = number_of(login)
    return account(API, HTML, login, number, node_id(kind, number), kind)


def number_of(*parts: object) -> int:
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 900_000_000 + 100_000_000


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{number}"


def sha(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def dated(kind: str, number: int) -> Payload:
    return {"id": number, "node_id": node_id(kind, number), "created_at": NOW, "updated_at": NOW}
