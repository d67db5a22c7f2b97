"""Where the fake GitHub's app is installed, and the tokens that are out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .fake_github_state import FakeRepo, World
from .fake_github_users import User, iso, node_id


@dataclass(eq=False, repr=False)
class Token:
    """An installation access token, or a person's token (``installation`` None)."""

    value: str
    login: str
    expires_at: float
    installation: FakeInstallation | None = None
    permissions: dict[str, str] = field(default_factory=dict)
    repository_ids: frozenset[int] | None = None
    revoked: bool = False


@dataclass(eq=False, repr=False)
class FakeInstallation:
    """The app, installed on an account."""

    world: World
    id: int
    account: User
    app_id: int
    client_id: str
    app_slug: str
    permissions: dict[str, str]
    events: list[str]
    repos: list[FakeRepo] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    suspended_at: float | None = None
    repository_selection: str = "selected"
    updated_at: float = 0.0

    def __post_init__(self) -> None:
        self.updated_at = self.world.clock()

    def suspend(self) -> None:
        self.suspended_at = self.updated_at = self.world.clock()

    def unsuspend(self) -> None:
        self.suspended_at = None
        self.updated_at = self.world.clock()

    def revoke_tokens(self) -> None:
        """Make every token issued so far invalid, as a leak or a changed permission does."""
        for token in self.tokens:
            token.revoked = True

    def expire_tokens(self) -> None:
        """Make every token issued so far expired, as if an hour had passed on GitHub's clock alone."""
        for token in self.tokens:
            token.expires_at = self.world.clock() - 1

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "node_id": node_id("MDI", self.id),
            "client_id": self.client_id,
            "app_id": self.app_id,
            "app_slug": self.app_slug,
            "account": self.account.json(),
            "target_id": self.account.id,
            "target_type": self.account.type,
            "permissions": dict(self.permissions),
            "events": list(self.events),
            "repository_selection": self.repository_selection,
            "suspended_at": iso(self.suspended_at) if self.suspended_at else None,
            "suspended_by": None,
            "single_file_name": None,
            "html_url": f"{self.world.url}/settings/installations/{self.id}",
            "created_at": iso(self.world.started_at),
            "updated_at": iso(self.updated_at),
            "access_tokens_url": f"{self.world.url}/app/installations/{self.id}/access_tokens",
            "repositories_url": f"{self.world.url}/installation/repositories",
        }
