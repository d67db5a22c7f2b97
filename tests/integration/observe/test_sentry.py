from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk import scope as sentry_scope
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from django_github_app import probes
from django_github_app.errors import PermanentError
from django_github_app.observe import sentry
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import deliver


class _InMemory(Transport):
    def __init__(self) -> None:
        super().__init__()
        self.issues: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        event = envelope.get_event()
        if event is not None:
            self.issues.append(dict(event))


@pytest.fixture
def issues(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    monkeypatch.setattr(sentry_scope, "global_event_processors", [])
    transport = _InMemory()
    with sentry_sdk.isolation_scope():
        sentry_sdk.init("http://key@127.0.0.1:1/1", transport=transport, auto_enabling_integrations=False)
        sentry.setup()
        yield transport.issues
        sentry_sdk.get_client().close(timeout=0)
        sentry_sdk.get_global_scope().set_client(None)
        probes.on_dead = None


def test_a_final_failure_is_one_issue_with_its_tags_and_the_users_frames(
    gh: GitHubRouter, issues: list[dict[str, Any]], worker_type: Any
) -> None:
    @gh.event("issues")
    def failing(event: Any) -> None:
        raise PermanentError("this will never work")

    row = deliver("issues", worker_type=worker_type)
    (issue,) = issues
    assert issue["tags"] == {
        "handler": f"{failing.__module__}.{failing.__qualname__}",
        "delivery": row.delivery,
        "event_id": str(row.pk),
        "event": "issues",
        "action": "opened",
    }
    (exception,) = issue["exception"]["values"]
    assert exception["type"] == "PermanentError"
    assert exception["stacktrace"]["frames"][-1]["function"] == "failing"


def test_a_try_that_is_repeated_is_no_issue(
    gh: GitHubRouter, issues: list[dict[str, Any]], worker_type: Any
) -> None:
    @gh.event("issues")
    def failing(event: Any) -> None:
        raise ValueError("this time")

    deliver("issues", worker_type=worker_type)
    assert issues == []
