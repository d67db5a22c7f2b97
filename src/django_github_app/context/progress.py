"""``context.progress``: a check run and a comment that say how far a callback is, and always how it ended.

What is shown is written down first (`models.Progress`), so that whatever becomes of the worker, the sweep knows what
is to be concluded. Written once, as coroutines; a synchronous callback drives them by hand, see `process.loop.drive`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import gidgethub

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError, RunInterrupted, RunLost, UserError
from django_github_app.github.progress import Conclusion, Shown, conversation_of, key_of, show
from django_github_app.github.threads import head_of
from django_github_app.process import loop

from .runs import Run

if TYPE_CHECKING:
    from .base import Context

__all__ = ["AsyncProgress", "SyncProgress"]

logger = logging.getLogger(__name__)

T = TypeVar("T")

LEAST_PAUSE = 2.0
"""Seconds between two edits; each costs as much of GitHub's limits as five reads."""
MOST_PAUSE = 30.0
"""Seconds between two edits of what takes long: a twentieth of the time so far, up to this."""
LAST_EDIT = 10.0
"""Seconds for which the end waits for an edit that is under way."""
BROKEN = "It failed because of an error in the app. Those who run it find it in their log."
_TROUBLE = (gidgethub.GitHubException, GitHubAppError, TimeoutError)


def _rows() -> ModuleType:
    # Its table can be imported once Django has loaded its apps, and a handler's annotations are before that.
    from django_github_app.sql import progress

    return progress


class _Ways(Protocol):
    """How a step waits: for the worker's database connection, and for GitHub."""

    async def on_worker(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T: ...
    async def wait(self, coroutine: Coroutine[Any, Any, T]) -> T: ...


class _Awaiting:
    def __init__(self, run: Run) -> None:
        self._run = run

    async def on_worker(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await self._run.aperform(partial(function, *args, **kwargs))

    async def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await coroutine


class _Blocking:
    def __init__(self, run: Run) -> None:
        self._run = run

    async def on_worker(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return self._run.perform(partial(function, *args, **kwargs))

    async def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return loop.run_on_loop(coroutine)


class _Progress:
    def __init__(
        self,
        context: Context,
        run: Run,
        name: str,
        *,
        check: bool,
        comment: bool,
        title: str,
        sha: str | None,
        actions: Sequence[dict[str, str]],
    ) -> None:
        if not check and not comment:
            raise ValueError("progress is shown in a check run, in a comment, or in both")
        if not 0 < len(name) <= 100:
            raise ValueError(f"the name of progress has 1 to 100 characters, not {len(name)}")
        self._context = context
        self._run = run
        self._sha = sha
        self._actions = list(actions)
        self._shown = Shown(
            key_of(run.event_id, run.handler, run.position, name), name, has_check=check, has_comment=comment
        )
        self._title, self._summary = title, ""
        self._outcome: tuple[Conclusion, str, str] | None = None
        self._began = self._edited_at = time.monotonic()
        self._pending = False
        self._edit: concurrent.futures.Future[None] | None = None
        self._is_editing = False
        self._is_ours = True
        self.requested_action: str = ""
        """The ``identifier`` of the button that a person pressed to have this run; empty: none."""

    def conclude(self, conclusion: Conclusion, title: str = "", summary: str = "") -> None:
        """Say how it ends; shown when the block is left. Without this it is ``success``, or ``failure``."""
        self._outcome = (conclusion, title or conclusion.replace("_", " ").capitalize(), summary)

    # The steps

    async def _begin(self, by: _Ways) -> None:
        shown, context, run = self._shown, self._context, self._run
        fields = {
            "event_id": run.event_id,
            "handler": run.handler,
            "position": run.position,
            "name": shown.name,
            "has_check": shown.has_check,
            "has_comment": shown.has_comment,
            "repository": str(context.repo),
            "conversation": conversation_of(context.event) if shown.has_comment else "",
        }
        while True:
            try:
                row = await by.on_worker(
                    _rows().begin, shown.key, run.claim, fields, app_settings.LEASE_SECONDS
                )
                break
            except _rows().BeingConcluded:
                # What comes late must not stand over what this attempt is about to show: seconds, and rarely.
                await by.wait(asyncio.sleep(0.25))
        if row is None:
            raise RunLost
        shown.head_sha, shown.check_run_id, shown.comment_id = row.head_sha, row.check_run_id, row.comment_id
        self.requested_action = row.requested_action
        if shown.has_check and not shown.head_sha:
            # That of the first attempt: what it has begun is what must come to an end.
            shown.head_sha = self._sha or await self._head(by)
            await by.on_worker(_rows().note, shown.key, run.claim, head_sha=shown.head_sha)
        await self._show(by, begins=True)

    async def _head(self, by: _Ways) -> str:
        event = self._context.event
        try:
            return head_of(event.data)
        except ValueError:
            if not (event.data.get("issue") or {}).get("pull_request"):
                raise
        pull = await by.wait(
            self._run.api.getitem(f"/repos/{self._context.repo}/pulls/{self._context.number}")
        )
        return str(pull["head"]["sha"])

    async def _show(self, by: _Ways, *, begins: bool = False) -> None:
        shown, claim = self._shown, self._run.claim
        before = (shown.check_run_id, shown.comment_id)
        self._pending, self._edited_at = False, time.monotonic()
        if not begins:
            # Another attempt shows it, or the sweep has concluded it: nothing is written over that.
            self._is_ours = await by.on_worker(_rows().touch, shown.key, claim)
            if not self._is_ours:
                return
        await by.wait(
            show(
                self._run.api,
                self._context.event,
                shown,
                title=self._title,
                summary=self._summary,
                begins=begins,
                actions=self._actions if begins else None,
            )
        )
        self._edited_at = time.monotonic()
        if (shown.check_run_id, shown.comment_id) != before:
            fields = {"check_run_id": shown.check_run_id, "comment_id": shown.comment_id}
            await by.on_worker(_rows().note, shown.key, claim, **fields)

    def _say(self, title: str, summary: str) -> bool:
        """Remember what is to be shown; return whether that is now."""
        self._title, self._summary, self._pending = title, summary, True
        return self._is_ours and not self._is_editing and time.monotonic() >= self._edited_at + self._pause()

    def _pause(self) -> float:
        return min(MOST_PAUSE, max(LEAST_PAUSE, (time.monotonic() - self._began) / 20))

    async def _update(self, by: _Ways, title: str, summary: str) -> None:
        if self._say(title, summary):
            try:
                await self._show(by)
            except _TROUBLE as error:
                self._put_off(error)
        elif self._edit is None and self._is_ours and self._run.works_beside:
            self._edit = asyncio.run_coroutine_threadsafe(self._edit_later(), loop.get_loop())

    def _put_off(self, error: Exception) -> None:
        # What it is about is done all the same; whoever reads it sees it a little later.
        logger.info(
            "progress is shown later", extra={"event_id": self._run.event_id, "error": type(error).__name__}
        )
        self._pending = True

    async def _edit_later(self) -> None:
        """Show what was said last, once it is time."""
        try:
            while self._pending and self._is_ours:
                await asyncio.sleep(max(0.0, self._edited_at + self._pause() - time.monotonic()))
                self._is_editing = True
                try:
                    await self._show(_Awaiting(self._run))
                except _TROUBLE as error:
                    self._put_off(error)
                finally:
                    self._is_editing = False
        finally:
            self._edit = None

    async def _stop_editing(self, by: _Ways) -> None:
        edit, self._pending = self._edit, False
        if edit is None:
            return
        if not self._is_editing:
            edit.cancel()
            return
        await by.wait(_ended(edit))

    async def _end(self, by: _Ways, error: BaseException | None) -> None:
        await self._stop_editing(by)
        shown, claim = self._shown, self._run.claim
        if isinstance(error, RunInterrupted | asyncio.CancelledError):
            # Handed to another worker, which goes on with it; the sweep concludes it if none does.
            await by.on_worker(_rows().touch, shown.key, claim)
            return
        conclusion, title, summary = self._ended_with(error)
        outcome = {"conclusion": conclusion, "title": title, "summary": summary}
        if not await by.on_worker(_rows().settle, shown.key, claim, outcome):
            return  # another attempt shows it, or the sweep has concluded it
        try:
            await by.wait(
                show(
                    self._run.api,
                    self._context.event,
                    shown,
                    title=title,
                    summary=summary,
                    conclusion=conclusion,
                )
            )
        except _TROUBLE as trouble:
            logger.warning(
                "progress is concluded by the sweep",
                extra={"event_id": self._run.event_id, "error": type(trouble).__name__},
            )
            return
        await by.on_worker(_rows().close, shown.key, claim)

    def _ended_with(self, error: BaseException | None) -> tuple[Conclusion, str, str]:
        if error is None:
            return self._outcome or ("success", "Done", self._summary)
        if isinstance(error, UserError):
            return "failure", "It cannot be done", str(error)[:10_000]
        if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
            return "timed_out", "Timed out", BROKEN
        return "failure", "Failed", BROKEN


async def _ended(edit: concurrent.futures.Future[None]) -> None:
    await asyncio.wait([asyncio.wrap_future(edit)], timeout=LAST_EDIT)


class AsyncProgress(_Progress):
    """Progress of an asynchronous callback: ``async with context.progress("review") as progress``."""

    async def __aenter__(self) -> Self:
        await self._begin(_Awaiting(self._run))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._end(_Awaiting(self._run), error)

    async def update(self, title: str, summary: str = "") -> None:
        """Say how far it is. Shown at once or a little later: two edits are two seconds apart at least."""
        await self._update(_Awaiting(self._run), title, summary)


class SyncProgress(_Progress):
    """Progress of a synchronous callback: ``with context.progress("review") as progress``."""

    def __enter__(self) -> Self:
        loop.drive(self._begin(_Blocking(self._run)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        loop.drive(self._end(_Blocking(self._run), error))

    def update(self, title: str, summary: str = "") -> None:
        """Say how far it is, as `AsyncProgress.update`."""
        loop.drive(self._update(_Blocking(self._run), title, summary))
