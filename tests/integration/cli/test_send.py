"""``manage.py github send``: a signed sample delivery."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.core.cache import cache

from django_github_app.cli import github
from django_github_app.routing import GitHubRouter


@pytest.fixture(autouse=True)
def _app(settings: Any) -> Iterator[None]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "bot"}
    cache.clear()
    with GitHubRouter.isolated():
        yield


def test_send_wants_an_event_or_a_comment() -> None:
    result = CliRunner().invoke(github, ["send"])
    assert result.exit_code == 2
    assert "name an EVENT, or give a --comment to try out" in result.output


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(github, arguments, catch_exceptions=False)


def test_without_a_secret_nothing_is_sent(settings: Any) -> None:
    settings.GITHUB_APP = {}
    result = run("send", "push")
    assert result.exit_code == 1
    assert "WEBHOOK_SECRET" in result.output
