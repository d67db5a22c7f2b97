"""What every callback has around it while it runs, whatever its worker type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from django_github_app.broker.shutdown import ends_the_process
from django_github_app.conf import app_settings
from django_github_app.context import AsyncEventContext, Context, SyncEventContext
from django_github_app.context.base import Speaker
from django_github_app.errors import (
    RunCancelled,
    RunInterrupted,
)
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.maintenance import publishing
from django_github_app.routing.binding import bind, is_async
from django_github_app.sql.outcomes import CANCELLATION

from .operations import Operation
from .project_views import clients as project_clients
from .recorder import Recorded, Recorder, Renew
from .run import CurrentRun
from .stopping import Stoppable

if TYPE_CHECKING:
    from django_github_app.routing.limits import Limits
    from django_github_app.sql.claims import Claimed
    from django_github_app.sql.outcomes import RunEnd

    from .leases import Batch

T = TypeVar("T")


__all__ = ["EventRuntime", "Runtime"]


class EventRuntime(Protocol):
    """A `calls.Runtime` as processing sees it."""

    claimed: Claimed
    event_id: int
    delivery: str | None
    attempt: int
    calling: Any
    batch: Batch | None
    limits: Limits | None
    recorder: Recorder | None
    is_long: bool
    interruption: RunInterrupted | None
    stoppable: Stoppable
    place: RunEnd | None
    leaves_lane: bool
    left_lane: bool
    interrupts: bool

    @property
    def gh(self) -> AsyncGitHubAPI | SyncGitHubAPI: ...
    @property
    def api(self) -> AsyncGitHubAPI: ...
    @property
    def whereabouts(self) -> dict[str, Any]: ...
    @property
    def timeout(self) -> float: ...
    def context_for(self, callback: Callable[..., Any], event: Any) -> Context: ...
    async def wait(self, awaitable: Awaitable[T]) -> T: ...
    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any: ...
    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any: ...
    def is_ending(self) -> bool: ...
    def interrupt(self, why: RunInterrupted) -> None: ...
    def may_be_long(self) -> bool: ...
    async def is_ours(self, recorder: Recorder) -> bool: ...
    async def ask(self, operation: Operation) -> Recorded: ...
    async def publish(self, refs: Sequence[tuple[str, int]]) -> None: ...


class Runtime(ABC):
    def __init__(self, claimed: Claimed, batch: Batch | None = None) -> None:
        self.claimed = claimed
        self.batch = batch
        self.calling: Any = None
        self.event_id = claimed.id
        self.delivery = claimed.delivery
        self.attempt = 1
        self.limits: Limits | None = None
        """Of the callback that runs, where it has its own."""
        self.recorder: Recorder | None = None
        self.is_long = False
        """Whether the callback that runs has made a checkpoint."""
        self.interruption: RunInterrupted | None = None
        """What ends the callback that runs: raised at its next checkpoint, and in it."""
        self._api: AsyncGitHubAPI | None = None
        self._sync_api: SyncGitHubAPI | None = None
        self._own: dict[str, Any] = {}
        self.stoppable = Stoppable()
        if claimed.runs and (CANCELLATION, 0) in claimed.runs:
            self.stoppable.cancelled = RunCancelled()
        self.place: RunEnd | None = None
        """That the run which is being called has under a key."""
        self.leaves_lane = False
        """Whether all that is still to be called has a key: the event does not need its lane any more."""
        self.left_lane = False
        self.interrupts = False
        """Whether a synchronous callback is interrupted when it is to stop."""
        self._may_be_stopped = False
        """Whether what is invoked is a callback, and not something of ours."""

    @property
    def api(self) -> AsyncGitHubAPI:
        if self._api is None:
            self._api = AsyncGitHubAPI(installation_id=self.claimed.installation_id)
        return self._api

    @property
    def sync_api(self) -> SyncGitHubAPI:
        if self._sync_api is None:
            self._sync_api = SyncGitHubAPI(installation_id=self.claimed.installation_id)
        return self._sync_api

    def gh_for(self, callback: Callable[..., Any]) -> AsyncGitHubAPI | SyncGitHubAPI:
        """Return the client that a callback is written for, whatever the worker type."""
        kind = "async" if is_async(callback) else "sync"
        if project_clients.by_kind:
            made = self._own.get(kind) or project_clients.make(kind, self.claimed.installation_id)
            if made is not None:
                self._own[kind] = made
                return cast("AsyncGitHubAPI | SyncGitHubAPI", made)
        return self.api if kind == "async" else self.sync_api

    def context_for(self, callback: Callable[..., Any], event: Any) -> Context:
        """Return the context of a callback for an event: the one that it is written for, whatever the worker type."""
        kind = AsyncEventContext if is_async(callback) else SyncEventContext
        return kind(Speaker(self.api, event), **self.whereabouts)

    @property
    def whereabouts(self) -> dict[str, Any]:
        """What every context says of the event's row, and the run that it belongs to."""
        run = None
        if self.calling is not None:
            call, attempt, started_at, _ = self.calling
            run = CurrentRun(cast("EventRuntime", self), call, attempt, started_at)
        return {
            "event_id": self.event_id,
            "delivery": self.delivery,
            "installation": self.claimed.installation_id,
            "run": run,
        }

    async def call(self, callback: Callable[..., Any], event: Any, kwargs: Mapping[str, Any]) -> Any:
        """Call a callback, which may be told to stop. Raises `RunStopped` for one that was."""
        args, keywords = bind(callback, event, self.gh_for(callback), kwargs, self.context_for)
        self._may_be_stopped = True
        try:
            result = await self.invoke(callback, *args, **keywords)
        except BaseException as error:
            if (stopped := self.stoppable.stopped) is None or self._ends_it(error):
                raise
            await self._go_on()
            raise stopped from error
        finally:
            self._may_be_stopped = False
            self.stoppable.out_of_reach()
        if self.stoppable.stopped is not None:
            await self._go_on()
            raise self.stoppable.stopped
        return result

    @abstractmethod
    async def invoke(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call something within the callback's time limit; return what it returns."""

    def _ends_it(self, error: BaseException) -> bool:
        return isinstance(error, RunInterrupted) or ends_the_process(error)

    async def _go_on(self) -> None:  # noqa: B027 - most have nothing to do
        """Go on after a callback that was cancelled."""

    def _told(self, reach: Callable[[], Any]) -> None:
        self.stoppable.reach_by(reach, asynchronous=True)

    def _interrupted(self, reach: Callable[[], Any]) -> None:
        self.stoppable.reach_by(reach, asynchronous=False)

    @property
    def timeout(self) -> float:
        """Seconds for which the callback may run."""
        limits = self.limits
        return (limits.timeout if limits is not None else None) or app_settings.HANDLER_TIMEOUT

    def may_be_long(self) -> bool:
        """Return whether the callback that runs has a time limit of its own, or made a checkpoint."""
        return self.is_long or (self.limits is not None and self.limits.timeout is not None)

    def is_ending(self) -> bool:
        """Return whether what cancels the callback is the end of its batch, of the loop or of its run."""
        return self.interruption is not None

    async def is_ours(self, recorder: Recorder) -> bool:
        """Return whether the event is still claimed by us: asked when our lease may have run out unnoticed."""
        claims = [(self.claimed.id, self.claimed.attempt)]
        return (await self._ask(recorder, Renew(claims))).renewed > 0

    async def _ask(self, recorder: Recorder, operation: Operation) -> Recorded:
        return recorder.submit(operation)

    async def ask(self, operation: Operation) -> Recorded:
        """Return what the recorder makes of an operation."""
        assert self.recorder is not None  # noqa: S101 - whoever runs an event has one
        return await self._ask(self.recorder, operation)

    async def publish(self, refs: Sequence[tuple[str, int]]) -> None:
        """Publish events, or leave them to the sweep."""
        if refs:
            publishing.publish_or_leave(refs)
