"""A broken file is told where it was changed, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import gidgethub
import pytest
from django.core.cache import cache

from django_github_app.configuration import reporting
from django_github_app.configuration.files import File
from django_github_app.configuration.merging import Address
from django_github_app.configuration.reading import Broken
from django_github_app.errors import RateLimited

BROKEN = Broken(Address("octo/widgets", ".github/bot.yml"), File("days: x", "abc"), "days must be int", 1, 7)


class Api:
    base_url = "https://api.github.com"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was written, and the error of the next attempt to annotate."""
    told: list[Any] = []

    async def last_commit(api: Any, address: Address) -> str:
        return "5ha"

    async def check_run(api: Any, event: Any, name: str, **values: Any) -> None:
        if errors:
            raise errors.pop()
        told.append(("check", values["sha"], values["output"]["annotations"][0]))

    async def comment(api: Any, event: Any, text: str, key: str) -> None:
        told.append(("comment", event.data["comment"]["commit_id"], text))

    monkeypatch.setattr(reporting, "last_commit", last_commit)
    monkeypatch.setattr(reporting, "acheck_run", check_run)
    monkeypatch.setattr(reporting, "acomment_once", comment)
    cache.clear()
    errors.clear()
    return told


errors: list[Exception] = []


async def report() -> None:
    api: Any = Api()
    await reporting.report(api, BROKEN)


async def test_the_commit_is_annotated_once_at_the_place(told: list[Any]) -> None:
    await report()
    await report()
    ((kind, sha, annotation),) = told
    assert (kind, sha) == ("check", "5ha")
    assert (annotation["path"], annotation["start_line"], annotation["start_column"]) == (
        ".github/bot.yml",
        1,
        7,
    )
    assert annotation["message"] == "days must be int"


@pytest.mark.parametrize("status", [403, 404, 422])
async def test_an_app_that_may_not_write_checks_comments(told: list[Any], status: int) -> None:
    errors.append(gidgethub.BadRequest(HTTPStatus(status)))
    await report()
    ((kind, sha, text),) = told
    assert (kind, sha) == ("comment", "5ha")
    assert text.startswith(".github/bot.yml cannot be used, line 1, column 7: days must be int")


@pytest.mark.parametrize("error", [RateLimited(seconds=1), gidgethub.GitHubBroken(HTTPStatus.BAD_GATEWAY)])
async def test_what_passes_is_left_to_the_next_event(told: list[Any], error: Exception) -> None:
    errors.append(error)
    await report()
    assert told == []
    await report()
    assert len(told) == 1


async def test_what_does_not_pass_is_logged_and_not_tried_again(
    told: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    errors.append(gidgethub.BadRequest(HTTPStatus.UNAUTHORIZED))
    await report()
    await report()
    assert told == []
    assert [one.getMessage() for one in caplog.records] == ["a broken configuration was not told"]
