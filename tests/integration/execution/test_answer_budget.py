"""How much one comment, and one person, makes the app say."""

from __future__ import annotations

import pytest

from django_github_app.errors import UserError
from django_github_app.execution import answer_budget
from django_github_app.models import EventStatus
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk, runs


@pytest.fixture
def worker_type() -> str:
    """Where the worker types could differ, a test is parametrized with both."""
    return "async"


@pytest.fixture(autouse=True)
def _commands(gh: GitHubRouter) -> None:
    @gh.command("deploy", permission="write")
    async def deploy() -> None: ...

    @gh.command("fail")
    async def fail(cmd_args: str) -> None:
        raise UserError(f"There is no branch {cmd_args}")


def writes(desk: Desk) -> int:
    return sum(r.method == "POST" and "access_tokens" not in r.path for r in desk.github.requests)


def test_twenty_commands_of_a_stranger_get_one_answer_and_few_requests(desk: Desk) -> None:
    row = desk.type("@bot deploy\n" * 10 + "@bot depoly\n" + "@bot help\n" * 9, by="stranger", role="none")
    assert len(desk.said) == 1
    assert desk.reactions[0] == "-1"
    assert len(desk.github.requests) <= 8
    assert row.status == EventStatus.DONE
    assert len(runs(row)) == 20


def test_a_person_who_types_again_and_again_is_not_answered_for_ever(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_budget, "MOST_ANSWERS", 2)
    for number in range(4):
        desk.type("@bot deploy", by="stranger", role="none", delivery=f"d-{number}")
    assert len(desk.said) == 2
    before = len(desk.github.requests)
    desk.type("@bot deploy\n@bot help", by="Stranger", role="none", delivery="d-9")
    assert writes(desk) == sum(
        r.method == "POST" and "tokens" not in r.path for r in desk.github.requests[:before]
    )
    desk.type("@bot deploy", by="other", role="none", delivery="d-10")
    assert len(desk.said) == 3


def test_an_edited_comment_is_answered_again(desk: Desk) -> None:
    desk.type("@bot depoly")
    desk.edit("@bot deplyo")
    assert len(desk.said) == 2
