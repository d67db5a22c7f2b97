"""One page of a list, with the address of the next one."""

from __future__ import annotations

from typing import Any

import pytest
from gidgethub.abc import GitHubAPI

from django_github_app.github.pages import fetch_page

NEXT = '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"'


class Client(GitHubAPI):
    """A client that answers with one page."""

    def __init__(self, link: str) -> None:
        super().__init__("test")
        self.link = link
        self.asked: list[tuple[str, str, str | None]] = []

    async def _request(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        self.asked.append((method, url, headers.get("authorization")))
        answered = {"content-type": "application/json; charset=utf-8"} | (
            {"link": self.link} if self.link else {}
        )
        return 200, answered, b"[1, 2]"

    async def sleep(self, seconds: float) -> None: ...


@pytest.mark.parametrize(("link", "following"), [(NEXT, "https://api.github.com/x?page=2"), ("", None)])
async def test_a_page_comes_with_the_address_of_the_next_one(link: str, following: str | None) -> None:
    client = Client(link)
    assert await fetch_page(client, "/x", jwt="j") == ([1, 2], following)
    assert client.asked == [("GET", "https://api.github.com/x", "bearer j")]
