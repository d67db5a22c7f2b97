"""One of the bots of docs/examples, loaded as a project's handler module is, and a GitHub for it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.execution import batches
from django_github_app.ingest import inbox
from django_github_app.routing import GitHubRouter
from django_github_app.testing import FakeGitHub, payloads
from django_github_app.testing.deliver import deliver
from django_github_app.testing.fake_github_contents import commit_file
from django_github_app.testing.fake_github_issues import Issue

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
DAY = 86400.0


@dataclass
class Stage:
    """A repository on which a bot is installed, and what happens there."""

    github: FakeGitHub

    def __post_init__(self) -> None:
        self.installation = self.github.add_installation("octo", repositories=["octo/widgets"])
        self.repo = self.github.repo("octo/widgets")

    def configure(self, name: str, text: str) -> None:
        """Commit a file below .github."""
        commit_file(self.repo, f".github/{name}", text)

    def happens(
        self, event: str, action: str | None = None, issue: Issue | None = None, **overrides: Any
    ) -> None:
        """Deliver an event, about an issue or pull request as it is now; no callback may fail."""
        if issue is not None:
            key = "pull_request" if event == "pull_request" else "issue"
            overrides[key] = issue.pull_json() if key == "pull_request" else issue.json()
        overrides.setdefault("installation", self.installation.id)
        payload = payloads.build(event, action, repository="octo/widgets", **overrides)
        payload = payloads.addressed_to(payload, self.github.url)
        row = deliver(event, payload=json.loads(json.dumps(payload)))
        assert [run.error for run in row.runs.all() if run.error] == []
        assert row.get_status_display() in {"done", "ignored"}

    def schedule(self, name: str) -> None:
        """Have a schedule become due."""
        self.happens("schedule", name, schedule={"name": name, "due": "2026-01-15T12:00:00+00:00"})

    def days_ago(self, days: float) -> float:
        return self.github.now() - days * DAY


@pytest.fixture
def stage(transactional_db: None, fake_github: FakeGitHub) -> Iterator[Stage]:
    cache.clear()
    yield Stage(fake_github)
    inbox.close()
    batches.close()
    cache.clear()


@pytest.fixture
def load() -> Iterator[Callable[[str], Any]]:
    def load(name: str) -> Any:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    with GitHubRouter.isolated():
        yield load
