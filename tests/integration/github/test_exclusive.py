"""Several workers write the same at the same time: it stands there once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.core.cache import cache

from django_github_app.github import acheck_run, acomment_once, areact, areply, aset_status, exclusive, writes
from django_github_app.github.current import CurrentCall, current_call
from tests.support.octo import Octo

from .test_writes import event_of, issue_comment, visible


@asynccontextmanager
async def no_lock(*parts: Any) -> AsyncIterator[bool]:
    yield False


@pytest.fixture(params=["locked", "lock lost"])
def lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "lock lost":
        monkeypatch.setattr(writes, "exclusive", no_lock)
    return str(request.param)


async def test_four_events_at_once_leave_one_comment(octo: Octo, lock: str) -> None:
    octo.github.fail_next(4, method="GET", path="issues/1/comments", delay=0.1)
    events = [issue_comment(octo, f"d-{number}")[1] for number in range(4)]
    made = await asyncio.gather(
        *(acomment_once(octo.client(), e, "Status: fine", key="status") for e in events)
    )
    own = [c for c in octo.issue.comments if c.user.login == "bot[bot]"]
    assert visible([c.body for c in own]) == ["Status: fine"]
    assert {one["id"] for one in made} == {own[0].id}
    if lock == "locked":
        assert len(octo.github.requests_to("/repos/octo/widgets/issues/1/comments", "POST")) == 1


async def test_the_comment_that_is_kept_has_the_text_of_who_came_last(octo: Octo) -> None:
    _, event = issue_comment(octo)
    texts = [f"Status {number}" for number in range(4)]
    await asyncio.gather(*(acomment_once(octo.client(), event, text, key="status") for text in texts))
    own = [c for c in octo.issue.comments if c.user.login == "bot[bot]"]
    assert len(own) == 1
    assert own[0].body.split("\n")[0] in texts


async def test_a_callback_that_runs_in_two_workers_replies_once(octo: Octo, lock: str) -> None:
    _, event = issue_comment(octo)
    octo.github.fail_next(3, method="GET", path="issues/1/comments", delay=0.1)

    async def callback() -> None:
        token = current_call.set(CurrentCall("app.greet"))
        try:
            await areply(octo.client(), event, "Hello!")
        finally:
            current_call.reset(token)

    await asyncio.gather(*(asyncio.create_task(callback()) for _ in range(3)))
    assert visible(octo.issue.bodies) == ["@bot hello", "Hello!"]


async def test_a_discussion_gets_one_comment_too(octo: Octo, lock: str) -> None:
    discussion = octo.repo.discussion(4)
    event = event_of("discussion", octo, discussion=discussion.json())
    octo.github.fail_next(3, path="graphql", delay=0.1)
    await asyncio.gather(*(acomment_once(octo.client(), event, "Hello!", key="hi") for _ in range(3)))
    assert visible([c.body for c in discussion.comments]) == ["Hello!"]


async def test_check_runs_and_statuses_are_made_once_and_twins_are_kept_level(octo: Octo, lock: str) -> None:
    pull = octo.repo.issue(7, is_pull=True)
    event = event_of("pull_request", octo, pull_request=pull.pull_json())
    commit = octo.repo.commit(pull.pull_json()["head"]["sha"])
    await asyncio.gather(*(acheck_run(octo.client(), event, "lint", status="in_progress") for _ in range(3)))
    await acheck_run(octo.client(), event, "lint", status="completed", conclusion="success")
    assert {run["status"] for run in commit.check_runs} == {"completed"}
    await asyncio.gather(*(aset_status(octo.client(), event, "success") for _ in range(3)))
    if lock == "locked":
        assert (len(commit.check_runs), len(commit.statuses)) == (1, 1)


async def test_a_reaction_is_repeated_until_github_answers(octo: Octo) -> None:
    comment, event = issue_comment(octo)
    octo.github.fail_next(1, drop="after", path="reactions")
    octo.github.fail_next(1, status=502, path="reactions")
    await areact(octo.client(), event, "rocket")
    assert comment.emoji == ["rocket"]


async def test_a_lock_that_nobody_gives_back_is_not_waited_for_for_ever(
    octo: Octo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "PATIENCE", 0.05)
    async with (
        exclusive.exclusive("https://x", "one") as first,
        exclusive.exclusive("https://x", "one") as second,
    ):
        assert (first, second) == (True, False)
    async with exclusive.exclusive("https://x", "one") as again:
        assert again
        cache.clear()  # it has expired, and somebody else has it
        async with exclusive.exclusive("https://x", "one") as other:
            assert other


async def test_a_lock_lasts_as_long_as_somebody_writes_and_not_much_longer(
    octo: Octo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "HELD_SECONDS", 1)
    monkeypatch.setattr(exclusive, "RENEWED_EVERY", 0.2)
    monkeypatch.setattr(exclusive, "PATIENCE", 2.0)
    async with exclusive.exclusive("https://x", "one") as held:
        async with exclusive.exclusive("https://x", "one") as other:
            assert (held, other) == (True, False)
        (name,) = {task.get_name() for task in asyncio.all_tasks() if "_keep" in repr(task.get_coro())}
        # As if the worker had been killed here.
        for task in asyncio.all_tasks():
            if task.get_name() == name:
                task.cancel()
        monkeypatch.setattr(exclusive, "PATIENCE", 20.0)
        async with exclusive.exclusive("https://x", "one") as other:
            assert other
