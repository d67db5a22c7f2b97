"""An event of a log as a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_github_app.routing import GitHubRouter
from django_github_app.testing import FakeGitHub, payloads
from django_github_app.testing.recorded import Recorded, outcomes, redacted

pytestmark = pytest.mark.django_db

PAYLOAD = payloads.build("issue_comment", "created", comment="@their-bot ping", repository="octo/hello")
RECORDED = Recorded("issue_comment", "created", "async", "their-bot", PAYLOAD)


@pytest.fixture(autouse=True)
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


def test_it_is_written_and_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    RECORDED.save(path)
    assert Recorded.load(path) == RECORDED
    path.write_text('{"event": "push"}')
    with pytest.raises(TypeError):
        Recorded.load(path)


def test_what_its_payload_names_is_there_and_its_commands_are_understood(
    fake_github: FakeGitHub, gh: GitHubRouter
) -> None:
    @gh.command("ping", permission="write")
    async def ping(context: Any) -> None:
        await context.reply("pong")

    RECORDED.set_up(fake_github, role="write")
    row = RECORDED.deliver()
    (outcome,) = outcomes(row)
    assert outcome.endswith("ping: succeeded")
    issue = fake_github.repo("octo/hello").issue(PAYLOAD["issue"]["number"])
    assert [body.split("\n")[0] for body in issue.bodies] == ["@their-bot ping", "pong"]


def test_a_failure_is_an_outcome_with_its_error(fake_github: FakeGitHub, gh: GitHubRouter) -> None:
    @gh.event("issue_comment")
    async def fails(event: Any) -> None:
        raise ValueError("no such branch")

    RECORDED.set_up(fake_github)
    (outcome,) = outcomes(RECORDED.deliver())
    assert outcome.endswith("fails: retrying (ValueError: no such branch)")


def test_a_fixture_has_no_secret_and_no_address_of_a_person() -> None:
    value = {
        "hook": {"config": {"secret": "hunter2"}},
        "text": ["mail mona@octo.example, token ghs_" + "a" * 40],
        "number": 7,
    }
    assert redacted(value) == {
        "hook": {"config": {"secret": "[secret]"}},
        "text": ["mail someone@example.com, token [secret]"],
        "number": 7,
    }
