"""An item of a panel is opened again when its command is over."""

from __future__ import annotations

from contextlib import asynccontextmanager
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import gidgethub
import pytest

from django_github_app.commands import panels
from django_github_app.errors import RateLimited
from django_github_app.execution import ticks

URL = "https://api.github.com/repos/o/r/issues/comments/5"


OPEN = panels.render({"Rebase": "rebase", "Try again": "retry"}, place="1 7", slug="bot", key=b"k" * 32)
TICKED = OPEN.replace("[ ]", "[x]")
_, RETRY = panels.ticked(TICKED, OPEN, place="1 7", slug="bot", keys=[b"k" * 32])


class Api:
    base_url = "https://api.github.com"

    def __init__(self, body: str, error: Exception | None = None) -> None:
        self.body, self.error = body, error
        self.patched: list[Any] = []

    async def getitem(self, url: str) -> dict[str, str]:
        if self.error is not None:
            raise self.error
        return {"body": self.body}

    async def patch(self, url: str, data: Any) -> None:
        self.patched.append((url, data))


class Runtime:
    def __init__(self, api: Api) -> None:
        self.api = api

    async def wait(self, coroutine: Any) -> Any:
        return await coroutine


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def exclusive(*parts: str) -> Any:
        yield

    monkeypatch.setattr(ticks, "exclusive", exclusive)


def match(ticked: str | None, url: str | None = URL) -> Any:
    source = SimpleNamespace(comment_url=url, html_url="https://github.com/x")
    return SimpleNamespace(ticked=ticked, source=source, name="rebase")


async def untick(api: Api, found: Any) -> None:
    runtime: Any = Runtime(api)
    await ticks.untick(found, runtime)


@pytest.mark.parametrize("found", [match(None), match("", URL), match("x", None)])
async def test_what_nobody_ticked_is_left_alone(found: Any) -> None:
    api = Api("", LookupError())
    await untick(api, found)
    assert api.patched == []


async def test_the_item_that_ran_is_opened_again_and_no_other() -> None:
    api = Api(f"Choose:\n\n{TICKED}")
    await untick(api, match(RETRY.marker))
    rebase, retry = TICKED.splitlines()
    assert api.patched == [(URL, {"body": f"Choose:\n\n{rebase}\n{retry.replace('[x]', '[ ]')}"})]


async def test_a_comment_without_the_item_is_not_written() -> None:
    api = Api("something else")
    await untick(api, match("x"))
    assert api.patched == []


@pytest.mark.parametrize("error", [RateLimited(seconds=1), gidgethub.GitHubBroken(HTTPStatus.BAD_GATEWAY)])
async def test_what_github_does_not_take_is_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    await untick(Api("", error), match("x"))
    (record,) = caplog.records
    assert record.getMessage() == "panel not unticked"
    assert record.__dict__["command"] == "rebase"
