"""From a stored event to its outcome: matching, calling, failing, retrying, recording."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone
from gidgethub import BadRequest
from gidgethub import RateLimitExceeded as GidgetHubRateLimit
from gidgethub.sansio import RateLimit

from django_github_app.errors import PermanentError, RateLimited, RetryLater, UserError
from django_github_app.execution import batches, running
from django_github_app.execution import event as event_runs
from django_github_app.execution.recorder import Take
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI, current_delivery
from django_github_app.maintenance import publishing
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.routing.decorators import loading
from django_github_app.sql import claims
from django_github_app.testing.deliver import deliver, process, store

pytestmark = pytest.mark.django_db
WORKER_TYPES = ["sync", "async"]


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        yield


@pytest.fixture
def gh() -> GitHubRouter:
    return GitHubRouter()


@pytest.fixture(params=WORKER_TYPES)
def worker_type(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make_due(row: EventLog) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at=past)
    HandlerRun.objects.filter(event=row).update(next_attempt_at=past)


def statuses(row: EventLog) -> dict[str, tuple[str, int]]:
    return {
        run.handler.rsplit(".", 1)[-1]: (RunStatus(run.status).label, run.attempts)
        for run in row.runs.order_by("id")
    }


def test_a_matching_callback_is_called_with_the_event_and_a_client(
    gh: GitHubRouter, worker_type: Any
) -> None:
    seen: list[Any] = []

    @gh.event("issues", action="opened")
    def synchronous(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
        seen.append((event.event, event.data["action"], event.delivery_id, type(gh), current_delivery.get()))

    @gh.event("issues", action="opened")
    async def asynchronous(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
        seen.append((event.event, event.data["action"], event.delivery_id, type(gh), current_delivery.get()))

    row = deliver("issues", worker_type=worker_type)
    expected = ("issues", "opened", row.delivery)
    assert seen == [
        (*expected, SyncGitHubAPI, row.delivery),
        (*expected, AsyncGitHubAPI, row.delivery),
    ]
    assert row.status == EventStatus.DONE
    assert row.finished_at is not None
    assert statuses(row) == {"synchronous": ("succeeded", 1), "asynchronous": ("succeeded", 1)}
    assert all(run.duration_ms is not None and run.duration_ms >= 0 for run in row.runs.all())
    assert current_delivery.get() is None


def test_an_event_that_nothing_matches_is_ignored(gh: GitHubRouter) -> None:
    @gh.event("issues", action="closed")
    def other(event: Any) -> None: ...

    row = deliver("issues")
    assert row.status == EventStatus.IGNORED
    assert not row.runs.exists()


def test_events_of_a_worker_type_that_the_project_has_no_handler_for_are_named(
    gh: GitHubRouter, caplog: pytest.LogCaptureFixture
) -> None:
    token = loading.set("async")  # as in a module of handlers for that type

    @gh.event("issues")
    async def welcome(event: Any, gh: Any) -> None: ...

    loading.reset(token)
    batches._say_if_for_nobody.cache_clear()
    # What a command that shows all handlers does, and a worker for the schedules: no delivery has come.
    GitHubRouter.ensure_sync_handlers_loaded()
    GitHubRouter.ensure_async_handlers_loaded()
    deliver("issues", "opened", worker_type="async")
    assert "no handler of the project" not in caplog.text
    for _ in range(2):
        deliver("issues", "opened", worker_type="sync")
    said = [record for record in caplog.records if "no handler of the project" in record.message]
    assert [record.worker_type for record in said] == ["sync"]  # type: ignore[attr-defined]


def test_an_unmatched_event_is_deleted_when_not_all_events_are_logged(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "LOG_ALL_EVENTS": False}
    row = store("push")
    batches.process([row.pk], "async")
    assert not EventLog.objects.filter(pk=row.pk).exists()


def test_callbacks_run_in_the_order_they_were_registered(gh: GitHubRouter, worker_type: Any) -> None:
    order: list[int] = []
    other = GitHubRouter()
    for number, router in enumerate([gh, other, gh, other]):

        def handler(event: Any, number: int = number) -> None:
            order.append(number)

        handler.__qualname__ = f"handler_{number}"
        router.event("push")(handler)
    deliver("push", worker_type=worker_type)
    assert order == [0, 1, 2, 3]


def test_one_failure_does_not_stop_its_siblings_and_only_it_is_retried(
    gh: GitHubRouter, worker_type: Any, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    @gh.event("issues")
    def first(event: Any) -> None:
        calls.append("first")

    @gh.event("issues")
    async def failing(event: Any) -> None:
        calls.append("failing")
        if calls.count("failing") < 3:
            raise ValueError(f"try {calls.count('failing')} with ghs_{'x' * 40}")

    @gh.event("issues")
    def last(event: Any) -> None:
        calls.append("last")

    row = deliver("issues", worker_type=worker_type)
    assert row.status == EventStatus.RETRYING
    assert row.next_attempt_at is not None
    assert dt.timedelta(seconds=6) < row.next_attempt_at - timezone.now() < dt.timedelta(seconds=13)
    assert statuses(row)["failing"] == ("retrying", 1)
    run = row.runs.get(status=RunStatus.RETRYING)
    assert run.error == "ValueError: try 1 with [secret]"
    assert "raise ValueError" in (run.traceback or "")
    assert "ghs_x" not in (run.traceback or "") + caplog.text

    process(row)  # not due: nothing happens
    assert calls == ["first", "failing", "last"]
    make_due(row)
    process(row)
    assert statuses(row)["failing"] == ("retrying", 2)
    make_due(row)
    process(row)
    assert row.status == EventStatus.DONE
    assert calls == ["first", "failing", "last", "failing", "failing"]
    assert statuses(row) == {
        "first": ("succeeded", 1),
        "failing": ("succeeded", 3),
        "last": ("succeeded", 1),
    }


def test_an_event_is_dead_when_the_attempts_are_used_up(gh: GitHubRouter, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_ATTEMPTS": 2}

    @gh.event("issues")
    def failing(event: Any) -> None:
        raise ValueError

    row = deliver("issues")
    make_due(row)
    process(row)
    assert row.status == EventStatus.DEAD
    assert statuses(row) == {"failing": ("dead", 2)}


def bad_request(status: int) -> BadRequest:
    from http import HTTPStatus

    return BadRequest(HTTPStatus(status))


def until_in_two_hours() -> GidgetHubRateLimit:
    reset = timezone.now().timestamp() + 7200
    return GidgetHubRateLimit(RateLimit(limit=1, remaining=0, reset_epoch=reset))


@pytest.mark.parametrize(
    ("error", "event_status", "run"),
    [
        (PermanentError("no"), EventStatus.DEAD, ("dead", 1)),
        (bad_request(422), EventStatus.DEAD, ("dead", 1)),
        (bad_request(404), EventStatus.RETRYING, ("retrying", 1)),  # of an event this young
        (bad_request(410), EventStatus.DEAD, ("dead", 1)),
        (bad_request(429), EventStatus.RETRYING, ("retrying", 1)),
        (bad_request(401), EventStatus.RETRYING, ("retrying", 1)),
        # Made in the test, which may come minutes later: they name a time of day.
        (lambda: RetryLater(seconds=7200), EventStatus.RETRYING, ("retrying", 0)),
        (lambda: RateLimited(seconds=7200), EventStatus.RETRYING, ("retrying", 0)),
        (until_in_two_hours, EventStatus.RETRYING, ("retrying", 0)),
        (MemoryError(), EventStatus.RETRYING, ("retrying", 1)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_decides_what_follows(
    gh: GitHubRouter,
    error: Exception | Callable[[], Exception],
    event_status: EventStatus,
    run: tuple[str, int],
) -> None:
    @gh.event("issues")
    def failing(event: Any) -> None:
        raise error if isinstance(error, Exception) else error()

    row = deliver("issues", worker_type="sync")
    assert row.status == event_status
    assert statuses(row) == {"failing": run}
    if run[1] == 0:
        assert row.next_attempt_at is not None
        assert dt.timedelta(hours=1.9) < row.next_attempt_at - timezone.now() < dt.timedelta(hours=2.1)


def test_waiting_for_a_rate_limit_uses_up_no_attempt(gh: GitHubRouter, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "MAX_ATTEMPTS": 1}
    calls: list[int] = []

    @gh.event("issues")
    def limited(event: Any) -> None:
        calls.append(1)
        if len(calls) < 4:
            raise RateLimited(seconds=1)

    row = deliver("issues")
    for _ in range(3):
        make_due(row)
        process(row)
    assert row.status == EventStatus.DONE
    assert len(calls) == 4


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_callback_that_takes_too_long_is_stopped_and_retried(
    gh: GitHubRouter, settings: Any, asynchronous: bool
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLER_TIMEOUT": 0.1}

    if asynchronous:

        @gh.event("issues")
        async def aslow(event: Any) -> None:
            await asyncio.sleep(30)
    else:

        @gh.event("issues")
        def slow(event: Any) -> None:
            threading.Event().wait(30)

    row = deliver("issues", worker_type="sync")
    assert row.status == EventStatus.RETRYING
    assert str(row.runs.get().error).startswith("HandlerTimeout")


def test_a_callback_that_uses_the_alarm_itself_gets_its_own_back(gh: GitHubRouter) -> None:
    rung: list[int] = []
    own = lambda *_: rung.append(1)  # noqa: E731
    before = signal.signal(signal.SIGALRM, own)
    its_timer = signal.setitimer(signal.ITIMER_REAL, 100, 50)
    try:
        gh.add(lambda event: None, "issues")
        assert deliver("issues", worker_type="sync").status == EventStatus.DONE
        assert signal.getsignal(signal.SIGALRM) is own
        assert signal.setitimer(signal.ITIMER_REAL, *its_timer) == pytest.approx((100, 50), abs=30)
        signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert rung == [1]


def test_a_callback_within_another_leaves_it_its_time_limit(gh: GitHubRouter, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLER_TIMEOUT": 0.3}

    @gh.event("push")
    def quick(event: Any) -> None:
        pass

    @gh.event("issues")
    def outer(event: Any) -> None:
        assert deliver("push", worker_type="sync").status == EventStatus.DONE
        threading.Event().wait(30)

    row = deliver("issues", worker_type="sync")
    assert row.status == EventStatus.RETRYING
    assert str(row.runs.get().error).startswith("HandlerTimeout")


def test_a_callback_within_another_ends_no_later_than_it(gh: GitHubRouter, settings: Any) -> None:
    stopped: list[str] = []

    @gh.event("push")
    def slow(event: Any) -> None:
        try:
            threading.Event().wait(30)
        except BaseException as error:
            stopped.append(type(error).__name__)
            raise

    @gh.event("issues")
    def outer(event: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLER_TIMEOUT": 60}
        deliver("push", worker_type="sync")

    # Long enough for what the inner delivery asks of the database: a limit inside a query of its only connection
    # would spoil it for what follows. Whether it comes to write down what stopped it is not sure: the time of the
    # outer one is over as well.
    settings.GITHUB_APP = {**settings.GITHUB_APP, "HANDLER_TIMEOUT": 5}
    began = time.monotonic()
    deliver("issues", worker_type="sync")
    assert time.monotonic() - began < 25
    assert stopped == ["HandlerTimeout"]


def test_an_alarm_between_two_callbacks_stops_nothing(gh: GitHubRouter) -> None:
    gh.add(lambda event: None, "issues")
    before = signal.signal(signal.SIGALRM, signal.SIG_DFL)
    try:
        assert deliver("issues", worker_type="sync").status == EventStatus.DONE
        signal.raise_signal(signal.SIGALRM)
        assert deliver("issues", number=2, worker_type="sync").status == EventStatus.DONE
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_callback_gets_what_it_names(gh: GitHubRouter, worker_type: Any) -> None:
    got: dict[str, Any] = {}

    @gh.event("issues")
    def nothing() -> None:
        got["nothing"] = True

    @gh.event("issues")
    def only_client(gh: Any) -> None:
        got["only_client"] = gh

    @gh.event("issues")
    def own_names(evt: Any, api: Any) -> None:
        got["own_names"] = (evt.event, api)

    @gh.event("issues")
    def everything(*args: Any, **kwargs: Any) -> None:
        got["everything"] = len(args)

    assert deliver("issues", worker_type=worker_type).status == EventStatus.DONE
    assert got["nothing"] is True
    assert isinstance(got["only_client"], SyncGitHubAPI)
    assert got["own_names"][0] == "issues"
    assert got["everything"] == 2


def test_a_mention_is_one_call_each_with_its_context(gh: GitHubRouter, worker_type: Any) -> None:
    seen: list[tuple[str, int]] = []

    @gh.mention(username="test-app")
    async def mentioned(event: Any, gh: Any, *args: Any, context: Any, **kwargs: Any) -> None:
        seen.append((context.mention.username, context.mention.line_info.lineno))

    text = "hello @test-app\n\n`@test-app`\n\nand @test-app again, @someone-else"
    row = deliver("issue_comment", comment=text, worker_type=worker_type)
    assert seen == [("test-app", 1), ("test-app", 5)]
    assert row.runs.filter(kind="mention").count() == 2
    assert row.status == EventStatus.DONE


def test_a_mistake_of_the_person_is_not_retried(gh: GitHubRouter) -> None:
    @gh.event("push")
    def refusing(event: Any) -> None:
        raise UserError("no such branch")

    row = deliver("push")
    assert row.status == EventStatus.DONE
    assert statuses(row) == {"refusing": ("rejected", 1)}


def test_a_payload_that_cannot_be_read_makes_a_dead_event(gh: GitHubRouter) -> None:
    row = store("issues")
    EventLog.objects.filter(pk=row.pk).update(body=b"not a zstd frame")
    process(row)
    assert row.status == EventStatus.DEAD
    assert statuses(row) == {"payload": ("dead", 1)}


def test_the_database_is_at_hand_in_asynchronous_callbacks(gh: GitHubRouter) -> None:
    counted: list[int] = []

    @gh.event("issues")
    async def counts(event: Any) -> None:
        counted.append(await EventLog.objects.acount())

    deliver("issues")
    assert counted == [1]


def test_events_of_a_lane_follow_each_other_without_a_message_each(
    gh: GitHubRouter, worker_type: Any
) -> None:
    seen: list[str] = []

    @gh.event("issues")
    def titles(event: Any) -> None:
        seen.append(event.data["issue"]["title"])

    rows = [store("issues", number=5, title=f"t{n}", worker_type=worker_type) for n in range(5)]
    batches.process([rows[0].pk], worker_type)
    assert seen == [f"t{n}" for n in range(5)]
    assert {EventLog.objects.get(pk=row.pk).status for row in rows} == {EventStatus.DONE}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("sqlite" in str(connection.vendor), reason="an in-memory SQLite belongs to one thread")
class TestOnItsOwnThreads:
    """The same outside a transaction, where the ledger has a thread and a connection of its own."""

    @pytest.fixture(autouse=True)
    def _closed(self) -> Iterator[None]:
        yield
        batches.close()

    def test_a_batch_is_processed(self, gh: GitHubRouter, worker_type: Any) -> None:
        seen: list[int] = []

        @gh.event("issues")
        async def handler(event: Any) -> None:
            seen.append(event.data["issue"]["number"])

        @gh.event("issues")
        def failing(event: Any) -> None:
            if event.data["issue"]["number"] % 5 == 0:
                raise ValueError

        rows = [store("issues", number=n, worker_type=worker_type) for n in range(1, 31)]
        batches.process([row.pk for row in rows], worker_type)
        assert sorted(seen) == list(range(1, 31))
        assert EventLog.objects.filter(status=EventStatus.DONE).count() == 24
        assert EventLog.objects.filter(status=EventStatus.RETRYING).count() == 6
        assert HandlerRun.objects.filter(status=RunStatus.SUCCEEDED).count() == 54

    def test_events_of_a_batch_begin_a_few_at_a_time(self, gh: GitHubRouter) -> None:
        batches.close()  # what was slow before this test would make the batch smaller
        begun: list[int] = []
        turns = [0]

        async def watch() -> None:
            while len(begun) < 90:
                turns.append(len(begun))
                await asyncio.sleep(0)

        @gh.event("push")
        async def handler(event: Any) -> None:
            if not begun:
                watching.append(asyncio.create_task(watch()))
            begun.append(1)
            await asyncio.sleep(0.5)

        watching: list[asyncio.Task[None]] = []
        rows = [store("push", worker_type="async") for _ in range(90)]
        batches.process([row.pk for row in rows], "async")
        assert len(begun) == 90
        most = max(later - earlier for earlier, later in pairwise(turns))
        assert most <= 4 * running.STARTED_AT_ONCE

    def test_outcomes_of_a_batch_are_recorded_together_and_the_last_one_at_once(
        self, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django_github_app.execution.recorder.PATIENCE", 10.0)
        together: list[int] = []
        finish = claims.finish

        def counted(outcomes: Any, runs: Any = ()) -> Any:
            together.append(len(outcomes))
            return finish(outcomes, runs)

        monkeypatch.setattr("django_github_app.sql.claims.finish", counted)
        gh.add(lambda event: None, "push")
        batches.close()
        batches._process.take()  # the next ledger has another patience
        began = time.monotonic()
        for count in (1, 5):
            rows = [store("push", worker_type="sync") for _ in range(count)]
            batches.process([row.pk for row in rows], "sync")
        batches.close()
        assert together == [1, 5]
        assert time.monotonic() - began < 5

    def test_asynchronous_callbacks_of_a_batch_wait_together(self, gh: GitHubRouter) -> None:
        running = 0
        most = 0

        @gh.event("push")
        async def waits(event: Any) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.05)
            running -= 1

        rows = [store("push") for _ in range(40)]
        batches.process([row.pk for row in rows], "async")
        assert most == 40

    def test_a_lane_runs_in_order_and_one_at_a_time(self, gh: GitHubRouter, worker_type: Any) -> None:
        log: list[tuple[str, str]] = []

        @gh.event("issues")
        async def handler(event: Any) -> None:
            log.append(("start", event.data["issue"]["title"]))
            await asyncio.sleep(0.005)
            log.append(("end", event.data["issue"]["title"]))

        rows = [store("issues", number=9, title=f"{n:02}", worker_type=worker_type) for n in range(12)]
        batches.process([row.pk for row in rows], worker_type)
        assert log == [(what, f"{n:02}") for n in range(12) for what in ("start", "end")]

    def test_events_behind_a_slow_callback_are_handed_back(
        self, gh: GitHubRouter, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "SLOW_AFTER": 0.1}
        published: list[tuple[str, int]] = []
        handed_back = threading.Event()

        def publish(wanted: Any, most: int | None = None) -> None:
            assert most == 1
            published.extend(wanted)
            handed_back.set()

        monkeypatch.setattr("django_github_app.maintenance.publishing.publish", publish)

        @gh.event("push")
        def slow(event: Any) -> None:
            assert handed_back.wait(10)

        rows = [store("push", worker_type="sync") for _ in range(4)]
        batches.process([row.pk for row in rows], "sync")
        assert published == [("sync", row.pk) for row in rows[1:]]
        assert EventLog.objects.get(pk=rows[0].pk).status == EventStatus.DONE
        assert {EventLog.objects.get(pk=row.pk).status for row in rows[1:]} == {EventStatus.PENDING}

    def test_a_batch_that_takes_long_altogether_is_shared_in_messages_of_what_was_done(
        self, gh: GitHubRouter, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "SLOW_AFTER": 0.2}
        handed_back = threading.Event()
        messages: list[tuple[list[Any], int | None]] = []
        calls: list[int] = []

        def publish(wanted: Any, most: int | None = None) -> None:
            messages.append((list(wanted), most))
            handed_back.set()

        monkeypatch.setattr("django_github_app.maintenance.publishing.publish", publish)

        @gh.event("push")
        def brief(event: Any) -> None:
            calls.append(1)
            if len(calls) > 3:
                assert handed_back.wait(10)

        rows = [store("push", worker_type="sync") for _ in range(12)]
        batches.process([row.pk for row in rows], "sync")
        ((wanted, most),) = messages
        assert wanted == [("sync", row.pk) for row in rows[4:]]
        assert most == 3
        statuses = [EventLog.objects.get(pk=row.pk).status for row in rows]
        assert statuses == [EventStatus.DONE] * 4 + [EventStatus.PENDING] * 8

    def test_a_message_wakes_and_whatever_is_pending_of_the_type_runs(
        self, gh: GitHubRouter, worker_type: Any
    ) -> None:
        gh.add(lambda event: None, "push")
        rows = [store("push", worker_type=worker_type) for _ in range(3)]
        other = store("push", worker_type="async" if worker_type == "sync" else "sync")
        batches.process([rows[1].pk], worker_type)
        assert {EventLog.objects.get(pk=row.pk).status for row in rows} == {EventStatus.DONE}
        assert EventLog.objects.get(pk=other.pk).status == EventStatus.PENDING

    def test_a_worker_that_leaves_events_behind_wakes_another_before_it_runs_any_and_goes_on(
        self, gh: GitHubRouter, worker_type: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "BATCH_SIZE": 2}
        log: list[str] = []
        monkeypatch.setattr(publishing, "wake", lambda kind: log.append(f"wake {kind}"))
        gh.add(lambda event: log.append("run"), "push")
        rows = [store("push", worker_type=worker_type) for _ in range(5)]
        batches.process([], worker_type)
        assert log == [f"wake {worker_type}", *["run"] * 5]
        assert {EventLog.objects.get(pk=row.pk).status for row in rows} == {EventStatus.DONE}

    def test_what_took_a_worker_down_runs_apart_from_all_others(self, gh: GitHubRouter) -> None:
        rows = [store("push", worker_type="sync") for _ in range(3)]
        EventLog.objects.filter(pk=rows[1].pk).update(lost_leases=1)
        seen: list[list[int]] = []

        @gh.event("push")
        def handler(event: Any) -> None:
            running = EventLog.objects.filter(status=EventStatus.PROCESSING)
            seen.append(sorted(running.values_list("pk", flat=True)))

        batches.process([], "sync")
        assert EventLog.objects.get(pk=rows[1].pk).status == EventStatus.PENDING
        other = store("push", worker_type="sync")
        seen.clear()
        batches.process_alone([rows[1].pk], "sync")
        assert seen == [[rows[1].pk], [other.pk]]

    def test_the_next_of_a_lane_that_another_worker_type_runs_goes_before_that_types_backlog(
        self, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        published: list[tuple[str, int]] = []
        monkeypatch.setattr(publishing, "publish", lambda refs, most=None: published.extend(refs))
        gh.add(lambda event: None, "issues")
        backlog = [store("issues", number=n, worker_type="async") for n in range(100, 103)]
        store("issues", number=9, worker_type="sync")
        following = store("issues", number=9, worker_type="async")
        batches.process([], "sync")
        assert published == [("async", following.pk)]
        assert EventLog.objects.get(pk=following.pk).priority
        # It looks for such only now and then, and a test before this one may just have let it.
        batches._recorder()._hurried_at.clear()
        first = batches._recorder().submit(Take("async", limit=1)).claimed
        assert [one.id for one in first] == [
            backlog[0].pk
        ]  # a look that is full notes that one is in a hurry
        second = batches._recorder().submit(Take("async", limit=1)).claimed
        assert [one.id for one in second] == [following.pk]

    def test_leases_are_renewed_while_a_callback_runs(self, gh: GitHubRouter, settings: Any) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "LEASE_SECONDS": 0.6}
        taken: list[int] = []

        @gh.event("push")
        def slow(event: Any) -> None:
            from django_github_app.sql import claims

            for _ in range(14):
                threading.Event().wait(0.1)
                taken.extend(pk for pk, _, _ in claims.take_back(limit=10, max_lost=9))

        row = store("push", worker_type="sync")
        batches.process([row.pk], "sync")
        assert taken == []
        assert EventLog.objects.get(pk=row.pk).status == EventStatus.DONE

    def test_an_outcome_that_cannot_be_stored_does_not_cost_the_others_theirs(
        self, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @gh.event("push")
        def handler(event: Any) -> None: ...

        rows = [store("push", worker_type="sync") for _ in range(6)]
        described = event_runs.run_call

        async def run_call(call: Any, event: Any, runtime: Any, attempt: int) -> Any:
            run = await described(call, event, runtime, attempt)
            return dataclasses.replace(run, position=2**40) if runtime.event_id == rows[2].pk else run

        monkeypatch.setattr(event_runs, "run_call", run_call)
        batches.process([row.pk for row in rows], "sync")
        statuses = [EventLog.objects.get(pk=row.pk).status for row in rows]
        assert statuses.pop(2) == EventStatus.PROCESSING  # its lease will expire
        assert set(statuses) == {EventStatus.DONE}

    def test_a_database_that_goes_away_while_a_callback_runs_loses_no_outcome(self, gh: GitHubRouter) -> None:
        calls: list[int] = []

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (ours,) = cursor.fetchone()

        @gh.event("issues")
        async def kills(event: Any) -> None:
            await sync_to_async(_kill_connections_except)(ours)
            calls.append(1)

        row = store("issues", worker_type="async")
        batches.process([row.pk], "async")
        assert calls == [1]
        assert EventLog.objects.get(pk=row.pk).status == EventStatus.DONE


def _kill_connections_except(ours: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)",
            [ours],
        )
    connection.close()
