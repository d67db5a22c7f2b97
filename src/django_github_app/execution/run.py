"""One attempt at one callback, as its context sees it: its checkpoints, and whether it should go on."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from django_github_app.errors import RunInterrupted, RunLost, SoftTimeout
from django_github_app.sql import checkpoints

from . import handover
from .inline_recorder import InlineRecorder
from .operations import Perform
from .recorder import Recorder

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI
    from django_github_app.routing.binding import Call

    from .runtimes import EventRuntime

__all__ = ["CurrentRun"]

T = TypeVar("T")


class CurrentRun:
    """A `context.runs.Run`. Made when a callback asks for its context, and not before."""

    def __init__(self, runtime: EventRuntime, call: Call, attempt: int, started_at: dt.datetime) -> None:
        self._runtime = runtime
        self._call = call
        self._attempt = attempt
        self._started_at = started_at
        self._began = time.monotonic()
        self._saved: str | None = None
        claimed = runtime.claimed
        self.event_id, self.claim, self.worker_type = claimed.id, claimed.attempt, claimed.worker_type
        self.handler, self.position = call.handler, call.position

    @property
    def api(self) -> AsyncGitHubAPI:
        return self._runtime.api

    @property
    def last_checkpoint(self) -> Any:
        text = self._saved
        if text is None:
            earlier = self._runtime.claimed.runs.get((self.handler, self.position))
            text = None if earlier is None else earlier.checkpoint
        return None if text is None else json.loads(text)

    @property
    def works_beside(self) -> bool:
        return not isinstance(self._recorder, InlineRecorder)

    def raise_if_cancelled(self) -> None:
        if (interruption := self._runtime.interruption) is not None:
            raise interruption
        limits = self._call.limits
        if limits is not None and limits.soft is not None and time.monotonic() - self._began > limits.soft:
            raise SoftTimeout

    def save(self, data: str) -> None:
        self._note(data, stored=self.perform(checkpoints.save, self._checkpoint(data)))

    async def asave(self, data: str) -> None:
        self._note(data, stored=await self.aperform(checkpoints.save, self._checkpoint(data)))

    def perform(self, function: Callable[..., T], *args: Any) -> T:
        value: T = self._recorder.submit(Perform(function, args)).value
        return value

    async def aperform(self, function: Callable[..., T], *args: Any) -> T:
        value: T = (await self._recorder.asubmit(Perform(function, args))).value
        return value

    def _note(self, data: str, *, stored: bool) -> None:
        if not stored:
            raise RunLost
        self._saved = data
        self._runtime.is_long = True
        if handover.is_near():
            raise RunInterrupted

    @property
    def _recorder(self) -> Recorder:
        recorder = self._runtime.recorder
        if recorder is None:
            raise RuntimeError("this run has no recorder: nothing of it can be stored")
        return recorder

    def _checkpoint(self, data: str) -> checkpoints.Checkpoint:
        call = self._call
        return checkpoints.Checkpoint(
            self.event_id, self.claim, call.kind, call.handler, call.position, self._attempt - 1,
            self._started_at, data, call.command, call.arguments, call.actor,
        )  # fmt: skip
