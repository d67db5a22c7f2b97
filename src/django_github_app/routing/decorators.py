"""What a router's callbacks are decorated with: ``@gh.event``, ``@gh.mention``, ``@gh.command``, ``@gh.schedule``."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from gidgethub.routing import Router as GidgetHubRouter

from django_github_app import commands
from django_github_app.commands import Command
from django_github_app.commands.permissions import Rule
from django_github_app.comments.mentions import MentionScope
from django_github_app.deliveries.event_names import CONTINUED, SCHEDULED, split_name
from django_github_app.flow import Flow, OnNewer
from django_github_app.flow.policy import Key

from .binding import is_async, name_of
from .continuations import Continues, awaited
from .limits import Retry, limits_of
from .matching import Per, Registration, Schedule
from .priorities import OF_PEOPLE
from .timing import when_of

__all__ = ["AsyncCallback", "ErrorCallback", "Registrar", "SyncCallback", "loading"]

AsyncCallback = Callable[..., Awaitable[Any]]
SyncCallback = Callable[..., Any]
CB = TypeVar("CB", bound=Callable[..., Any])

# The worker type whose modules are being imported: what they register is for events of that type only, so
# that a process that consumes both queues does not run the two versions of a handler for one event.
loading: ContextVar[str | None] = ContextVar("loading_worker_type", default=None)


@dataclass(frozen=True, slots=True)
class ErrorCallback:
    """What is called with the exception of a callback that is not tried again."""

    callback: Callable[..., Any]
    everywhere: bool
    """Whether it is for the callbacks of all routers."""
    worker_type: str | None


class Registrar(GidgetHubRouter):
    """The decorators of `GitHubRouter`; what they register goes to `_register`."""

    error_callbacks: list[ErrorCallback]

    @abstractmethod
    def _register(self, registration: Registration) -> None:
        """Keep a registration: the router says where."""

    def add(
        self,
        func: Callable[..., Any],
        event_type: str | Iterable[str],
        *,
        ordered: bool = True,
        priority: int = 0,
        timeout: float | None = None,
        soft: float | None = None,
        retry: Retry | int | None = None,
        **options: Any,
    ) -> None:
        """Register ``func`` for events, payload details and options of flow control (see `event`)."""
        limits = limits_of(timeout, soft, retry)
        flow, data_detail = _flow_of(options)
        for event, details in _asked_for(event_type, data_detail):
            self._register(
                Registration(
                    event,
                    details,
                    func,
                    ordered=ordered,
                    worker_type=loading.get(),
                    flow=flow,
                    priority=priority,
                    limits=limits,
                )
            )

    def event(
        self,
        event_type: str | Iterable[str],
        *,
        ordered: bool = True,
        priority: int = 0,
        timeout: float | None = None,
        soft: float | None = None,
        retry: Retry | int | None = None,
        **options: Any,
    ) -> Callable[[CB], CB]:
        """Register the decorated callback for an event: ``issues``, ``issues.opened``, several, or ``*`` for all.

        Each detail names a key of the payload (``a__b`` looks into an object) and what it must be: a value, a
        list of values, or a function that says yes. ``ordered=False`` lets it run out of its lane: beside, and
        before, other events of the same issue or pull request. Behind a backlog events of a higher ``priority`` are
        taken first; those of commands that people type have 1.

        ``timeout`` seconds is how long it may run (HANDLER_TIMEOUT), ``soft`` seconds after which its checkpoints
        raise `errors.SoftTimeout`, ``retry`` a `Retry`, or how often it is tried.

        Options of flow control are no details: with ``on_newer`` (``queue``, ``drop_queued``, ``cancel``), ``limit``,
        ``debounce`` (seconds, with ``max_wait``) or ``rate`` (``20/h``) runs of one ``key`` keep out of each other's
        way; see docs/flow-control.md. ``group`` shares keys with other handlers, ``interrupt=True`` interrupts a
        synchronous callback that is cancelled, and ``own_events=True`` lets the app's own events replace others.
        ``key`` is a path (``repository.id``), a template (``{repository.id}:{number}``), a function of the event, or
        by default the issue or pull request; without one of those options it is a detail like any other. Raises
        ValueError for what could never hold.
        """

        def decorator(func: CB) -> CB:
            self.add(
                func,
                event_type,
                ordered=ordered,
                priority=priority,
                timeout=timeout,
                soft=soft,
                retry=retry,
                **options,
            )
            return func

        return decorator

    def schedule(
        self, when: str | float, *, per: Per = "repository", name: str | None = None
    ) -> Callable[[CB], CB]:
        """Register the decorated callback to be called at times, once for each repository or installation.

        ``when``: ``hourly``, ``daily``, ``weekly``, a crontab in `settings.TIME_ZONE` (``"0 6 * * 1-5"``), or
        seconds, 60 at least. Calls are spread over the interval, those of a crontab over five minutes. The callback
        gets those of ``event``, ``gh`` and ``context`` that it names. ``name`` keeps a schedule the same when its
        function is renamed. Raises ValueError for what is none.
        """
        times = when_of(when)
        if per not in ("repository", "installation"):
            raise ValueError(f"a schedule is per repository or per installation, not per {per!r}")

        def decorator(func: CB) -> CB:
            key = (name or name_of(func))[-255:]
            own = loading.get()
            runs_on = own or ("async" if is_async(func) else "sync")
            self._register(
                Registration(
                    SCHEDULED,
                    {"schedule__name": key},
                    func,
                    worker_type=own,
                    schedule=Schedule(key, times, per, runs_on),
                )
            )
            return func

        return decorator

    def continuation(
        self,
        *,
        on: str | Iterable[str] = (),
        name: str | None = None,
        timeout: float | None = None,
        soft: float | None = None,
        retry: Retry | int | None = None,
    ) -> Callable[[CB], CB]:
        """Register the decorated callback to be called later, when another one asks: `context.continue_in`.

        ``on`` names the events that it may be told to wait for (``check_suite.completed``); they are kept for it,
        whatever LOG_ALL_EVENTS says. ``name`` keeps waits alive when its function is renamed. ``timeout``, ``soft``
        and ``retry`` are those of `event`. Raises ValueError for what could never work.
        """
        limits = limits_of(timeout, soft, retry)
        events = tuple(split_name(one) for one in ([on] if isinstance(on, str) else on))

        def decorator(func: CB) -> CB:
            key, own = (name or name_of(func))[-255:], loading.get()
            details = {"continuation__handler": key}
            continues = Continues(key, events)
            self._register(
                Registration(CONTINUED, details, func, worker_type=own, limits=limits, continues=continues)
            )
            for event, action in events:
                wanted = {} if action is None else {"action": action}
                self._register(Registration(event, wanted, awaited, ordered=False, worker_type=own))
            return func

        return decorator

    @overload
    def on_error(self, func: CB, /) -> CB: ...
    @overload
    def on_error(self, /, *, everywhere: bool = False) -> Callable[[CB], CB]: ...
    def on_error(self, func: CB | None = None, /, *, everywhere: bool = False) -> CB | Callable[[CB], CB]:
        """Register the decorated callback for failures: of this router's callbacks, or ``everywhere`` of all.

        It is called when a callback has failed and is not tried again (not for a `UserError`), and gets those of
        ``error`` (the exception), ``handler`` (the failed callback's name), ``event``, ``gh`` and ``context`` that it
        names. It may be called again if the worker is killed before the failure is in the ledger.
        """

        def decorator(func: CB) -> CB:
            self.error_callbacks.append(ErrorCallback(func, everywhere, loading.get()))
            return func

        return decorator if func is None else decorator(func)

    def mention(
        self,
        *,
        username: str | re.Pattern[str] | None = None,
        scope: MentionScope | None = None,
        ordered: bool = True,
        priority: int = 0,
        timeout: float | None = None,
        soft: float | None = None,
        retry: Retry | int | None = None,
        **options: Any,
    ) -> Callable[[CB], CB]:
        """Register the decorated callback for mentions of ``username`` (a name or a pattern) in comments.

        It is called once for each mention, with ``context``: a `Mention`. Payload details, limits and options of flow
        control are those of `event`.
        """
        limits = limits_of(timeout, soft, retry)
        flow, data_detail = _flow_of(options)

        def decorator(func: CB) -> CB:
            for event_action in scope.get_events() if scope else MentionScope.all_events():
                self._register(
                    Registration(
                        event_action.event,
                        {"action": event_action.action, **data_detail},
                        func,
                        kind="mention",
                        ordered=ordered,
                        worker_type=loading.get(),
                        username=username,
                        scope=scope,
                        flow=flow,
                        priority=priority,
                        limits=limits,
                    )
                )
            return func

        return decorator

    def command(
        self,
        name: str,
        scope: str | Iterable[str] = "both",
        aliases: Iterable[str] = (),
        permission: str | Iterable[str] | Rule | None = None,
        allow_bots: bool | Iterable[str] = False,
        hidden: bool = False,
        cooldown: float | None = None,
        help: str | None = None,
        *,
        key: Key | None = None,
        on_newer: OnNewer | None = None,
        limit: int | None = None,
        group: str | None = None,
        debounce: float | None = None,
        max_wait: float | None = None,
        rate: str | None = None,
        interrupt: bool = False,
        priority: int = OF_PEOPLE,
        timeout: float | None = None,
        soft: float | None = None,
        retry: Retry | int | None = None,
    ) -> Callable[[CB], CB]:
        """Register the decorated callback as a command that people type in comments: ``@app name arguments``.

        ``scope``: ``issue``, ``pr``, ``commit``, ``discussion``, ``both`` (issue and pr), or several.
        ``permission``: ``read``, ``triage``, ``write``, ``maintain``, ``admin``, ``@organisation/team``, several
        of them, or a function of the context. ``allow_bots``: True, or the logins of some. ``cooldown``: seconds
        between two uses in one conversation. ``help`` defaults to the docstring. The callback gets those of
        ``event``, ``gh``, ``cmd_args`` and ``context`` that it names, and the values of click options and
        arguments that are stacked under this decorator. ``timeout``, ``soft``, ``retry`` and the options of flow
        control are those of `event`; a command takes its turn when its author was found to be allowed it. Raises
        ValueError for what could never work.
        """
        limits = limits_of(timeout, soft, retry)
        flow = Flow.of(
            key=key,
            on_newer=on_newer,
            limit=limit,
            group=group,
            debounce=debounce,
            max_wait=max_wait,
            rate=rate,
            interrupt=interrupt,
        )

        def decorator(func: CB) -> CB:
            command = Command.make(
                name,
                func,
                scope=scope,
                aliases=aliases,
                permission=permission,
                allow_bots=allow_bots,
                hidden=hidden,
                cooldown=cooldown,
                help=help,
            )
            for event_type in commands.EVENTS:
                self._register(
                    Registration(
                        event_type,
                        {},
                        func,
                        kind="command",
                        worker_type=loading.get(),
                        command=command,
                        flow=flow,
                        priority=priority,
                        limits=limits,
                    )
                )
            return func

        return decorator


_FLOW = frozenset(
    ("key", "on_newer", "limit", "group", "debounce", "max_wait", "rate", "interrupt", "own_events")
)
# Each of these says that runs are controlled. The payload of `deploy_key` has a ``key``: alone that is a detail.
_CONTROLS = frozenset(("on_newer", "limit", "debounce", "rate"))


def _flow_of(options: dict[str, Any]) -> tuple[Flow | None, dict[str, Any]]:
    """Return the flow control that a decorator was given, and its payload details."""
    if _CONTROLS.isdisjoint(options):
        return None, options
    given = {name: value for name, value in options.items() if name in _FLOW}
    return Flow.of(**given), {name: value for name, value in options.items() if name not in _FLOW}


def _asked_for(names: str | Iterable[str], details: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return each event that is named, with its details. Raises ValueError for an action that is given twice."""
    found: dict[str, list[str] | None] = {}
    for name in [names] if isinstance(names, str) else names:
        event, action = split_name(name)
        if action is not None and "action" in details:
            raise ValueError(f"{name!r} names an action, and action={details['action']!r} another")
        known = found.setdefault(event, [] if action is not None else None)
        if action is None or known is None:
            found[event] = None  # all actions, whatever else names one of them
        else:
            known.append(action)
    if not found:
        raise ValueError("no event is named: the callback would never be called")
    return [
        (event, details if actions is None else {**details, "action": _one_or_all(actions)})
        for event, actions in found.items()
    ]


def _one_or_all(actions: list[str]) -> str | list[str]:
    return actions[0] if len(actions) == 1 else actions
