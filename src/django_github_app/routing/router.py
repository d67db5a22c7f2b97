"""`GitHubRouter`: which callbacks an event is for, in the order they were registered."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, cast

from django.utils.functional import classproperty
from gidgethub import sansio
from gidgethub.routing import Router as GidgetHubRouter

from django_github_app import commands
from django_github_app.commands import Command
from django_github_app.deliveries.event_names import EVERY
from django_github_app.errors import HandlerLoadError

from .binding import Call, name_of
from .decorators import Registrar, loading
from .loading import MODULES, OURS, handler_modules, types_by_module
from .matching import Registration, calls_for, ready_to_call
from .priorities import Priorities, priorities_of

__all__ = [
    "GitHubRouter",
    "Registration",
    "continuation_of",
    "error_callbacks",
    "handler_modules",
    "limit_to",
    "longest_timeout",
    "match",
    "priorities",
    "registrations",
    "shadowed_commands",
    "unordered",
]

logger = logging.getLogger(__name__)

# Worker type → event type → registrations; emptied whenever something is registered.
_index: dict[str, dict[str, list[Registration]]] = {}
# Worker type → the index that it was found in, and the longest time limit there.
_longest: dict[str, tuple[object, float]] = {}
# Worker type → the router that a project's webhook view limits itself to.
_chosen: dict[str, GidgetHubRouter] = {}


class GitHubRouter(Registrar):
    """Registers callbacks for events, mentions and commands.

    Every router is known to the workers: creating one in a handler module and decorating functions with it is
    all that is needed. A router made from others, ``GitHubRouter(a, b)``, has their registrations too.
    """

    _routers: list[GidgetHubRouter] = []
    _lock = threading.RLock()
    _loaded: set[str] = set()
    _library_handlers_loaded: bool = False
    """Whether the package's own handlers are registered; False has them looked at again, and not registered twice."""

    def __init__(self, *other_routers: GidgetHubRouter) -> None:
        self._take_over(other_routers)
        with GitHubRouter._lock:
            GitHubRouter._routers.append(self)
            _index.clear()

    def _take_over(self, routers: Iterable[GidgetHubRouter]) -> None:
        self.registrations: list[Registration] = []
        self._by_event: dict[str, list[Registration]] = {}
        self.error_callbacks = []
        super().__init__()
        # A router made of all routers knows each registration once, although one of them may be such a router too.
        found = {id(r): r for other in routers for r in _registrations_of(other)}
        for registration in sorted(found.values(), key=_is_of_the_project):
            self._register(registration)

    @classmethod
    def merged(cls) -> GitHubRouter:
        """Return a router with the registrations of all routers, which is not one of them itself."""
        router = cls.__new__(cls)
        router._take_over(cls._routers)
        return router

    @classproperty
    def routers(cls) -> list[GidgetHubRouter]:
        """All routers of this process, in the order they were created."""
        return list(cls._routers)

    # Registering

    def _register(self, registration: Registration) -> None:
        self.registrations.append(registration)
        self._by_event.setdefault(registration.event_type, []).append(registration)
        _index.clear()

    # Matching

    def match(self, event: sansio.Event) -> list[Call]:
        """Return the calls that an event is for, in the order their callbacks were registered.

        Mentions and commands are one call each; a callback registered twice for an event is called once.
        """
        return calls_for(_for_event(self._by_event, event.event), event)

    def fetch(self, event: sansio.Event) -> list[Callable[..., Any]]:  # type: ignore[override]  # ordered
        """Return the callbacks for an event, each ready to be called with the event and a client."""
        return [ready_to_call(call) for call in self.match(event)]

    async def adispatch(self, event: sansio.Event, *args: Any, **kwargs: Any) -> None:
        """Call the callbacks for an event one after the other and await those that are asynchronous."""
        for callback in self.fetch(event):
            result = callback(event, *args, **kwargs)
            if isinstance(result, Awaitable):
                await result

    def dispatch(self, event: sansio.Event, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]  # sync
        """Call the synchronous callbacks for an event one after the other."""
        for callback in self.fetch(event):
            callback(event, *args, **kwargs)

    # Loading

    @classmethod
    def ensure_async_handlers_loaded(cls) -> None:
        """Import the handler modules of the async worker type, once. Raises `HandlerLoadError`."""
        cls._ensure_loaded("async")

    @classmethod
    def ensure_sync_handlers_loaded(cls) -> None:
        """Import the handler modules of the sync worker type, once. Raises `HandlerLoadError`."""
        cls._ensure_loaded("sync")

    @classmethod
    def ensure_library_handlers(cls, webhook_type: str) -> None:
        """Import the handler modules of a worker type: the name django-github-app has for it."""
        cls._ensure_loaded("async" if webhook_type == "async" else "sync")

    @classmethod
    def _ensure_loaded(cls, worker_type: str) -> None:
        if worker_type in cls._loaded and GitHubRouter._library_handlers_loaded:
            return
        with cls._lock:
            if worker_type in cls._loaded and GitHubRouter._library_handlers_loaded:
                return
            token = loading.set(worker_type)
            try:
                for module in handler_modules(worker_type):
                    cls._load(module)
            finally:
                loading.reset(token)
            # Only now: a module that failed is tried again with the next event.
            cls._loaded.add(worker_type)
            GitHubRouter._library_handlers_loaded = True
        for name, hidden, called in shadowed_commands(worker_type):
            logger.warning(
                "a command is never called, another one has its name",
                extra={
                    "command": name,
                    "handler": name_of(hidden.callback),
                    "called": name_of(called.callback),
                },
            )

    @classmethod
    def _load(cls, module: str) -> None:
        try:
            import_module(module)
        except Exception as error:
            # What the failed module registered would be registered again by the next try.
            for router in cls._routers:
                if isinstance(router, GitHubRouter):
                    router._forget_unloaded()
            raise HandlerLoadError(f"handler module {module} could not be imported: {error!r}") from error

    def _forget_unloaded(self) -> None:
        self.error_callbacks[:] = [
            one for one in self.error_callbacks if getattr(one.callback, "__module__", None) in sys.modules
        ]
        kept = [r for r in self.registrations if getattr(r.callback, "__module__", None) in sys.modules]
        if len(kept) != len(self.registrations):
            self.registrations.clear()
            self._by_event.clear()
            _index.clear()
            for registration in kept:
                self._register(registration)

    @classmethod
    @contextmanager
    def isolated(cls) -> Iterator[None]:
        """For tests: start with no router and nothing loaded, and put everything back afterwards."""
        with cls._lock:
            before = cls._routers, cls._loaded, cls._library_handlers_loaded, dict(_chosen)
            cls._routers, cls._loaded, cls._library_handlers_loaded = [], set(MODULES), True
            _chosen.clear()
            _index.clear()
        try:
            yield
        finally:
            with cls._lock:
                cls._routers, cls._loaded, cls._library_handlers_loaded, chosen = before
                _chosen.clear()
                _chosen.update(chosen)
                _index.clear()


def _registrations_of(router: GidgetHubRouter) -> list[Registration]:
    if isinstance(router, GitHubRouter):
        return list(router.registrations)
    # A plain gidgethub router keeps its routes in two dictionaries and has no public way to list them.
    found = [Registration(name, {}, func) for name, funcs in router._shallow_routes.items() for func in funcs]
    for name, details in router._deep_routes.items():
        for key, values in details.items():
            for value, funcs in values.items():
                found += [Registration(name, {key: value}, func) for func in funcs]
    return found


def _is_of_the_project(registration: Registration) -> bool:
    """Sort the package's own handlers first: the project's find installations and repositories as they are now."""
    module = getattr(registration.callback, "__module__", None) or ""
    return not module.startswith(f"{OURS}.")


def registrations(worker_type: str | None = None) -> list[Registration]:
    """Return what all routers registered (for a worker type): ours first, then in order, each once."""
    found = {id(r): r for router in GitHubRouter._routers for r in _registrations_of(router)}
    if worker_type is not None:
        types = types_by_module(getattr(r.callback, "__module__", None) or "" for r in found.values())
        chosen = _chosen.get(worker_type)
        wanted = [] if chosen is None else _registrations_of(chosen)
        only = None if chosen is None else {id(r) for r in wanted}
        found = {
            key: r
            for key, r in found.items()
            if (r.worker_type or types.get(getattr(r.callback, "__module__", None) or ""))
            in (None, worker_type)
            and (only is None or key in only or not _is_of_the_project(r))
        }
        if chosen is not None and not isinstance(chosen, GitHubRouter):
            found |= {id(r): r for r in wanted}
    return sorted(found.values(), key=lambda r: (_is_of_the_project(r), r.sequence))


def is_for_nobody(worker_type: str) -> bool:
    """Return whether events of a worker type, whose modules are loaded, meet the package's own handlers only."""
    return not any(map(_is_of_the_project, registrations(worker_type)))


def limit_to(worker_type: str, router: GidgetHubRouter) -> None:
    """Let events of a worker type be for the handlers of one router only, and the package's own."""
    with GitHubRouter._lock:
        _chosen[worker_type] = router
        _index.clear()


def match(event: sansio.Event, worker_type: str) -> list[Call]:
    """Return the calls that an event of a worker type is for, from all routers of this process."""
    index = _indexed(worker_type)
    return calls_for(index.get(event.event) or index.get(EVERY) or (), event)


def continuation_of(callback: Callable[..., Any]) -> Registration | None:
    """Return how a callback is registered as a continuation; None for one that is not."""
    return next((r for r in registrations() if r.continues is not None and r.callback is callback), None)


def error_callbacks(failed: Callable[..., Any], worker_type: str) -> list[Callable[..., Any]]:
    """Return what is called when ``failed`` is not tried again: of its routers, and of those that are for all."""
    found: dict[int, Callable[..., Any]] = {}
    for router in GitHubRouter._routers:
        wanted = [
            one
            for one in (router.error_callbacks if isinstance(router, GitHubRouter) else ())
            if one.worker_type in (None, worker_type)
        ]
        if wanted and isinstance(router, GitHubRouter):
            own = any(r.callback is failed for r in router.registrations)
            found |= {id(one.callback): one.callback for one in wanted if own or one.everywhere}
    return list(found.values())


def shadowed_commands(worker_type: str) -> list[tuple[str, Command, Command]]:
    """Return the loaded commands that can never be called, as `commands.shadowed` does."""
    loaded = {id(r.command): r.command for r in registrations(worker_type) if r.command is not None}
    return commands.shadowed(loaded.values())


def _indexed(worker_type: str) -> dict[str, list[Registration]]:
    by_event = _index.get(worker_type)
    if by_event is None:
        found: dict[str, list[Registration]] = {}
        for registration in registrations(worker_type):
            found.setdefault(registration.event_type, []).append(registration)
        by_event = {event: _for_event(found, event) for event in found}
        _index[worker_type] = by_event
    return by_event


def _for_event(by_event: Mapping[str, list[Registration]], event: str) -> list[Registration]:
    """Return the registrations for an event and those for every event, in their order."""
    own, all_events = by_event.get(event, []), by_event.get(EVERY, [])
    if not all_events or event == EVERY:
        return own or all_events
    return sorted([*own, *all_events], key=lambda r: (_is_of_the_project(r), r.sequence))


def priorities(worker_type: str) -> Priorities:
    """Return how urgent events of a worker type are."""
    found = {id(one): one for registered in _indexed(worker_type).values() for one in registered}
    return priorities_of(found.values())


def longest_timeout(worker_type: str) -> float:
    """Return the longest time limit that a callback of a worker type has been given; 0 where none was."""
    index = _indexed(worker_type)
    known = _longest.get(worker_type)
    if known is None or known[0] is not index:
        limits = (r.limits for found in index.values() for r in found)
        longest = max((one.timeout for one in limits if one is not None and one.timeout), default=0.0)
        known = _longest[worker_type] = (index, longest)
    return known[1]


def unordered(worker_type: str) -> list[str]:
    """Return the events (``push``) and actions (``issues.labeled``) whose callbacks all opted out of lanes."""
    names: list[str] = []
    for event_type, found in _indexed(worker_type).items():
        held = [r.actions for r in found if r.ordered]
        free = [r.actions for r in found if not r.ordered]
        if not free or None in held or event_type == EVERY:
            continue
        if not held:
            names.append(event_type)
            continue
        kept = set().union(*cast("Sequence[set[str]]", held))
        actions = set().union(*(a for a in free if a is not None)) - kept
        names += [f"{event_type}.{action}" for action in sorted(actions)]
    return names
