"""What the fake GitHub knows: accounts, repositories, issues, comments, reactions, installations, tokens.

Objects are made on first mention (``fake.repo("octo/widgets").issue(1)``), so that a test says only what it
is about. Nothing here speaks HTTP.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

PERMISSION_OF_ROLE = {
    "admin": "admin",
    "maintain": "write",
    "write": "write",
    "triage": "read",
    "read": "read",
    "none": "none",
}


def iso(timestamp: float) -> str:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{number}"


@dataclass(eq=False, repr=False)
class World:
    """Ids, clock and address shared by every object."""

    clock: Callable[[], float]
    url: str = ""
    ids: Iterable[int] = field(default_factory=lambda: itertools.count(1001))
    users: dict[str, User] = field(default_factory=dict)
    nodes: dict[str, Any] = field(default_factory=dict)

    def new_id(self) -> int:
        return next(iter(self.ids))

    def user(self, login: str, type: str = "User") -> User:
        if login.lower() not in self.users:
            kind = "Bot" if login.endswith("[bot]") else type
            self.users[login.lower()] = User(self.new_id(), login, kind)
        return self.users[login.lower()]


@dataclass(eq=False)
class User:
    id: int
    login: str
    type: str = "User"

    def json(self) -> dict[str, Any]:
        return {"id": self.id, "node_id": node_id("U", self.id), "login": self.login, "type": self.type}


@dataclass(eq=False)
class Reaction:
    id: int
    content: str
    user: User

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": node_id("REA", self.id),
            "content": self.content,
            "user": self.user.json(),
        }


class Reactable:
    """Something people react to."""

    reactions: list[Reaction]

    @property
    def emoji(self) -> list[str]:
        """The contents of its reactions, oldest first: ``["eyes", "+1"]``."""
        return [reaction.content for reaction in self.reactions]

    def react(self, world: World, content: str, user: User) -> tuple[Reaction, bool]:
        """Return the user's reaction, and whether it is new."""
        for reaction in self.reactions:
            if reaction.content == content and reaction.user is user:
                return reaction, False
        reaction = Reaction(world.new_id(), content, user)
        self.reactions.append(reaction)
        return reaction, True


@dataclass(eq=False, repr=False)
class Comment(Reactable):
    """A comment on an issue, pull request, review, commit or discussion."""

    world: World
    repo: FakeRepo
    kind: str  # IC issue, PRRC review, CC commit, DC discussion
    id: int
    body: str
    user: User
    parent: dict[str, Any]
    created_at: float
    updated_at: float
    reactions: list[Reaction] = field(default_factory=list)

    PATHS = {
        "IC": "issues/comments",
        "PRRC": "pulls/comments",
        "CC": "comments",
        "DC": "discussions/comments",
    }

    def __repr__(self) -> str:
        return f"<comment {self.id} by {self.user.login}: {self.body!r}>"

    @property
    def node_id(self) -> str:
        return node_id(self.kind, self.id)

    @property
    def url(self) -> str:
        return f"{self.repo.url}/{self.PATHS[self.kind]}/{self.id}"

    def edit(self, body: str) -> None:
        self.body = body
        self.updated_at = self.world.clock()

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": self.node_id,
            "url": self.url,
            "html_url": f"{self.world.url}/{self.repo.full_name}/comments/{self.id}",
            "body": self.body,
            "user": self.user.json(),
            "author_association": "NONE",
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
            "performed_via_github_app": None,
            **self.parent,
        }


class Commentable(Reactable):
    """Something with a number that people comment on."""

    repo: FakeRepo
    number: int
    comments: list[Comment]

    comment_kind = "IC"

    def parent_json(self) -> dict[str, Any]:
        return {"issue_url": f"{self.repo.url}/issues/{self.number}"}

    def comment(self, body: str, by: str = "octocat", **extra: Any) -> Comment:
        """Add a comment as if somebody had typed it. Returns it; no webhook is sent."""
        return self.repo.new_comment(
            self.comment_kind, body, by, {**self.parent_json(), **extra}, self.comments
        )

    @property
    def bodies(self) -> list[str]:
        """The texts of its comments, oldest first."""
        return [comment.body for comment in self.comments]


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
    comments: list[Comment] = field(default_factory=list)
    review_comments: list[Comment] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        return node_id("PR" if self.is_pull else "I", self.id)

    def review_comment(self, body: str, by: str = "octocat", **extra: Any) -> Comment:
        """Add a comment on the diff of a pull request."""
        parent = {"pull_request_url": f"{self.repo.url}/pulls/{self.number}", **extra}
        return self.repo.new_comment("PRRC", body, by, parent, self.review_comments)

    def json(self) -> dict[str, Any]:
        url = f"{self.repo.url}/issues/{self.number}"
        data: dict[str, Any] = {
            "id": self.id,
            "node_id": self.node_id,
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": self.state,
            "user": self.user.json(),
            "labels": [{"name": name} for name in self.labels],
            "comments": len(self.comments),
            "url": url,
            "comments_url": f"{url}/comments",
            "repository_url": self.repo.url,
            "html_url": f"{self.repo.world.url}/{self.repo.full_name}/issues/{self.number}",
        }
        if self.is_pull:
            data["pull_request"] = {"url": f"{self.repo.url}/pulls/{self.number}"}
        return data

    def pull_json(self) -> dict[str, Any]:
        sha = hashlib.sha1(f"{self.repo.id}/{self.number}".encode(), usedforsecurity=False).hexdigest()
        data = self.json()
        del data["pull_request"]
        return {
            **data,
            "url": f"{self.repo.url}/pulls/{self.number}",
            "issue_url": f"{self.repo.url}/issues/{self.number}",
            "head": {"ref": f"pull-{self.number}", "sha": sha, "repo": {"full_name": self.repo.full_name}},
            "base": {"ref": "main", "sha": "0" * 40, "repo": {"full_name": self.repo.full_name}},
            "draft": False,
            "merged": False,
        }


@dataclass(eq=False, repr=False)
class Discussion(Commentable):
    """A discussion; GitHub serves it over GraphQL only."""

    repo: FakeRepo
    number: int
    id: int
    title: str
    user: User
    body: str = ""
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    comment_kind = "DC"

    @property
    def node_id(self) -> str:
        return node_id("D", self.id)

    def parent_json(self) -> dict[str, Any]:
        return {"discussion_url": f"{self.repo.url}/discussions/{self.number}"}

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": self.node_id,
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "user": self.user.json(),
            "repository_url": self.repo.url,
        }


@dataclass(eq=False, repr=False)
class Commit(Commentable):
    """A commit, with its comments, statuses and check runs."""

    repo: FakeRepo
    sha: str
    comments: list[Comment] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    check_runs: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    comment_kind = "CC"

    def parent_json(self) -> dict[str, Any]:
        return {"commit_id": self.sha}

    def json(self) -> dict[str, Any]:
        return {"sha": self.sha, "url": f"{self.repo.url}/commits/{self.sha}"}


@dataclass(eq=False, repr=False)
class FakeRepo:
    """A repository."""

    world: World
    id: int
    full_name: str
    private: bool = False
    archived: bool = False
    issues: dict[int, Issue] = field(default_factory=dict)
    discussions: dict[int, Discussion] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    comments: dict[int, tuple[Comment, list[Comment]]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    updated_at: float = 0.0

    def __post_init__(self) -> None:
        self.updated_at = self.world.clock()

    @property
    def owner(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def name(self) -> str:
        return self.full_name.split("/")[1]

    @property
    def node_id(self) -> str:
        return node_id("R", self.id)

    @property
    def url(self) -> str:
        return f"{self.world.url}/repos/{self.full_name}"

    def issue(self, number: int, **fields: Any) -> Issue:
        """Return an issue, made when it is not there. ``fields``: title, body, state, labels, is_pull."""
        if number not in self.issues:
            user = self.world.user(fields.pop("by", "octocat"))
            fields.setdefault("title", f"Number {number}")
            issue = Issue(self, number, self.world.new_id(), user=user, **fields)
            self.issues[number] = self.world.nodes[issue.node_id] = issue
        else:
            for name, value in fields.items():
                setattr(self.issues[number], name, value)
        return self.issues[number]

    def pull(self, number: int, **fields: Any) -> Issue:
        """Return a pull request, made when it is not there."""
        return self.issue(number, is_pull=True, **fields)

    def discussion(self, number: int, title: str = "A discussion", by: str = "octocat") -> Discussion:
        """Return a discussion, made when it is not there."""
        if number not in self.discussions:
            made = Discussion(self, number, self.world.new_id(), title, self.world.user(by))
            self.discussions[number] = self.world.nodes[made.node_id] = made
        return self.discussions[number]

    def commit(self, sha: str) -> Commit:
        """Return a commit, made when it is not there."""
        return self.commits.setdefault(sha, Commit(self, sha))

    def collaborator(self, login: str, role: str) -> User:
        """Give somebody a role: admin, maintain, write, triage, read, none, or the name of a custom role."""
        self.roles[login.lower()] = role
        return self.world.user(login)

    def role_of(self, login: str) -> str:
        if login.lower() == self.owner.lower():
            return self.roles.get(login.lower(), "admin")
        return self.roles.get(login.lower(), "none" if self.private else "read")

    def permission_json(self, login: str) -> dict[str, Any]:
        role = self.role_of(login)
        permission = PERMISSION_OF_ROLE.get(role, "write")  # custom roles in tests build on write
        return {"permission": permission, "role_name": role, "user": self.world.user(login).json()}

    def new_comment(
        self, kind: str, body: str, by: str, parent: dict[str, Any], siblings: list[Comment]
    ) -> Comment:
        now = self.world.clock()
        user = self.world.user(by)
        comment = Comment(self.world, self, kind, self.world.new_id(), body, user, parent, now, now)
        siblings.append(comment)
        self.comments[comment.id] = (comment, siblings)
        self.world.nodes[comment.node_id] = comment
        return comment

    def delete_comment(self, comment: Comment) -> None:
        _, siblings = self.comments.pop(comment.id)
        siblings.remove(comment)
        self.world.nodes.pop(comment.node_id, None)

    def short_json(self) -> dict[str, Any]:
        """As the ``installation`` events list it."""
        return {
            "id": self.id,
            "node_id": self.node_id,
            "name": self.name,
            "full_name": self.full_name,
            "private": self.private,
        }

    def json(self) -> dict[str, Any]:
        return {
            **self.short_json(),
            "owner": self.world.user(self.owner).json(),
            "archived": self.archived,
            "visibility": "private" if self.private else "public",
            "default_branch": "main",
            "updated_at": iso(self.updated_at),
            "url": self.url,
            "html_url": f"{self.world.url}/{self.full_name}",
        }
