"""Runs under a key, in threads that work as workers do: one at a time, the newest wins, the ledger says why."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Any

import pytest

from django_github_app.models import FlowPlace
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import store
from tests.support.flowing import push, runs, sha, status, until, wait_until_final, workers

pytestmark = pytest.mark.django_db(transaction=True)
TEN = 10.0


class Reviews:
    """A handler that takes as long as it is let, and what it came to."""

    def __init__(
        self, gh: GitHubRouter, seconds: float = TEN, *, synchronous: bool = False, **options: Any
    ) -> None:
        self.started: list[str] = []
        self.completed: list[str] = []
        self.cancelled: list[str] = []
        self.running = self.most = 0
        self.go = threading.Event()
        self.seconds = seconds
        self._lock = threading.Lock()
        options = {"key": "{repository.id}:{number}", **options}
        gh.event("pull_request", **options)(self.review_synchronously() if synchronous else self.review())

    def _begin(self, head: str) -> None:
        with self._lock:
            self.started.append(head)
            self.running += 1
            self.most = max(self.most, self.running)

    def _end(self) -> None:
        with self._lock:
            self.running -= 1

    def review(self) -> Any:
        async def review(event: Any) -> None:
            head = event.data["pull_request"]["head"]["sha"]
            self._begin(head)
            try:
                deadline = time.monotonic() + self.seconds
                while not self.go.is_set() and time.monotonic() < deadline:
                    await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                self.cancelled.append(head)
                raise
            else:
                self.completed.append(head)
            finally:
                self._end()

        return review

    def review_synchronously(self) -> Any:
        def review(event: Any, context: Any) -> None:
            head = event.data["pull_request"]["head"]["sha"]
            self._begin(head)
            try:
                deadline = time.monotonic() + self.seconds
                while not self.go.is_set() and time.monotonic() < deadline:
                    context.raise_if_cancelled()
                    time.sleep(0.01)
            except asyncio.CancelledError:
                self.cancelled.append(head)
                raise
            else:
                self.completed.append(head)
            finally:
                self._end()

        return review


@pytest.mark.parametrize("synchronous", [False, True], ids=["async def", "def"])
def test_the_newest_of_nine_pushes_completes_and_the_first_is_cancelled(
    gh: GitHubRouter, worker_type: str, synchronous: bool
) -> None:
    reviews = Reviews(gh, on_newer="cancel", synchronous=synchronous)
    with workers(worker_type):
        rows = [push(1, worker_type)]
        until(lambda: reviews.started == [sha(1)])
        rows += [push(n, worker_type) for n in range(2, 10)]
        until(lambda: reviews.started[-1] == sha(9))
        reviews.go.set()
        wait_until_final(rows)
    assert reviews.completed == [sha(9)]
    assert reviews.cancelled[0] == sha(1)
    assert reviews.most == 1
    assert [one for one, _ in runs(*rows)] == ["superseded"] * 8 + ["succeeded"]
    assert runs(rows[0])[0][1] in {f"superseded by event {row.pk}" for row in rows[1:]}
    assert not FlowPlace.objects.exists()


def test_in_any_order_the_head_of_the_pull_request_completes(gh: GitHubRouter, worker_type: str) -> None:
    reviews = Reviews(gh, on_newer="cancel")
    order = random.Random(7).sample(range(1, 10), 9)
    with workers(worker_type):
        rows = [push(n, worker_type) for n in order]
        until(lambda: len([one for one, _ in runs(*rows) if one == "superseded"]) == 8)
        until(lambda: reviews.started[-1:] == [sha(9)])
        reviews.go.set()
        wait_until_final(rows)
    assert (reviews.completed, reviews.most) == ([sha(9)], 1)


def test_an_older_delivery_that_comes_late_is_superseded_and_its_handler_not_called(
    gh: GitHubRouter, worker_type: str
) -> None:
    reviews = Reviews(gh, 0, on_newer="drop_queued")
    with workers(worker_type):
        newer = push(2, worker_type)
        wait_until_final([newer])
        late = push(1, worker_type)
        wait_until_final([late])
    assert reviews.started == [sha(2)]
    assert runs(late) == [("superseded", f"superseded by event {newer.pk}")]
    assert status(late) == "done"


def test_what_the_app_itself_caused_cancels_nothing(
    gh: GitHubRouter, worker_type: str, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "NAME": "Octo Bot"}
    reviews = Reviews(gh, on_newer="cancel")
    with workers(worker_type):
        first = push(1, worker_type)
        until(lambda: reviews.started == [sha(1)])
        own = push(2, worker_type, action="edited", sender={"login": "octo-bot[bot]", "type": "Bot"})
        until(lambda: runs(own) != [])
        assert runs(own)[0][0] == "retrying"
        reviews.go.set()
        wait_until_final([first, own])
    assert reviews.completed == [sha(1), sha(2)]
    assert (reviews.cancelled, reviews.most) == ([], 1)


def test_in_a_queue_all_run_one_after_the_other_in_the_order_of_receipt(
    gh: GitHubRouter, worker_type: str
) -> None:
    reviews = Reviews(gh, 0.02, limit=1)
    with workers(worker_type):
        rows = [push(n, worker_type) for n in range(1, 7)]
        wait_until_final(rows)
    assert reviews.completed == [sha(n) for n in range(1, 7)]
    assert reviews.most == 1


def test_a_limit_counts_for_one_key_across_events(gh: GitHubRouter, worker_type: str) -> None:
    running: list[int] = []
    most: list[int] = []

    @gh.event(["issues", "pull_request"], key="repository.id", limit=2)
    async def build() -> None:
        running.append(1)
        most.append(len(running))
        deadline = time.monotonic() + 5
        while max(most) < 2 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # in which a third one might begin
        running.pop()

    with workers(worker_type):
        rows = [store("issues", "opened", number=n, worker_type=worker_type) for n in range(1, 4)]  # type: ignore[arg-type]
        rows += [store("pull_request", "opened", number=n, worker_type=worker_type) for n in range(4, 7)]  # type: ignore[arg-type]
        wait_until_final(rows)
    assert max(most) == 2
    assert [one for one, _ in runs(*rows)] == ["succeeded"] * 6


def test_an_event_that_the_handler_is_not_for_cancels_nothing(gh: GitHubRouter, worker_type: str) -> None:
    reviews = Reviews(gh, on_newer="cancel", action="synchronize")
    with workers(worker_type):
        first = push(1, worker_type)
        until(lambda: reviews.started == [sha(1)])
        labelled = push(2, worker_type, action="labeled")
        wait_until_final([labelled])
        reviews.go.set()
        wait_until_final([first])
    assert reviews.completed == [sha(1)]


def test_handlers_without_a_key_run_in_their_lane_while_one_with_a_key_runs(
    gh: GitHubRouter, worker_type: str
) -> None:
    reviews = Reviews(gh, on_newer="cancel", action="synchronize")
    seen: list[str] = []

    @gh.event("pull_request")
    async def note(event: Any) -> None:
        seen.append(event.data["action"])

    with workers(worker_type):
        first = push(1, worker_type)
        until(lambda: reviews.started == [sha(1)])
        assert seen == ["synchronize"]
        labelled = push(2, worker_type, action="labeled")
        wait_until_final([labelled])
        reviews.go.set()
        wait_until_final([first])
    assert seen == ["synchronize", "labeled"]


def test_a_failure_gives_the_turn_to_the_next_and_is_tried_again_in_its_turn(
    gh: GitHubRouter, worker_type: str, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETRY_BACKOFF": 0.3}
    tried: list[str] = []

    @gh.event("pull_request", limit=1)
    async def build(event: Any) -> None:
        tried.append(event.data["pull_request"]["head"]["sha"])
        if len(tried) == 1:
            raise RuntimeError("once")

    with workers(worker_type):
        rows = [push(1, worker_type), push(2, worker_type)]
        wait_until_final(rows)
    assert tried == [sha(1), sha(2), sha(1)]
    assert [one for one, _ in runs(*rows)] == ["succeeded", "succeeded"]
    assert not FlowPlace.objects.exists()


def test_debounce_runs_once_with_the_last_and_the_ledger_explains_the_others(
    gh: GitHubRouter, worker_type: str
) -> None:
    seen: list[int] = []

    @gh.event("pull_request", action="labeled", debounce=0.5)
    async def label(event: Any) -> None:
        seen.append(event.data["count"])

    with workers(worker_type):
        rows = [push(1, worker_type, action="labeled", count=n) for n in range(40)]
        wait_until_final(rows)
    assert seen == [39]
    assert [one for one, _ in runs(*rows)] == ["superseded"] * 39 + ["succeeded"]
    later = {f"superseded by event {row.pk}" for row in rows}
    assert {why for _, why in runs(*rows[:-1])} <= later


def test_a_rate_lets_as_many_begin_and_then_the_last_one(gh: GitHubRouter, worker_type: str) -> None:
    seen: list[tuple[float, int]] = []

    @gh.event("pull_request", rate="2/1s")
    async def label(event: Any) -> None:
        seen.append((time.monotonic(), event.data["count"]))

    with workers(worker_type):
        rows = []
        for n in range(2):
            rows.append(push(1, worker_type, count=n))
            wait_until_final(rows)
        rows += [push(1, worker_type, count=n) for n in range(2, 6)]
        wait_until_final(rows)
    assert [count for _, count in seen] == [0, 1, 5]
    assert seen[2][0] - seen[0][0] >= 0.9
