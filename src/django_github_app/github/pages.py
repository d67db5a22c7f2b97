"""One page of a list at GitHub, with the address of the next one, for who reads on at another time."""

from __future__ import annotations

from typing import Any

from gidgethub import abc, sansio


async def fetch_page(gh: abc.GitHubAPI, url: str, *, jwt: str | None = None) -> tuple[Any, str | None]:
    """Return the data at ``url`` and the address of the page after it, None if it is the last.

    gidgethub follows such addresses itself, in `getiter`, and tells nobody where it is.
    """
    data, following, _ = await gh._make_request("GET", url, {}, b"", sansio.accept_format(), jwt=jwt)
    return data, following


__all__ = ["fetch_page"]
