"""What the contexts of all callbacks share: those of events, mentions and commands."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, overload

from gidgethub import sansio

from django_github_app import configuration
from django_github_app.commands import panels
from django_github_app.comments.places import PLACES, text_of
from django_github_app.comments.visible import visible_text
from django_github_app.conf import app_settings
from django_github_app.errors import RunLost
from django_github_app.github.current import current_call, raise_if_cancelled, run_for_callback
from django_github_app.github.writes import Reaction

from .continuations import Continued, continued, stored, wait_of
from .conversation import Said, conversation
from .names import RepositoryName
from .pinned import pinned_head
from .progress import AsyncProgress, SyncProgress
from .runs import Run, encoded, needed
from .speaker import Speaker

if TYPE_CHECKING:
    from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI

__all__ = ["AsyncVoice", "Context", "Speaker", "SyncVoice"]

_logger = logging.getLogger("django_github_app.handlers")

T = TypeVar("T")
P = TypeVar("P", AsyncProgress, SyncProgress)


class _BoundLogger(logging.LoggerAdapter[logging.Logger]):
    """Adds the event's keys to those that a line brings itself."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


class Context(Mapping[str, Any]):
    """What a callback's ``context`` offers, whatever it was called for.

    Each value is an attribute and a key: ``context.repo``, ``context["repo"]``.
    """

    _keys: ClassVar[tuple[str, ...]] = ()

    if TYPE_CHECKING:
        # Fields of the dataclass of commands, attributes of the others: a property here would be their default.
        repo: RepositoryName
        number: int | None
        issue_url: str | None
        sender: str
        is_bot: bool
        installation: int | None
        event_id: int
        delivery: str | None
        speaker: Speaker
        run: Run | None

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    # Not by their values, as mappings are compared: two contexts are two calls.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @property
    def event(self) -> sansio.Event:
        """The event itself."""
        return self.speaker.event

    @cached_property
    def visible_text(self) -> str:
        """What a person sees of the text that the event brought; empty when it brought none.

        Without HTML comments, targets of links, alternative texts, and characters that have no shape: what a language
        model is to read. Quoted lines begin with ``> ``.
        """
        return visible_text(text_of(PLACES.get(self.event.event), self.event.data))

    @cached_property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose lines carry ``event_id``, ``delivery``, ``event``, ``action`` and ``handler``."""
        call = current_call.get()
        fields = {
            "event_id": self.event_id,
            "delivery": self.delivery,
            "event": self.event.event,
            "action": self.event.data.get("action"),
            "handler": call.handler if call is not None else None,
        }
        return _BoundLogger(_logger, fields)

    def raise_if_cancelled(self) -> None:
        """Raise what ends this run, if it is to end.

        `asyncio.CancelledError` if it was cancelled, or a newer event took its place: it may tidy up for ten seconds.
        `errors.SoftTimeout` when it has run longer than its ``soft`` limit, and an
        `errors.RunInterrupted` when its worker ends. For synchronous callbacks that compute for long; a cancelled
        asynchronous one is told at its next ``await``.
        """
        raise_if_cancelled()
        if self.run is not None:
            self.run.raise_if_cancelled()

    @property
    def continuation(self) -> Continued | None:
        """Why this continuation was called, and what was left for it; None in any other callback."""
        return continued(self.event)

    def _progress(self, kind: type[P], name: str, **options: Any) -> P:
        self.repo()  # there has to be one
        return kind(self, needed(self.run), name, **options)

    @property
    def last_checkpoint(self) -> Any:
        """The data of the last checkpoint of this callback for this event, whichever attempt made it; None: none."""
        return needed(self.run).last_checkpoint

    def issue(self, **more: Any) -> dict[str, Any]:
        """Return ``owner``, ``repo``, ``issue_number`` and what else is given, for an address of the API.

        ``await gh.getitem("/repos/{owner}/{repo}/issues/{issue_number}", context.issue())``. Of a pull request it
        is the number too: each is an issue. Raises ValueError for an event without either.
        """
        return self.repo(issue_number=self._numbered(), **more)

    def pull_request(self, **more: Any) -> dict[str, Any]:
        """Return ``owner``, ``repo``, ``pull_number`` and what else is given, for an address of the API.

        Raises ValueError for an event without a number.
        """
        return self.repo(pull_number=self._numbered(), **more)

    def panel(self, items: Mapping[str, str]) -> str:
        """Return a task list for a comment of the app: ticking an item runs its command as whoever ticked it.

        ``items`` are labels and commands: ``{"Rebase": "rebase", "Try again": "retry --all"}``. Raises ValueError for
        an event without a conversation, or a label or command that cannot be one.
        """
        place = panels.place_of(self.event.data)
        if place is None:
            raise ValueError(f"a {self.event.event} event has no conversation for a panel")
        return panels.render(items, place=place, slug=app_settings.SLUG, key=app_settings.panel_keys[0])

    def _head_sha(self) -> Coroutine[Any, Any, str]:
        return pinned_head(self.speaker.api, self.event, self.repo, self._numbered())

    def _conversation(self, comments: int) -> Coroutine[Any, Any, list[Said]]:
        self.repo()  # there has to be one
        return conversation(self.speaker.api, self.event, self.repo, comments)

    def _reader(self, names: tuple[str, ...]) -> AsyncGitHubAPI:
        from django_github_app.github import AsyncGitHubAPI

        self.repo()
        if self.installation is None:
            raise ValueError(f"a {self.event.event} event has no installation whose token could be reduced")
        return AsyncGitHubAPI(
            installation_id=self.installation,
            repositories=[self.repo.name],
            permissions={"metadata": "read", **dict.fromkeys(names or ("contents",), "read")},
            base_url=self.speaker.api.base_url,
        )

    async def _reader_token(self, names: tuple[str, ...]) -> str:
        return await self._reader(names).aget_installation_token(self.installation or 0)

    async def _config(self, name: str, schema: Any, default: Any) -> Any:
        self.repo()  # there has to be one
        return await configuration.read(self.speaker.api, self.repo, name, schema, default)

    def _numbered(self) -> int:
        if self.number is None:
            raise ValueError(f"a {self.event.event} event is about no issue or pull request")
        return self.number


class AsyncVoice(Context):
    """How an asynchronous callback answers."""

    async def reply(self, text: str) -> None:
        """Answer where the event came from. Tried again after a crash, an answer that is there is not posted twice.

        Raises ValueError for an event without a conversation.
        """
        await self.speaker.reply(text)

    async def react(self, content: Reaction) -> None:
        """React to what the event brought with one of GitHub's eight, such as ``+1`` (`github.writes.Reaction`)."""
        await self.speaker.react(content)

    async def checkpoint(self, data: Any = None) -> None:
        """Store how far this callback got: the next attempt finds ``data`` as `last_checkpoint`.

        It is kept in the ledger, as JSON of up to 64 KiB (`errors.CheckpointTooLarge` beyond). Then, if this run is
        to end, raises what ends it, as `raise_if_cancelled`; `errors.RunLost` if the event is another worker's.
        """
        run = needed(self.run)
        await run.asave(encoded(data))
        self.raise_if_cancelled()

    async def continue_in(
        self,
        callback: Callable[..., Any],
        *,
        after: float | dt.timedelta | None = None,
        on: str | None = None,
        timeout: float | dt.timedelta | None = None,
        data: Any = None,
        key: str = "",
    ) -> None:
        """Have another callback called later, once: after a time, or when another event of the same subject came.

        ``callback`` is one that ``@gh.continuation()`` decorates. ``after`` is seconds or a timedelta. ``on`` is an
        event (``check_suite.completed``) of the same commit or number, for which it waits up to ``timeout`` (a day).
        ``data`` it finds as ``context.continuation.data``. The wait is in the database and outlives each worker;
        tried again, this callback has one for each ``callback`` and ``key`` all the same. Raises ValueError for
        what could never come, `errors.RunLost` if the event is another worker's.
        """
        run = needed(self.run)
        wait = wait_of(self.event, run, callback, after=after, on=on, timeout=timeout, data=data, key=key)
        if not await run.aperform(stored, wait):
            raise RunLost

    def progress(
        self,
        name: str,
        *,
        check: bool = True,
        comment: bool = False,
        title: str = "In progress",
        sha: str | None = None,
        actions: Sequence[dict[str, str]] = (),
    ) -> AsyncProgress:
        """Return what shows on GitHub how far this callback is, for ``async with``.

        It is a check run of this ``name``, and with ``comment`` a comment that is kept one per conversation and name.
        Whatever becomes of the callback or its worker, it is concluded. ``sha`` defaults to the commit that the event
        is about, ``actions`` are GitHub's buttons; they and *Re-run* run this callback again. Raises ValueError for
        an event without a repository, and on entering for one without a commit or conversation.
        """
        return self._progress(
            AsyncProgress, name, check=check, comment=comment, title=title, sha=sha, actions=actions
        )

    @overload
    async def config(self, name: str, schema: None = None, default: Any = ...) -> Any: ...
    @overload
    async def config(self, name: str, schema: type[T], default: T = ...) -> T: ...
    async def config(self, name: str, schema: Any = None, default: Any = configuration.MISSING) -> Any:
        """Return the repository's ``.github/<name>`` as ``schema``, its owner's if it has none, or ``default``.

        ``schema`` is a dataclass, a `msgspec.Struct`, a TypedDict or a pydantic model; without one a dictionary is
        returned. It is the default branch's, whatever the event is about. Raises `errors.ConfigurationInvalid` where
        there is none, no ``default``, and the schema needs values; ValueError for an event without a repository.
        """
        return await self._config(name, schema, default)

    async def head_sha(self) -> str:
        """Return the head of the pull request that its author or a reviewer saw when they wrote this.

        Work on this commit, not on the branch. Raises `errors.UserError`, which tells the person, when something was
        pushed since; ValueError for an event without a number.
        """
        return await self._head_sha()

    async def conversation(self, *, comments: int = 100) -> list[Said]:
        """Return title, body and the last ``comments`` as people see them, each with its author and their access."""
        return await self._conversation(comments)

    def reader(self, *permissions: str) -> AsyncGitHubAPI:
        """Return a client that can read this repository and do nothing else.

        ``permissions`` are GitHub's names (``issues``, ``pull_requests``); without any it is ``contents``.
        """
        return self._reader(permissions)

    async def reader_token(self, *permissions: str) -> str:
        """Return a token with which this repository can be read and nothing else done: for a program of its own."""
        return await self._reader_token(permissions)


class SyncVoice(Context):
    """How a synchronous callback answers."""

    def reply(self, text: str) -> None:
        """Answer where the event came from. Tried again after a crash, an answer that is there is not posted twice.

        Raises ValueError for an event without a conversation.
        """
        run_for_callback(self.speaker.reply(text))

    def react(self, content: Reaction) -> None:
        """React to what the event brought with one of GitHub's eight, such as ``+1`` (`github.writes.Reaction`)."""
        run_for_callback(self.speaker.react(content))

    def checkpoint(self, data: Any = None) -> None:
        """Store how far this callback got, as `AsyncVoice.checkpoint`."""
        run = needed(self.run)
        run.save(encoded(data))
        self.raise_if_cancelled()

    def continue_in(
        self,
        callback: Callable[..., Any],
        *,
        after: float | dt.timedelta | None = None,
        on: str | None = None,
        timeout: float | dt.timedelta | None = None,
        data: Any = None,
        key: str = "",
    ) -> None:
        """Have another callback called later, as `AsyncVoice.continue_in`."""
        run = needed(self.run)
        wait = wait_of(self.event, run, callback, after=after, on=on, timeout=timeout, data=data, key=key)
        if not run.perform(stored, wait):
            raise RunLost

    def progress(
        self,
        name: str,
        *,
        check: bool = True,
        comment: bool = False,
        title: str = "In progress",
        sha: str | None = None,
        actions: Sequence[dict[str, str]] = (),
    ) -> SyncProgress:
        """Return what shows on GitHub how far this callback is, as `AsyncVoice.progress`: for ``with``."""
        return self._progress(
            SyncProgress, name, check=check, comment=comment, title=title, sha=sha, actions=actions
        )

    @overload
    def config(self, name: str, schema: None = None, default: Any = ...) -> Any: ...
    @overload
    def config(self, name: str, schema: type[T], default: T = ...) -> T: ...
    def config(self, name: str, schema: Any = None, default: Any = configuration.MISSING) -> Any:
        """Return the repository's ``.github/<name>`` as ``schema``, its owner's if it has none, or ``default``.

        As `AsyncVoice.config`, for synchronous callbacks.
        """
        return run_for_callback(self._config(name, schema, default))

    def head_sha(self) -> str:
        """Return the head of the pull request as it was when this was written, as `AsyncVoice.head_sha`."""
        return run_for_callback(self._head_sha())

    def conversation(self, *, comments: int = 100) -> list[Said]:
        """Return the conversation as people see it, as `AsyncVoice.conversation`."""
        return run_for_callback(self._conversation(comments))

    def reader(self, *permissions: str) -> SyncGitHubAPI:
        """Return a client that can read this repository and do nothing else, as `AsyncVoice.reader`."""
        from django_github_app.github import SyncGitHubAPI

        client = self._reader(permissions)
        face = SyncGitHubAPI.__new__(SyncGitHubAPI)
        face.__dict__ = client.__dict__
        return face

    def reader_token(self, *permissions: str) -> str:
        """Return a token with which this repository can be read and nothing else done."""
        return run_for_callback(self._reader_token(permissions))
