"""What is repeated, how long is waited before it, and whose connections are used."""

from __future__ import annotations

import asyncio

import pytest

from django_github_app.errors import ConnectionsBusy, GitHubTimeout, GitHubUnreachable
from django_github_app.github import transport
from django_github_app.github.messages import Request, Response

GET = Request("GET", "https://api.github.com/x", {})
POST = Request("POST", "https://api.github.com/repos/o/r/issues", {})


@pytest.mark.parametrize(
    ("request_", "outcome", "repeated"),
    [
        (GET, Response(502, {}, b""), True),
        (GET, Response(404, {}, b""), False),
        (GET, Response(501, {}, b""), False),
        (POST, Response(502, {}, b""), False),
        (GET, GitHubTimeout(), True),
        (POST, GitHubTimeout(), False),
        (POST, GitHubUnreachable(sent=False), True),
        (POST, ConnectionsBusy(), True),
    ],
)
def test_nothing_is_repeated_that_could_be_done_twice(
    request_: Request, outcome: Response | GitHubUnreachable, repeated: bool
) -> None:
    assert transport.may_repeat(request_, outcome) is repeated


@pytest.mark.parametrize("attempt", [0, 1, 2])
def test_pauses_are_short_spread_and_grow(attempt: int) -> None:
    pauses = [transport.pause(attempt) for _ in range(50)]
    assert all(0.1 * 2**attempt <= pause <= 0.3 * 2**attempt for pause in pauses)
    assert len(set(pauses)) > 1


async def test_each_loop_has_connections_of_its_own_and_closes_them() -> None:
    mine = transport.lines()
    assert transport.lines() is mine
    other = asyncio.new_event_loop()

    async def found() -> object:
        return transport.lines()

    assert await asyncio.to_thread(other.run_until_complete, found()) is not mine
    other.close()
    await transport.close()
    again = transport.lines()
    assert again is not mine
    assert other not in transport._lines  # a loop that is closed uses none any more
    await transport.close()
    await transport.close()
    assert asyncio.get_running_loop() not in transport._lines
