"""Whose name a call is made in, and where it is led."""

from __future__ import annotations

from typing import Any

import gidgethub
import pytest

from django_github_app.errors import ForeignHost
from django_github_app.github import requests
from django_github_app.github.messages import Request, Response
from django_github_app.github.requests import Credentials, exchange
from django_github_app.github.tokens import Scope

API = "https://api.github.com"
JWT = "bearer a.b.c"


@pytest.mark.parametrize(
    ("authorization", "installation", "kind", "account"),
    [
        ("", None, "none", "anonymous"),
        ("", 7, "installation", "installation-7"),
        (JWT, 7, "given", "app"),
        ("token ghp_x", 7, "given", "token-"),
        ("Bearer ghp_x", None, "given", "token-"),
    ],
)
def test_what_the_caller_gives_comes_before_the_installation(
    authorization: str, installation: int | None, kind: str, account: str
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    found = Credentials.of(headers, installation, Scope())
    assert found.kind == kind
    assert found.account.startswith(account)
    assert "ghp_x" not in found.account


def test_a_token_of_fewer_rights_has_a_view_of_its_own() -> None:
    whole = Credentials.of({}, 7, Scope())
    part = Credentials.of({}, 7, Scope.of(None, {"issues": "read"}))
    assert whole.account == part.account == whole.reader
    assert part.reader != whole.reader


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each address answers, and which were asked."""
    known: dict[str, Any] = {"asked": []}

    async def cached(request: Request, credentials: Credentials, base_url: str) -> Response:
        known["asked"].append(request.url.removeprefix(API))
        status, location = known.get(request.url.removeprefix(API), (200, ""))
        return Response(status, {"location": location} if location else {}, b"")

    monkeypatch.setattr(requests, "_cached", cached)
    return known


async def ask(path: str, method: str = "GET") -> Response:
    return await exchange(Request(method, API + path, {}), Credentials("given", "app"), API)


async def test_a_read_is_led_on_at_the_same_host(answers: dict[str, Any]) -> None:
    answers["/old"] = (301, "/new")
    assert (await ask("/old")).status == 200
    assert answers["asked"] == ["/old", "/new"]


@pytest.mark.parametrize(("status", "asked"), [(301, ["/old"]), (307, ["/old", "/new"])])
async def test_a_write_is_led_on_only_where_it_stays_one(
    answers: dict[str, Any], status: int, asked: list[str]
) -> None:
    answers["/old"] = (status, "/new")
    await ask("/old", "POST")
    assert answers["asked"] == asked


async def test_a_redirect_elsewhere_is_for_the_caller_to_see(answers: dict[str, Any]) -> None:
    answers["/archive"] = (302, "https://codeload.github.com/x")
    assert (await ask("/archive")).status == 302


async def test_a_circle_has_an_end(answers: dict[str, Any]) -> None:
    answers["/a"] = (302, "/a")
    with pytest.raises(gidgethub.RedirectionException, match="circle"):
        await ask("/a")


async def test_credentials_are_not_sent_to_a_stranger(answers: dict[str, Any]) -> None:
    with pytest.raises(ForeignHost, match=r"evil\.example"):
        await exchange(Request("GET", "https://evil.example/x?token=1", {}), Credentials("given", "app"), API)
    assert answers["asked"] == []
