"""Progress of a callback on GitHub: one check run and one comment, edited not too often, and always concluded."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from django_github_app.context import progress as room
from django_github_app.errors import RateLimited, UserError
from django_github_app.github import progress as shown
from django_github_app.maintenance import unfinished_progress
from django_github_app.maintenance.sweep import sweep
from django_github_app.models import EventLog, EventStatus, Progress, ProgressState
from django_github_app.routing import GitHubRouter
from django_github_app.sql import claims
from django_github_app.sql import progress as rows
from django_github_app.sql.claims import EventOutcome
from tests.support.desk import Desk

SHA = "a" * 40
BOTH = pytest.mark.parametrize("worker_type", ["sync", "async"])
KINDS = pytest.mark.parametrize("asynchronous", [False, True], ids=["def", "async def"])


def opened(desk: Desk, *, delivery: str = "d-1", process: bool = True) -> EventLog:
    """Have pull request 1 opened."""
    pull = {"number": 1, "head": {"sha": SHA, "ref": "topic"}, "user": {"login": "octocat", "type": "User"}}
    payload = {
        "action": "opened",
        "number": 1,
        "pull_request": pull,
        "repository": desk.payload_repository(),
        "sender": {"login": "octocat", "type": "User"},
    }
    return desk.receive("pull_request", payload, delivery=delivery, process=process)


def checks(desk: Desk) -> list[tuple[str, str, str | None, str | None]]:
    runs = desk.repo.commit(SHA).check_runs
    return [(run["name"], run["status"], run["conclusion"], run["output"]["title"]) for run in runs]


def edits(desk: Desk) -> list[str]:
    return [one.path for one in desk.github.requests if one.method == "PATCH"]


def register(
    gh: GitHubRouter, asynchronous: bool, steps: Callable[[Any], Any], *, name: str = "review", **options: Any
) -> None:
    """Register a callback that shows progress; ``steps`` yields what it says, and for how long it waits."""
    if asynchronous:

        @gh.event("pull_request.opened", retry=2)
        async def review(context: Any) -> None:
            async with context.progress(name, **options) as progress:
                for one in steps(progress):
                    await (
                        asyncio.sleep(one) if isinstance(one, float) else progress.update(one, f"about {one}")
                    )
    else:

        @gh.event("pull_request.opened", retry=2)
        def review(context: Any) -> None:  # type: ignore[misc]  # the other kind
            with context.progress(name, **options) as progress:
                for one in steps(progress):
                    if isinstance(one, float):
                        time.sleep(one)
                    else:
                        progress.update(one, f"about {one}")


@BOTH
@KINDS
def test_a_check_and_a_comment_are_begun_edited_and_concluded(
    desk: Desk, gh: GitHubRouter, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room._Progress, "_pause", lambda self: 0.0)
    seen: list[Any] = []

    def steps(progress: Any) -> Any:
        seen.append((checks(desk), desk.said))
        yield "half"
        seen.append((checks(desk), desk.said))

    register(gh, asynchronous, steps, comment=True, title="Begun")
    row = opened(desk)
    assert [run.error for run in row.runs.all()] == [None]
    assert seen == [
        ([("review", "in_progress", None, "Begun")], ["**review**: Begun"]),
        ([("review", "in_progress", None, "half")], ["**review**: half\n\nabout half"]),
    ]
    assert checks(desk) == [("review", "completed", "success", "Done")]
    assert desk.said == ["**review**: Done\n\nabout half"]
    progress = Progress.objects.get()
    assert (progress.state, progress.event_id, progress.head_sha) == (ProgressState.CLOSED, row.pk, SHA)


@KINDS
def test_edits_that_come_too_fast_are_held_back_and_the_last_is_shown(
    desk: Desk, gh: GitHubRouter, asynchronous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LEAST_PAUSE", 1.0)

    def steps(progress: Any) -> Any:
        for number in range(50):
            yield f"step {number}"
        while checks(desk)[0][3] != "step 49":
            yield 0.05

    register(gh, asynchronous, steps)
    began = time.monotonic()
    opened(desk)
    assert len(edits(desk)) <= 2 + (time.monotonic() - began) / 1.0  # and the conclusion
    assert checks(desk) == [("review", "completed", "success", "Done")]


def test_the_pause_between_edits_grows_with_the_time_that_it_takes() -> None:
    assert room.LEAST_PAUSE == 2.0
    one = object.__new__(room.AsyncProgress)
    for seconds, pause in ((0, 2), (30, 2), (200, 10), (3600, 30)):
        one._began = time.monotonic() - seconds
        assert one._pause() == pytest.approx(pause, abs=0.1)


@KINDS
@pytest.mark.parametrize(
    ("error", "conclusion", "title"),
    [(OSError("secret"), "failure", "Failed"), (UserError("no branch"), "failure", "It cannot be done"),
     (TimeoutError(), "timed_out", "Timed out")],
    ids=["failure", "the person's mistake", "timeout"],
)  # fmt: skip
def test_an_exception_concludes_it_and_the_next_attempt_goes_on_with_the_same(
    desk: Desk, gh: GitHubRouter, asynchronous: bool, error: Exception, conclusion: str, title: str
) -> None:
    tries: list[int] = []

    def steps(progress: Any) -> Any:
        tries.append(1)
        if len(tries) == 1:
            raise error
        yield "again"

    register(gh, asynchronous, steps, comment=True)
    row = opened(desk)
    assert checks(desk) == [("review", "completed", conclusion, title)]
    assert "secret" not in str(desk.repo.commit(SHA).check_runs)
    if isinstance(error, UserError):
        assert desk.said[0] == "**review**: It cannot be done\n\nno branch"
        return
    row.runs.update(next_attempt_at=None)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    desk.process(row)
    assert checks(desk) == [("review", "completed", "success", "Done")]
    assert len(desk.said) == 1


@KINDS
def test_a_callback_says_how_it_ends(desk: Desk, gh: GitHubRouter, asynchronous: bool) -> None:
    def steps(progress: Any) -> Any:
        progress.conclude("action_required", "3 findings", "Look at them")
        yield 0.0

    register(gh, asynchronous, steps)
    opened(desk)
    assert checks(desk) == [("review", "completed", "action_required", "3 findings")]


def test_what_no_database_takes_is_replaced(desk: Desk, gh: GitHubRouter) -> None:
    def steps(progress: Any) -> Any:
        progress.conclude("neutral", "a\x00b", "\ud800")
        yield 0.0

    register(gh, False, steps)
    row = opened(desk)
    assert [run.error for run in row.runs.all()] == [None]
    assert checks(desk)[0][:3] == ("review", "completed", "neutral")


def test_without_a_commit_or_a_place_it_is_refused(desk: Desk, gh: GitHubRouter) -> None:
    @gh.event("issue_comment", retry=1)
    async def review(context: Any) -> None:
        async with context.progress("review"):
            pass

    row = desk.type("hello")
    assert "about no commit" in (row.runs.get().error or "")
    wrongs: list[dict[str, Any]] = [{"check": False}, {"name": ""}]
    for wrong in wrongs:
        with GitHubRouter.isolated():
            register(GitHubRouter(), True, lambda progress: [], **{"name": "review", **wrong})
            row = opened(desk, delivery=f"d-{wrong}"[:30])
            assert (row.runs.get().error or "").startswith("ValueError")


def test_what_github_does_not_take_is_shown_later_and_harms_no_callback(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room._Progress, "_pause", lambda self: 0.0)
    real, calls = shown.show, []

    async def show(*args: Any, **options: Any) -> None:
        calls.append(options)
        if len(calls) > 1:
            raise RateLimited("limited")
        await real(*args, **options)

    monkeypatch.setattr(room, "show", show)
    register(gh, True, lambda progress: ["half"])
    row = opened(desk)
    assert row.status == EventStatus.DONE
    assert checks(desk) == [("review", "in_progress", None, "In progress")]
    progress = Progress.objects.get()
    assert (progress.state, (progress.outcome or {})["conclusion"]) == (ProgressState.ENDING, "success")
    assert unfinished_progress.close_all_left() == 0  # somebody may be about to
    age(60)
    assert unfinished_progress.close_all_left() == 1
    assert checks(desk) == [("review", "completed", "success", "Done")]


# The watchdog


def age(seconds: float) -> None:
    """Let all that was touched be touched so long ago."""
    import datetime as dt

    from django.db.models import F

    Progress.objects.update(touched_at=F("touched_at") - dt.timedelta(seconds=seconds))


def begun(desk: Desk, gh: GitHubRouter, **options: Any) -> EventLog:
    """Begin progress in a run of which nobody hears any more."""

    def steps(progress: Any) -> Any:
        progress._end = _nothing
        yield "half"
        raise asyncio.CancelledError

    register(gh, True, steps, **options)
    return opened(desk)


async def _nothing(*args: Any) -> None:
    """What a process does that was killed."""


@pytest.mark.parametrize(
    ("status", "conclusion", "title"),
    [
        (EventStatus.DEAD, "failure", "Failed"),
        (EventStatus.DONE, "cancelled", "Interrupted"),
        (EventStatus.RETRYING, "cancelled", "Interrupted"),
        (EventStatus.PENDING, "cancelled", "Interrupted"),
    ],
)
def test_what_nobody_keeps_up_to_date_is_concluded(
    desk: Desk, gh: GitHubRouter, status: EventStatus, conclusion: str, title: str
) -> None:
    row = begun(desk, gh, comment=True)
    assert Progress.objects.get().state == ProgressState.OPEN
    EventLog.objects.filter(pk=row.pk).update(status=EventStatus.PROCESSING, attempts=1)
    age(3600)
    unfinished_progress.close_left()
    assert checks(desk)[0][1] == "in_progress"  # its event runs
    EventLog.objects.filter(pk=row.pk).update(status=status)
    unfinished_progress.close_left()
    assert checks(desk) == [("review", "completed", conclusion, title)]
    assert len(desk.said) == 1
    assert desk.said[0].startswith(f"**review**: {title}")
    unfinished_progress.close_left()
    assert Progress.objects.get().state == ProgressState.CLOSED


def test_within_a_lease_of_its_last_sign_another_worker_may_go_on_with_it(
    desk: Desk, gh: GitHubRouter
) -> None:
    row = begun(desk, gh)
    EventLog.objects.filter(pk=row.pk).update(status=EventStatus.PENDING)
    unfinished_progress.close_left()
    assert checks(desk)[0][1] == "in_progress"


def test_the_sweep_concludes(desk: Desk, gh: GitHubRouter) -> None:
    row = begun(desk, gh)
    claims.finish([EventOutcome(row.pk, row.attempts, EventStatus.DEAD)])
    EventLog.objects.filter(pk=row.pk).update(status=EventStatus.DEAD)
    sweep()
    assert checks(desk) == [("review", "completed", "failure", "Failed")]


def test_what_github_refuses_for_good_is_given_up_and_the_rest_tried_later(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = begun(desk, gh)
    EventLog.objects.filter(pk=row.pk).update(status=EventStatus.DEAD)
    left: list[int] = [1]

    async def show(*args: Any, **options: Any) -> None:
        raise TimeoutError if left and left.pop() else ValueError("no such repository any more")

    monkeypatch.setattr(unfinished_progress, "show", show)
    assert unfinished_progress.close_all_left() == 0
    progress = Progress.objects.get()
    assert (progress.state, progress.tries) == (ProgressState.OPEN, 1)
    assert unfinished_progress.close_all_left() == 0  # not yet
    age(60)
    assert unfinished_progress.close_all_left() == 0
    assert Progress.objects.get().state == ProgressState.CLOSED


def test_an_attempt_waits_until_the_sweep_has_concluded_the_one_before(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def steps(progress: Any) -> Any:
        tries.append(1)
        if len(tries) > 1:
            return
        progress._end = _nothing
        yield "half"
        raise asyncio.CancelledError

    register(gh, True, steps)
    row = opened(desk)
    EventLog.objects.filter(pk=row.pk).update(
        status=EventStatus.RETRYING, next_attempt_at="2020-01-01T00:00:00Z"
    )
    row.runs.update(next_attempt_at=None)
    age(600)
    asked = threading.Event()
    original = shown.show

    async def slowly(*args: Any, **options: Any) -> None:
        asked.set()
        await asyncio.sleep(1)
        await original(*args, **options)

    monkeypatch.setattr(unfinished_progress, "show", slowly)
    sweeping = threading.Thread(target=unfinished_progress._close_in_thread)
    sweeping.start()
    assert asked.wait(10)
    desk.process(row)
    sweeping.join()
    assert len(tries) == 2
    assert checks(desk) == [("review", "completed", "success", "Done")]
    assert Progress.objects.get().state == ProgressState.CLOSED


def test_a_zombie_writes_nothing_over_what_another_attempt_shows(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room._Progress, "_pause", lambda self: 0.0)

    def steps(progress: Any) -> Any:
        progress._run.claim = 7  # another attempt's
        update_elsewhere(claim=8)
        yield "a zombie's"
        yield "still"

    def update_elsewhere(**fields: Any) -> None:
        from django.db import connections

        def change() -> None:
            Progress.objects.update(**fields)
            connections.close_all()

        thread = threading.Thread(target=change)
        thread.start()
        thread.join()

    register(gh, True, steps)
    opened(desk)
    assert checks(desk)[0][1:3] == ("in_progress", None)


class Gone(Exception):
    """Stands for the end of a process: what comes after it in this attempt is not done."""


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (rows, "begin"),
        (shown, "_check"),
        (shown, "_comment"),
        (rows, "touch"),
        (rows, "settle"),
    ],
)
def test_wherever_an_attempt_ends_the_next_one_shows_it_in_the_same_check_and_comment(
    desk: Desk, gh: GitHubRouter, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    monkeypatch.setattr(room._Progress, "_pause", lambda self: 0.0)
    original = getattr(owner, name)
    died: list[int] = []

    async def then(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        if not died:
            died.append(1)
            raise Gone
        return result

    def at_once(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if not died:
            died.append(1)
            raise Gone
        return result

    monkeypatch.setattr(owner, name, then if asyncio.iscoroutinefunction(original) else at_once)
    end = room.AsyncProgress._end

    async def end_if_alive(self: Any, by: Any, error: BaseException | None) -> None:
        if not isinstance(error, Gone):
            await end(self, by, error)

    monkeypatch.setattr(room.AsyncProgress, "_end", end_if_alive)
    register(gh, True, lambda progress: ["half"], comment=True)
    row = opened(desk)
    assert died
    row.runs.update(next_attempt_at=None)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    desk.process(row)
    assert checks(desk) == [("review", "completed", "success", "Done")]
    assert len(desk.said) == 1


# Again


@pytest.mark.parametrize("worker_type", ["sync"])
@pytest.mark.parametrize("what", ["check_run", "requested_action", "check_suite"])
def test_asking_for_it_again_runs_that_callback_and_no_other(
    desk: Desk, gh: GitHubRouter, worker_type: str, what: str
) -> None:
    from django_github_app.events import again

    again.register(gh)
    ran: list[Any] = []

    @gh.event("pull_request.opened")
    async def other(event: Any) -> None:
        ran.append("other")

    def steps(progress: Any) -> Any:
        ran.append(progress.requested_action)
        yield "half"

    register(gh, True, steps, actions=[{"label": "Fix", "identifier": "fix", "description": "Fix it"}])
    row = opened(desk)
    (run,) = desk.repo.commit(SHA).check_runs
    payload: dict[str, Any] = {"repository": desk.payload_repository(), "sender": {"login": "octocat"}}
    event = "check_run"
    if what == "check_suite":
        event, payload = what, {**payload, "action": "rerequested", "check_suite": {"head_sha": SHA}}
    else:
        payload |= {
            "action": "rerequested",
            "check_run": {"external_id": run["external_id"], "head_sha": SHA},
        }
    if what == "requested_action":
        payload |= {"action": what, "requested_action": {"identifier": "fix"}}
    assert desk.receive(event, payload, delivery="d-2").status == EventStatus.DONE
    row.refresh_from_db()
    assert row.status == EventStatus.PENDING
    desk.process(row)
    assert ran == ["other", "", "fix" if what == "requested_action" else ""]
    assert checks(desk) == [("review", "completed", "success", "Done")]
    assert len(desk.repo.commit(SHA).check_runs) == 1


def test_checks_that_are_not_ours_are_left_alone(desk: Desk, gh: GitHubRouter) -> None:
    from django_github_app.events import again

    again.register(gh)
    for number, external_id in enumerate(["", "mine", "progress-0"]):
        payload = {
            "action": "rerequested",
            "check_run": {"external_id": external_id},
            "repository": desk.payload_repository(),
        }
        assert desk.receive("check_run", payload, delivery=f"c-{number}").status == EventStatus.DONE


def test_rows_of_events_that_are_gone_are_forgotten(desk: Desk, gh: GitHubRouter) -> None:
    register(gh, True, lambda progress: [])
    row = opened(desk)
    assert rows.forget_old(10) == 0
    row.delete()
    assert rows.forget_old(10) == 1
