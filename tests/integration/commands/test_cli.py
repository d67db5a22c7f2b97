"""``manage.py github commands`` and ``send --comment``; every example of docs/commands.md."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.cache import cache

from django_github_app.cli import github
from django_github_app.models import EventLog, EventStatus
from django_github_app.routing import GitHubRouter

DOCS = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
_BLOCK = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
PYTHON = [text for _, language, text in _BLOCK.findall(DOCS) if language == "python"]
CONSOLE = [text for _, language, text in _BLOCK.findall(DOCS) if language == "console"]


@pytest.fixture(autouse=True)
def _app(settings: Any, gh: GitHubRouter) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    cache.clear()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(github, arguments, catch_exceptions=False)
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


def test_send_wants_an_event_or_a_comment() -> None:
    result = CliRunner().invoke(github, ["send"])
    assert result.exit_code == 2
    assert "name an EVENT, or give a --comment to try out" in result.output


def test_commands_are_listed() -> None:
    exec(PYTHON[0], {})
    exec(PYTHON[1], {})
    assert run("commands").splitlines() == [
        "COMMAND                                       WHERE      WHO     WHAT IT DOES",
        "@bot deploy {prod|staging} [--times INTEGER]  issue, pr  write   Deploy this repository.",
        "@bot label                                    issue, pr  anyone  Add labels: `+A` adds one, "
        "`-A` takes it away.",
    ]


def test_commands_are_listed_as_json_and_as_markdown() -> None:
    router = GitHubRouter()

    @router.command(
        "deploy", permission=["admin", "@octo/core"], allow_bots=["ci[bot]"], cooldown=5, hidden=True
    )
    async def deploy() -> None:
        """Deploy."""

    assert json.loads(run("commands", "--format", "json")) == []
    (described,) = json.loads(run("commands", "--all", "--format", "json"))
    assert described == {
        "name": "deploy",
        "aliases": [],
        "usage": "@bot deploy",
        "scopes": ["issue", "pr"],
        "permission": "admin access to this repository or membership of octo/core",
        "allow_bots": ["ci[bot]"],
        "hidden": True,
        "cooldown": 5,
        "help": "Deploy.",
        "callback": f"{__name__}.{deploy.__qualname__}",
    }
    exec(PYTHON[0], {})
    assert run("commands", "--format", "markdown") == (
        "## `deploy`\n\n**Usage:** `@bot deploy {prod|staging} [--times INTEGER]`\n\nDeploy this repository.\n\n"
        "- `ENVIRONMENT` (one of `prod`, `staging`; required)\n- `--times` `INTEGER`\n\n"
        "Works on issues and pull requests; needs write access to this repository.\n"
    )


def test_an_app_without_commands_says_so() -> None:
    assert run("commands") == "no commands\n"
