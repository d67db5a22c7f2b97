"""Issues, pull requests and labels of the fake GitHub, and what happened to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .fake_github_conversations import Comment, Commentable, Reaction
from .fake_github_users import User, iso, node_id

if TYPE_CHECKING:
    from .fake_github_state import FakeRepo


@dataclass(eq=False)
class Label:
    """A label of a repository."""

    repo: FakeRepo
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": node_id("LA", self.id),
            "url": f"{self.repo.url}/labels/{quote(self.name)}",
            "name": self.name,
            "color": self.color,
            "default": False,
            "description": self.description,
        }


@dataclass(eq=False, repr=False)
class Issue(Commentable):
    """An issue, or the conversation of a pull request."""

    repo: FakeRepo
    number: int
    id: int
    title: str
    user: User
    body: str = ""
    state: str = "open"
    is_pull: bool = False
    labels: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    review_comments: list[Comment] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    locked: bool = False
    state_reason: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    closed_at: float | None = None
    head_ref: str = ""
    head_repo: str = ""
    head_sha: str = ""
    pushed_at: float = 0.0
    base_ref: str = "main"
    draft: bool = False
    merged: bool = False
    files: list[dict[str, Any]] = field(default_factory=list)
    """Of a pull request: see `change`."""
    commits: list[str] = field(default_factory=list)
    """Of a pull request: ids of its commits, oldest first; see `push`."""

    def __post_init__(self) -> None:
        now = self.repo.world.clock()
        self.created_at = self.created_at or now
        self.updated_at = self.updated_at or self.created_at
        if self.is_pull and not self.head_sha:
            self.head_sha = hashlib.sha1(
                f"{self.repo.id}/{self.number}".encode(), usedforsecurity=False
            ).hexdigest()
        self.head_ref = self.head_ref or f"pull-{self.number}"
        # A branch is pushed before somebody asks that it be pulled.
        self.pushed_at = self.pushed_at or self.created_at - 60

    @property
    def node_id(self) -> str:
        return node_id("PR" if self.is_pull else "I", self.id)

    @property
    def url(self) -> str:
        return f"{self.repo.url}/issues/{self.number}"

    def touch(self) -> None:
        """Something about it changed now."""
        self.updated_at = self.repo.world.clock()

    def happened(self, event: str, by: str, **more: Any) -> None:
        """Write down that something happened to it, as its list of events shows it."""
        self.touch()
        number = self.repo.world.new_id()
        self.events.append(
            {
                "id": number,
                "node_id": node_id("EV", number),
                "url": f"{self.repo.url}/issues/events/{number}",
                "actor": self.repo.world.user(by).json(),
                "event": event,
                "commit_id": None,
                "commit_url": None,
                "created_at": iso(self.updated_at),
                "performed_via_github_app": None,
                **more,
            }
        )

    def label(self, *names: str, by: str = "octocat") -> None:
        """Add labels that it does not have yet."""
        for name in names:
            if name.lower() not in {one.lower() for one in self.labels}:
                shown = self.repo.label(name)
                self.labels.append(shown.name)
                self.happened("labeled", by, label={"name": shown.name, "color": shown.color})

    def unlabel(self, *names: str, by: str = "octocat") -> None:
        """Take labels away."""
        for name in names:
            for present in [one for one in self.labels if one.lower() == name.lower()]:
                self.labels.remove(present)
                color = self.repo.label(present).color
                self.happened("unlabeled", by, label={"name": present, "color": color})

    def relabel(self, names: list[str], by: str = "octocat") -> None:
        """Make its labels exactly these."""
        wanted = {name.lower() for name in names}
        self.unlabel(*[name for name in self.labels if name.lower() not in wanted], by=by)
        self.label(*names, by=by)

    def assign(self, *logins: str, by: str = "octocat") -> None:
        """Add assignees that it does not have yet."""
        for login in logins:
            if login.lower() not in {one.lower() for one in self.assignees}:
                self.assignees.append(login)
                self.happened("assigned", by, assignee=self.repo.world.user(login).json())

    def unassign(self, *logins: str, by: str = "octocat") -> None:
        """Take assignees away."""
        for login in logins:
            for present in [one for one in self.assignees if one.lower() == login.lower()]:
                self.assignees.remove(present)
                self.happened("unassigned", by, assignee=self.repo.world.user(present).json())

    def set_state(self, state: str, reason: str | None = None, by: str = "octocat") -> None:
        """Close or reopen it."""
        if state == self.state:
            return
        self.state = state
        self.state_reason = (reason or "completed") if state == "closed" else "reopened"
        self.closed_at = self.repo.world.clock() if state == "closed" else None
        self.happened("closed" if state == "closed" else "reopened", by)

    # Pull requests

    def change(self, path: str, *, additions: int = 1, deletions: int = 0, status: str = "modified") -> None:
        """Have the pull request change a file."""
        self.files.append(
            {"path": path, "additions": additions, "deletions": deletions, "status": status},
        )

    def push(self, sha: str) -> None:
        """Push a commit to the pull request's branch; no webhook is sent."""
        self.head_sha, self.pushed_at = sha, self.repo.world.clock()
        self.repo.commit(sha)
        self.commits.append(sha)
        self.touch()

    def review_comment(self, body: str, by: str = "octocat", **extra: Any) -> Comment:
        """Add a comment on the diff of a pull request."""
        parent = {"pull_request_url": f"{self.repo.url}/pulls/{self.number}", **extra}
        return self.repo.new_comment("PRRC", body, by, parent, self.review_comments)

    # As GitHub shows it

    def json(self) -> dict[str, Any]:
        pulls, page = f"{self.repo.url}/pulls/{self.number}", self._page()
        data: dict[str, Any] = {
            "url": self.url,
            "repository_url": self.repo.url,
            "labels_url": f"{self.url}/labels{{/name}}",
            **self._common(),
            "events_url": f"{self.url}/events",
            "reactions": self._reactions(),
            "timeline_url": f"{self.url}/timeline",
            "performed_via_github_app": None,
            "state_reason": self.state_reason,
        }
        if self.is_pull:
            data["draft"] = self.draft
            data["pull_request"] = {
                "url": pulls,
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": iso(self.closed_at) if self.merged and self.closed_at else None,
            }
        return data

    def pull_json(self, *, full: bool = True) -> dict[str, Any]:
        """As a pull request. ``full``: with what a list of them leaves out."""
        url, page = f"{self.repo.url}/pulls/{self.number}", self._page()
        links = {
            "self": url,
            "html": page,
            "issue": self.url,
            "comments": f"{self.url}/comments",
            "review_comments": f"{url}/comments",
            "review_comment": f"{self.repo.url}/pulls/comments{{/number}}",
            "commits": f"{url}/commits",
            "statuses": f"{self.repo.url}/statuses/{self.head_sha}",
        }
        data = {
            **self._common(),
            "url": url,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "issue_url": self.url,
            "merged_at": iso(self.closed_at) if self.merged and self.closed_at else None,
            "merge_commit_sha": self.head_sha if self.merged else None,
            "requested_reviewers": [self.repo.world.user(login).json() for login in self.reviewers],
            "requested_teams": [],
            "draft": self.draft,
            **{f"{name}_url": links[name] for name in links if name not in ("self", "html", "issue")},
            "head": self._end(self.head_ref, self.head_sha, self.head_repo),
            "base": self._end(self.base_ref, "0" * 40),
            "_links": {name: {"href": href} for name, href in links.items()},
            "auto_merge": None,
        }
        if not full:
            del data["comments"]
            return data
        return {
            **data,
            "merged": self.merged,
            "mergeable": True,
            "rebaseable": True,
            "mergeable_state": "clean",
            "merged_by": None,
            "review_comments": len(self.review_comments),
            "maintainer_can_modify": False,
            "commits": max(len(self.commits), 1),
            "additions": sum(one["additions"] for one in self.files),
            "deletions": sum(one["deletions"] for one in self.files),
            "changed_files": len(self.files),
        }

    def files_json(self) -> list[dict[str, Any]]:
        """The files that a pull request changes."""
        page = f"{self.repo.html_url}/{{}}/{self.head_sha}/{{}}"
        return [
            {
                "sha": hashlib.sha1(
                    f"{self.head_sha}{one['path']}".encode(), usedforsecurity=False
                ).hexdigest(),
                "filename": one["path"],
                "status": one["status"],
                "additions": one["additions"],
                "deletions": one["deletions"],
                "changes": one["additions"] + one["deletions"],
                "blob_url": page.format("blob", quote(one["path"])),
                "raw_url": page.format("raw", quote(one["path"])),
                "contents_url": f"{self.repo.url}/contents/{quote(one['path'])}?ref={self.head_sha}",
            }
            for one in self.files
        ]

    def _page(self) -> str:
        return f"{self.repo.html_url}/{'pull' if self.is_pull else 'issues'}/{self.number}"

    def _common(self) -> dict[str, Any]:
        assignees = [self.repo.world.user(login).json() for login in self.assignees]
        return {
            "comments_url": f"{self.url}/comments",
            "html_url": self._page(),
            "id": self.id,
            "node_id": self.node_id,
            "number": self.number,
            "title": self.title,
            "user": self.user.json(),
            "labels": [self.repo.label(name).json() for name in self.labels],
            "state": self.state,
            "locked": self.locked,
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": None,
            "comments": len(self.comments),
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "closed_at": iso(self.closed_at) if self.closed_at else None,
            "author_association": "NONE",
            "active_lock_reason": None,
            "body": self.body,
        }

    def _reactions(self) -> dict[str, Any]:
        names = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
        counted = {name: self.emoji.count(name) for name in names}
        return {"url": f"{self.url}/reactions", "total_count": len(self.reactions), **counted}

    def _end(self, ref: str, sha: str, full_name: str = "") -> dict[str, Any]:
        """Return one end of a pull request: a branch of this repository, or of a fork."""
        owner = self.repo.world.user(full_name.partition("/")[0] or self.repo.owner)
        shown = self.repo.fork_json(full_name) if full_name else self.repo.json()
        if sha == self.head_sha:
            shown["pushed_at"] = iso(self.pushed_at)
        return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": owner.json(), "repo": shown}
