"""Where people talk on the fake GitHub: issues, pull requests, discussions, commits, and their reactions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .fake_github_users import User, iso, node_id

if TYPE_CHECKING:
    from .fake_github_state import FakeRepo, World


@dataclass(eq=False)
class Reaction:
    id: int
    content: str
    user: User
    created_at: float

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": node_id("REA", self.id),
            "content": self.content,
            "user": self.user.json(),
            "created_at": iso(self.created_at),
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
        reaction = Reaction(world.new_id(), content, user, world.clock())
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
        data = {
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
        }
        if self.kind == "PRRC":
            links = {
                "self": self.url,
                "html": data["html_url"],
                "pull_request": self.parent["pull_request_url"],
            }
            data |= {
                "pull_request_review_id": None,
                "diff_hunk": "@@ -1 +1 @@",
                "path": "README.md",
                "commit_id": "0" * 40,
                "original_commit_id": "0" * 40,
                "_links": {name: {"href": href} for name, href in links.items()},
            }
        elif self.kind == "CC":
            data |= {"path": None, "position": None, "line": None}
        return {**data, **self.parent}


class Commentable(Reactable):
    """Something with a number that people comment on."""

    repo: FakeRepo
    number: int
    comments: list[Comment]

    comment_kind = "IC"

    def parent_json(self) -> dict[str, Any]:
        return {"issue_url": f"{self.repo.url}/issues/{self.number}"}

    def touch(self) -> None:
        """Something about it changed now."""

    def comment(self, body: str, by: str = "octocat", **extra: Any) -> Comment:
        """Add a comment as if somebody had typed it. Returns it; no webhook is sent."""
        self.touch()
        return self.repo.new_comment(
            self.comment_kind, body, by, {**self.parent_json(), **extra}, self.comments
        )

    @property
    def bodies(self) -> list[str]:
        """The texts of its comments, oldest first."""
        return [comment.body for comment in self.comments]


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
    message: str = "A change"
    comments: list[Comment] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    check_runs: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)

    comment_kind = "CC"

    def parent_json(self) -> dict[str, Any]:
        return {"commit_id": self.sha}

    def json(self) -> dict[str, Any]:
        """As GitHub shows it; who made it is not known."""
        page, tree = f"{self.repo.html_url}/commit/{self.sha}", self.sha[::-1]
        who = {"name": "octocat", "email": "octocat@users.noreply.github.com"}
        who["date"] = iso(self.repo.world.started_at)
        return {
            "sha": self.sha,
            "node_id": f"C_{self.sha}",
            "url": f"{self.repo.url}/commits/{self.sha}",
            "html_url": page,
            "comments_url": f"{self.repo.url}/commits/{self.sha}/comments",
            "commit": {
                "url": f"{self.repo.url}/git/commits/{self.sha}",
                "author": who,
                "committer": who,
                "message": self.message,
                "comment_count": len(self.comments),
                "tree": {"sha": tree, "url": f"{self.repo.url}/git/trees/{tree}"},
            },
            "author": None,
            "committer": None,
            "parents": [],
        }
