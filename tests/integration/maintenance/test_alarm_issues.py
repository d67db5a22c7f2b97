"""An issue for each alarm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_github_app.models import Incident
from django_github_app.testing.fake_github import FakeGitHub
from tests.support.watched_site import Site, watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that the watch looks at."""
    with watched(monkeypatch) as site:
        yield site


def test_an_issue_is_opened_and_closed(site: Site, settings: Any, fake_github: FakeGitHub) -> None:
    installation = fake_github.add_installation(
        "octo", repositories=["octo/ops"], permissions={"issues": "write"}
    )
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ALARMS": {"issue": "octo/ops", "issue_installation": installation.id},
    }
    site.dead = {"broker"}
    site.pass_time(60)
    assert Incident.objects.get(key="broker").reference
    site.dead = set()
    site.pass_time(120)
    sent = [(one.method, one.path) for one in fake_github.requests if "/issues" in one.path]
    assert [method for method, _ in sent] == ["POST", "POST", "PATCH"]
