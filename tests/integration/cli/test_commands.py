"""``manage.py github commands``: what people can type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.cache import cache

from django_github_app.cli import github
from django_github_app.routing import GitHubRouter
from tests.support.commands_page import PYTHON


@pytest.fixture(autouse=True)
def _app(settings: Any) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    cache.clear()
    with GitHubRouter.isolated():
        yield


def run(*arguments: str) -> str:
    result = CliRunner().invoke(github, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


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
