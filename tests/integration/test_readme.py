"""The README's handler and command, run against the fake GitHub exactly as they are printed."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from django_github_app.execution import batches
from django_github_app.ingest import inbox
from django_github_app.models import EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing.fake_github import FakeGitHub
from tests.support.desk import Desk

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.fixture
def desk(transactional_db: None, fake_github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    blocks = re.findall(r"```python\n(# your_app/events/ahandlers\.py.*?)```", README, re.DOTALL)
    assert len(blocks) == 2
    module = types.ModuleType("your_app_ahandlers")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with GitHubRouter.isolated():
        exec("\n".join(blocks), module.__dict__)
        yield Desk(fake_github, "async")
    # Their threads have database connections of their own.
    inbox.close()
    batches.close()


def test_the_handler_welcomes_a_new_issue(desk: Desk) -> None:
    payload = {**desk_payload(desk), "action": "opened", "issue": desk.issue.json()}
    row = desk.receive("issues", payload, delivery="d-1")
    assert row.status == EventStatus.DONE, [run.error for run in row.runs.all()]
    assert desk.said == ["Thanks, we will have a look."]


def test_the_command_answers_on_a_pull_request(desk: Desk) -> None:
    desk.issue = desk.repo.pull(2)
    row = desk.type("@bot backport --to stable/3.0 fix")
    assert row.status == EventStatus.DONE, [run.error for run in row.runs.all()]
    assert desk.said == ["Porting #2 to `stable/3.0`."]
    assert desk.reactions == ["eyes", "rocket"]


def test_the_command_is_for_people_with_write_access(desk: Desk) -> None:
    desk.issue = desk.repo.pull(2)
    desk.type("@bot backport", role="read")
    assert desk.reactions == ["-1"]


def desk_payload(desk: Desk) -> dict[str, object]:
    return {
        "repository": {"id": desk.repo.id, "full_name": desk.repo.full_name},
        "sender": desk.github.world.user("octocat").json(),
    }
