"""Cancellation reaches the callback, wherever it runs; what it does afterwards does not count."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from django_github_app.execution import batches, leases, limited, stopping
from django_github_app.github import current
from django_github_app.maintenance import cancelling
from django_github_app.models import EventLog, EventStatus, FlowPlace, HandlerRun
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims
from django_github_app.testing.deliver import store
from tests.support.claims import run_of
from tests.support.flowing import push, runs, sha, status, until, wait_until_final, workers

pytestmark = pytest.mark.django_db(transaction=True)
BY_OCTOCAT = ("cancelled", "cancelled by octocat")


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "WATCH_EACH", 0.1)


class Story:
    """What a callback went through."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.told: list[str] = []
        self.ended = threading.Event()


def cancel_when_begun(story: Story, row: EventLog) -> None:
    assert story.began.wait(10)
    assert list(cancelling.cancel([row.pk], "octocat").events) == [row.pk]


def test_a_coroutine_is_cancelled_at_its_next_await_and_may_tidy_up(
    gh: GitHubRouter, worker_type: Any
) -> None:
    story = Story()

    @gh.event("push")
    async def build() -> None:
        story.began.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            story.told.append("tidied up")
            raise

    row = store("push", worker_type=worker_type)
    with workers(worker_type, 1):
        cancel_when_begun(story, row)
        wait_until_final([row])
    assert story.told == ["tidied up"]
    assert set(runs(row)) == {BY_OCTOCAT}
    assert status(row) == "done"


def test_a_coroutine_that_tidies_up_for_too_long_is_cancelled_again(
    gh: GitHubRouter, worker_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "TIDY_UP", 0.2)
    story = Story()

    @gh.event("push")
    async def build() -> None:
        story.began.set()
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(30)

    row = store("push", worker_type=worker_type)
    with workers(worker_type, 1):
        cancel_when_begun(story, row)
        began = time.monotonic()
        wait_until_final([row])
    assert time.monotonic() - began < 10


def test_a_function_gets_it_where_it_asks(gh: GitHubRouter, worker_type: Any) -> None:
    story = Story()

    @gh.event("push")
    def build(context: Any) -> None:
        story.began.set()
        deadline = time.monotonic() + 10
        try:
            while time.monotonic() < deadline:
                context.raise_if_cancelled()
                time.sleep(0.01)
        except asyncio.CancelledError as error:
            story.told.append(str(error))
            raise

    row = store("push", worker_type=worker_type)
    with workers(worker_type, 1):
        cancel_when_begun(story, row)
        wait_until_final([row])
    assert story.told == ["cancelled by octocat"]
    assert set(runs(row)) == {BY_OCTOCAT}


def test_a_function_gets_it_at_its_next_call_of_the_api_and_no_exception_handler_takes_it(
    gh: GitHubRouter, worker_type: Any
) -> None:
    story, heard = Story(), threading.Event()

    @gh.event("push")
    def build(event: Any, gh: Any) -> None:
        story.began.set()
        heard.wait(10)
        try:
            gh.getitem("/zen")
        except Exception:  # as handlers do
            story.told.append("swallowed")
        story.told.append("went on")

    row = store("push", worker_type=worker_type)
    with workers(worker_type, 1):
        cancel_when_begun(story, row)
        time.sleep(3)  # until it is known here
        heard.set()
        wait_until_final([row])
    assert story.told == []
    assert set(runs(row)) == {BY_OCTOCAT}


def test_a_function_that_says_so_is_interrupted_wherever_it_is(gh: GitHubRouter, worker_type: Any) -> None:
    started: list[str] = []

    @gh.event("pull_request", on_newer="cancel", interrupt=True)
    def build(event: Any) -> None:
        head = event.data["pull_request"]["head"]["sha"]
        started.append(head)
        deadline = time.monotonic() + (10 if head == sha(1) else 0)
        while time.monotonic() < deadline:
            time.sleep(0.01)

    with workers(worker_type):
        rows = [push(1, worker_type)]
        until(lambda: started == [sha(1)])
        rows.append(push(2, worker_type))
        began = time.monotonic()
        wait_until_final(rows)
    assert time.monotonic() - began < 8
    assert [one for one, _ in runs(*rows)] == ["superseded", "succeeded"]


def test_what_waits_is_over_at_once_and_never_called(gh: GitHubRouter, worker_type: Any) -> None:
    called: list[int] = []

    @gh.event("push")
    def build() -> None:
        called.append(1)

    row = store("push", worker_type=worker_type)
    assert list(cancelling.cancel([row.pk], "octocat").events) == [row.pk]
    assert status(row) == "done"
    batches.process([row.pk], worker_type)
    assert (called, runs(row)) == ([], [BY_OCTOCAT])
    assert list(cancelling.cancel([row.pk], "octocat").events) == []


def test_callbacks_that_have_not_begun_are_not_called(gh: GitHubRouter, worker_type: Any) -> None:
    story = Story()

    @gh.event("push")
    async def build() -> None:
        story.began.set()
        await asyncio.sleep(10)

    @gh.event("push")
    async def publish() -> None:
        story.told.append("published")

    row = store("push", worker_type=worker_type)
    with workers(worker_type, 1):
        cancel_when_begun(story, row)
        wait_until_final([row])
    assert story.told == []


def test_a_worker_that_stood_still_finishes_no_cancelled_event(gh: GitHubRouter) -> None:
    row = store("push")
    (claimed,) = claims.claim([row.pk], lease=60)
    cancelling.cancel([row.pk], "octocat")
    outcome = claims.EventOutcome(row.pk, claimed.attempt, EventStatus.DONE)
    claims.finish([outcome], [run_of(row.pk, handler="app.build")])
    assert runs(row) == [BY_OCTOCAT]
    assert status(row) == "done"


def test_after_its_worker_is_gone_a_cancelled_event_comes_again_and_calls_nothing(
    gh: GitHubRouter, worker_type: Any
) -> None:
    called: list[int] = []

    @gh.event("push")
    def build() -> None:
        called.append(1)

    row = store("push", worker_type=worker_type)
    claims.claim([row.pk], lease=-1)
    cancelling.cancel([row.pk], "octocat")
    claims.take_back(limit=10, max_lost=3)
    batches.process_alone([row.pk], worker_type)
    assert (called, status(row), runs(row)) == ([], "done", [BY_OCTOCAT])


def test_a_zombie_under_a_key_neither_finishes_nor_writes(
    gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker was not told: it stood still, or cannot reach anybody but GitHub."""
    story, heard = Story(), threading.Event()
    # Nobody tells it, until it is about to write.
    monkeypatch.setattr(leases, "WATCH_EACH", 60.0)

    @gh.event("issues", on_newer="cancel")
    def triage(event: Any, context: Any) -> None:
        story.began.set()
        heard.wait(10)
        try:
            context.reply("Done.")
            story.told.append("replied")
        finally:
            story.ended.set()

    row = store("issues", "opened", worker_type="async")
    with workers("async", 1):
        assert story.began.wait(10)
        (place,) = FlowPlace.objects.all()
        HandlerRun.objects.create(
            event=row, kind="event", handler=place.handler, position=0, status=14, started_at=row.received_at,
            error="cancelled by octocat",
        )  # fmt: skip
        heard.set()
        assert story.ended.wait(10)
        wait_until_final([row])
    assert story.told == []
    assert runs(row) == [BY_OCTOCAT]


def test_a_subject_is_cancelled_with_all_that_runs_and_waits_for_it(
    gh: GitHubRouter, worker_type: Any
) -> None:
    story = Story()

    @gh.event("pull_request", limit=1)
    async def build() -> None:
        story.began.set()
        await asyncio.sleep(10)

    with workers(worker_type):
        rows = [push(n, worker_type) for n in range(1, 4)]
        assert story.began.wait(10)
        until(lambda: FlowPlace.objects.count() == 3)
        row = EventLog.objects.get(pk=rows[0].pk)
        assert row.number is not None
        assert cancelling.cancel_subject(row.repository or "", row.number, "@octocat").runs == 3
        wait_until_final(rows)
    assert runs(*rows) == [("cancelled", "cancelled by @octocat")] * 3
    assert not FlowPlace.objects.exists()


def test_the_current_run_knows_that_it_is_to_stop_and_lets_it_tidy_up() -> None:
    run = current.CurrentCall("app.build")
    token = current.current_call.set(run)
    try:
        current.raise_if_cancelled()
        current.look_before_a_call()
        run.stop("cancelled by octocat")
        with pytest.raises(asyncio.CancelledError):
            current.look_before_a_call()
        current.look_before_a_call()  # it tidies up
        with pytest.raises(asyncio.CancelledError):
            current.raise_if_cancelled()
        run.told_at = time.monotonic() - current.TIDY_UP - 1
        with pytest.raises(asyncio.CancelledError):
            current.look_before_a_call()
    finally:
        current.current_call.reset(token)
    assert limited.LEAST_GRACE == current.TIDY_UP
