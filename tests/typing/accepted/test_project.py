"""A project's tests."""

from __future__ import annotations

from django_github_app.models import EventLog
from django_github_app.testing import FakeGitHub
from django_github_app.testing.deliver import deliver
from django_github_app.testing.payloads import build, sign


def test_welcome(fake_github: FakeGitHub) -> None:
    """Deliver, and look at the row."""
    row: EventLog = deliver("issues", "opened", number=7)
    assert row.action == "opened"
    assert sign("secret", b"{}").startswith("sha256=")
    assert build("issues", "opened")["action"] == "opened"
