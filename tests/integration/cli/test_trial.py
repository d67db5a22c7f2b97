"""``send --comment`` and ``send --here``: tried out in this process; every example of docs/commands.md."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.cache import cache

from django_github_app.cli import github
from django_github_app.conf import app_settings
from django_github_app.models import EventLog, EventStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from tests.support.commands_page import CONSOLE, PYTHON


@pytest.fixture(autouse=True)
def _app(settings: Any) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    cache.clear()
    with GitHubRouter.isolated():
        yield


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, catch_exceptions=False)


def run(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("example", CONSOLE)
def test_an_example_of_the_docs_answers_as_it_says(transactional_db: None, example: str) -> None:
    exec(PYTHON[0], {})
    typed, _, answer = example.partition("\n")
    output = run(*shlex.split(typed.removeprefix("$ python manage.py github ")))
    expected = answer.splitlines()
    assert [line.rstrip() for line in output.splitlines()][: len(expected)] == expected
    assert EventLog.objects.get().status == EventStatus.DONE


def test_the_first_example_of_the_docs_needs_less_than_ten_lines() -> None:
    assert len([line for line in PYTHON[0].splitlines() if line and not line.startswith("#")]) < 10


def test_the_label_example_adds_and_removes(transactional_db: None) -> None:
    exec(PYTHON[1], {})
    assert run("send", "--comment", "@bot label +bug +old -old").splitlines()[:2] == [
        "octocat: @bot label +bug +old -old",
        "  👀 👍 🚀",
    ]


def test_the_rule_example_lets_the_author_only(transactional_db: None) -> None:
    exec(PYTHON[2], {})
    assert "🚀" in run("send", "--comment", "@bot close")
    assert "Only octocat may do that." in run("send", "--sender", "hubot", "--comment", "@bot close")


def test_a_comment_can_be_tried_twice(transactional_db: None) -> None:
    exec(PYTHON[0], {})
    for _ in range(2):
        assert "Deploying octo-org/octo-repo" in run("send", "--comment", "@bot deploy prod")


def test_a_comment_without_a_command_gets_no_answer(transactional_db: None) -> None:
    exec(PYTHON[0], {})
    assert "no answer" in run("send", "--comment", "Thanks, @bot!")


@pytest.mark.django_db(transaction=True)
class TestHere:
    def test_a_payload_is_processed_in_this_process_and_its_ledger_printed(self, tmp_path: Path) -> None:
        router = GitHubRouter()

        @router.event("issues.opened")
        async def welcome(event: Any, gh: Any) -> None:
            await gh.post(event.data["issue"]["comments_url"], data={"body": "Hello"})

        path = tmp_path / "x.json"
        path.write_text(json.dumps(payloads.build("issues", "opened", number=7, repository="octo/widgets")))
        result = invoke("send", "--here", "issues", "--file", str(path))
        assert result.exit_code == 0, result.output
        assert "POST /repos/octo/widgets/issues/7/comments 201" in result.output
        assert "succeeded" in result.output
        assert "welcome" in result.output

    def test_a_command_in_a_payload_is_answered_and_reacted_to(self) -> None:
        router = GitHubRouter()

        @router.command("ping")
        async def ping(context: Any) -> None:
            await context.reply("pong")

        typed = f"@{app_settings.SLUG} ping"
        result = invoke("send", "--here", "issue_comment", "--comment", typed, "--number", "3")
        assert result.exit_code == 0, result.output
        assert "/reactions 201" in result.output
        assert "POST /repos/octo-org/octo-repo/issues/3/comments 201" in result.output

    def test_a_file_that_is_no_payload_is_one_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        for text, said in (("{", "is no JSON"), ("[]", "is no JSON object")):
            path.write_text(text)
            result = invoke("send", "--here", "issues", "--file", str(path))
            assert (result.exit_code, len(result.output.splitlines())) == (1, 1)
            assert said in result.output
