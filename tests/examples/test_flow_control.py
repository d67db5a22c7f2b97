"""The examples of docs/flow-control.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from django_github_app.models import RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver

pytestmark = pytest.mark.django_db
PAGE = (Path(__file__).parents[2] / "docs" / "flow-control.md").read_text()
SHA = "a" * 40


@pytest.fixture
def examples() -> Any:
    names: dict[str, Any] = {}
    with GitHubRouter.isolated():
        for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            exec(compile(code, "flow-control.md", "exec"), names)
        yield names


@pytest.mark.parametrize(
    ("event", "action", "handler", "outcome"),
    [
        ("pull_request", "synchronize", "review", RunStatus.SUCCEEDED),
        ("pull_request", "labeled", "labels", RunStatus.RETRYING),  # it waits until it is quiet
        ("push", None, "index", RunStatus.SUCCEEDED),
        ("push", None, "compile_all", RunStatus.SUCCEEDED),
    ],
)
def test_each_handler_is_called_or_waits(
    examples: dict[str, Any], event: str, action: str | None, handler: str, outcome: RunStatus
) -> None:
    row = deliver(event, payload=payloads.build(event, action))
    runs = {run.handler.rsplit(".", 1)[-1]: RunStatus(run.status) for run in row.runs.all()}
    assert runs[handler] == outcome


def test_the_command_is_one_that_people_can_type(examples: dict[str, Any]) -> None:
    commands = {one.command.name for one in examples["gh"].registrations if one.command is not None}
    assert commands == {"build"}
