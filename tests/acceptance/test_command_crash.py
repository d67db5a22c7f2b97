"""A worker is killed in the middle of a command: real processes, comments and reactions on a fake GitHub."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from django_github_app.models import EventStatus, RunStatus
from django_github_app.testing import FakeGitHub
from tests.support.site import SECRET, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

REPO = "octo/widgets"


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def site(github: FakeGitHub, make_site: Callable[..., Site]) -> Site:
    handlers = ["tests.support.command_handlers"]
    app = github.settings(
        WEBHOOK_SECRET=SECRET, HANDLERS={"sync": handlers, "async": handlers}, LEASE_SECONDS=2, SWEEP_GRACE=2
    )
    return make_site(app=app)


@pytest.mark.parametrize(
    ("worker_type", "text", "first", "last"),
    [
        ("async", "@bot build all", "Building all.", "Built."),
        ("sync", "@bot bake all", "Baking all.", "Baked."),
    ],
)
def test_a_command_survives_its_worker_and_says_everything_once(
    site: Site, github: FakeGitHub, worker_type: str, text: str, first: str, last: str
) -> None:
    installation = github.add_installation("octo", repositories=[REPO])
    repo = github.repo(REPO)
    repo.collaborator("octocat", "write")
    issue = repo.issue(1)
    comment = issue.comment(text)
    payload: dict[str, Any] = {
        "action": "created",
        "issue": issue.json(),
        "comment": comment.json(),
        "repository": {"id": repo.id, "full_name": REPO, "name": "widgets", "owner": {"login": "octo"}},
        "sender": github.world.user("octocat").json(),
        "installation": {"id": installation.id},
    }

    def said() -> list[str]:
        return [re.sub(r"\n\n<!--.*", "", body) for body in issue.bodies[1:]]

    worker = f"worker_{worker_type}"
    site.start()
    with httpx.Client(timeout=30, trust_env=False) as client:
        assert client.post(**site.request(worker_type, "issue_comment", payload)).status_code == 202
        site.wait_for(lambda: len(site.calls()) == 1, 60, "the command to start")
        site.restart(worker)
        # Another hook's delivery of the same comment, while the first one waits to run again.
        assert client.post(**site.request(worker_type, "issue_comment", payload)).status_code == 202
    site.wait_until_final(2)
    assert len(site.calls()) == 2
    assert said() == [first, last]
    assert comment.emoji == ["eyes", "rocket"]
    assert site.statuses() == {EventStatus.DONE: 2}
    runs = site.rows("SELECT status, error FROM django_github_app_handlerrun ORDER BY event_id")
    assert [(run["status"], run["error"]) for run in runs] == [
        (RunStatus.SUCCEEDED, None),
        (RunStatus.REJECTED, "CommandRejected: another delivery of this comment has run it"),
    ]
