"""The app installed on octo, with octo/widgets, at a fake GitHub; and clients for it."""

from __future__ import annotations

from typing import Any

from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.testing import FakeGitHub


class Octo:
    """The app installed on octo, with octo/widgets; and clients for it."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.installation = github.add_installation("octo", repositories=["octo/widgets"])
        self.repo = github.repo("octo/widgets")
        self.issue = self.repo.issue(1)

    def client(self, **kwargs: Any) -> AsyncGitHubAPI:
        return AsyncGitHubAPI(installation_id=self.installation.id, **kwargs)

    def sync_client(self, **kwargs: Any) -> SyncGitHubAPI:
        return SyncGitHubAPI(installation_id=self.installation.id, **kwargs)

    @property
    def token_requests(self) -> int:
        return len(self.github.requests_to("/app/installations/*/access_tokens"))
