"""What the fake GitHub knows: accounts, repositories, issues, comments, reactions, installations, tokens.

Objects are made on first mention (``fake.repo("octo/widgets").issue(1)``), so that a test says only what it
is about. Nothing here speaks HTTP.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .fake_github_conversations import Comment, Commit, Discussion, Issue
from .fake_github_users import PERMISSION_OF_ROLE, User, iso, node_id

if TYPE_CHECKING:
    from .fake_github_contents import FileCommit


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

    def user(self, login: str, type: str = "User", id: int | None = None) -> User:
        if login.lower() not in self.users:
            kind = "Bot" if login.endswith("[bot]") else type
            self.users[login.lower()] = User(id or self.new_id(), login, kind)
        return self.users[login.lower()]


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
    history: list[FileCommit] = field(default_factory=list)
    """Commits of files to the default branch: see `fake_github_contents.commit_file`."""
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
