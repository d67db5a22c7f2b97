"""What the fake GitHub knows: accounts, repositories, issues, comments, reactions, installations, tokens.

Objects are made on first mention (``fake.repo("octo/widgets").issue(1)``), so that a test says only what it
is about. Nothing here speaks HTTP.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import payload_links
from .fake_github_conversations import Comment, Commit, Discussion
from .fake_github_issues import Issue, Label
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
    started_at: float = 0.0

    def __post_init__(self) -> None:
        self.started_at = self.clock()

    def new_id(self) -> int:
        return next(iter(self.ids))

    def user(self, login: str, type: str = "User", id: int | None = None) -> User:
        if login.lower() not in self.users:
            kind = "Bot" if login.endswith("[bot]") else type
            self.users[login.lower()] = User(id or self.new_id(), login, kind, self)
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
    labels: dict[str, Label] = field(default_factory=dict)
    topics: list[str] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    """What ``PATCH /repos/{owner}/{repo}`` changed: description, homepage, has_wiki, allow_squash_merge …"""
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
        """Return an issue, made when it is not there.

        ``fields``: title, body, by, state, labels, assignees, is_pull, created_at, updated_at; of a pull request
        head_ref, head_sha, head_repo (of a fork), base_ref, draft.
        """
        if number not in self.issues:
            user = self.world.user(fields.pop("by", "octocat"))
            fields.setdefault("title", f"Number {number}")
            issue = Issue(self, number, self.world.new_id(), user=user, **fields)
            self.issues[number] = self.world.nodes[issue.node_id] = issue
            if issue.is_pull:
                self.commit(issue.head_sha)
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

    def label(self, name: str, **fields: Any) -> Label:
        """Return a label, made when it is not there. ``fields``: color, description."""
        label = self.labels.get(name.lower())
        if label is None:
            label = self.labels[name.lower()] = Label(self, self.world.new_id(), name)
        for key, value in fields.items():
            setattr(label, key, value)
        return label

    def commit(self, sha: str) -> Commit:
        """Return a commit, made when it is not there."""
        return self.commits.setdefault(sha, Commit(self, sha))

    def heads(self) -> dict[str, str]:
        """Its branches: the default one, and those of its pull requests."""
        main = self.json()["default_branch"]
        own = [issue for issue in self.issues.values() if issue.is_pull and not issue.head_repo]
        newest = self.history[-1].sha if self.history else "0" * 40
        return {main: newest, **{pull.head_ref: pull.head_sha for pull in own if pull.state == "open"}}

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
        return {"permission": permission, "role_name": role, "user": self.collaborator_json(login)}

    def collaborator_json(self, login: str) -> dict[str, Any]:
        role = self.role_of(login)
        order = ["read", "triage", "write", "maintain", "admin"]
        rank = order.index(role) if role in order else -1 if role == "none" else order.index("write")
        names = zip(("pull", "triage", "push", "maintain", "admin"), range(len(order)), strict=True)
        may = {name: at <= rank for name, at in names}
        return {**self.world.user(login).json(), "permissions": may, "role_name": role}

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

    @property
    def html_url(self) -> str:
        return f"{self.world.url}/{self.full_name}"

    def json(self) -> dict[str, Any]:
        """As lists and other objects show it."""
        count = sum(issue.state == "open" for issue in self.issues.values())
        return {
            **self.short_json(),
            "owner": self.world.user(self.owner).json(),
            **payload_links.repository_links(self.world.url, self.world.url, self.full_name),
            **_REPOSITORY,
            "fork": False,
            "archived": self.archived,
            "visibility": "private" if self.private else "public",
            "topics": list(self.topics),
            "open_issues_count": count,
            "open_issues": count,
            "created_at": iso(self.world.started_at),
            "updated_at": iso(self.updated_at),
            "pushed_at": iso(self.updated_at),
            **self.settings,
        }

    def full_json(self) -> dict[str, Any]:
        """As its own address shows it."""
        return {**self.json(), "network_count": 0, "subscribers_count": 0}

    def fork_json(self, full_name: str) -> dict[str, Any]:
        """A fork of it, of which nothing else is there."""
        owner = self.world.user(full_name.partition("/")[0])
        return {
            **self.json(),
            **payload_links.repository_links(self.world.url, self.world.url, full_name),
            "id": owner.id,
            "node_id": node_id("R", owner.id),
            "name": full_name.partition("/")[2],
            "full_name": full_name,
            "owner": owner.json(),
            "fork": True,
        }


_REPOSITORY: dict[str, Any] = {
    "description": None,
    "homepage": None,
    "size": 1,
    "stargazers_count": 0,
    "watchers_count": 0,
    "language": None,
    "has_issues": True,
    "has_projects": True,
    "has_downloads": True,
    "has_wiki": True,
    "has_pages": False,
    "has_discussions": True,
    "forks_count": 0,
    "mirror_url": None,
    "disabled": False,
    "license": None,
    "allow_forking": True,
    "is_template": False,
    "web_commit_signoff_required": False,
    "forks": 0,
    "watchers": 0,
    "default_branch": "main",
    "allow_squash_merge": True,
    "allow_merge_commit": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "allow_update_branch": False,
    "delete_branch_on_merge": False,
}
