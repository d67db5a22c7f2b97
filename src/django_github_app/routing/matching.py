"""What callbacks are registered for, and which calls an event makes of them."""

from __future__ import annotations

import re
from asyncio import CancelledError
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from itertools import count
from typing import Any, Literal

from gidgethub import sansio

from django_github_app import commands
from django_github_app.broker.shutdown import ends_the_process
from django_github_app.commands import Command
from django_github_app.comments.mentions import Mention, MentionScope
from django_github_app.conf import app_settings
from django_github_app.errors import CallbackExited
from django_github_app.flow import Flow

from .binding import Call, Kind, bind, name_of
from .continuations import Continues
from .limits import Limits
from .timing import When

__all__ = ["Per", "Registration", "Schedule", "calls_for", "ready_to_call"]

Per = Literal["repository", "installation"]

_sequence = count()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a callback is called, and for what each time."""

    name: str
    when: When
    per: Per
    worker_type: str


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """One callback registered for one event type."""

    event_type: str
    details: Mapping[str, Any]
    callback: Callable[..., Any]
    kind: Kind = "event"
    ordered: bool = True
    worker_type: str | None = None
    """None: registered outside the handler modules, for events of any type."""
    username: str | re.Pattern[str] | None = None
    scope: MentionScope | None = None
    command: Command | None = None
    schedule: Schedule | None = None
    flow: Flow | None = None
    priority: int = 0
    limits: Limits | None = None
    continues: Continues | None = None
    sequence: int = field(default_factory=lambda: next(_sequence))

    def matches(self, data: Mapping[str, Any]) -> bool:
        """Say whether the payload has what the details ask for."""
        return all(_matches(_lookup(data, key), wanted) for key, wanted in self.details.items())

    @property
    def actions(self) -> set[str] | None:
        """The actions it is limited to; None when that cannot be told from the registration."""
        wanted = self.details.get("action")
        if isinstance(wanted, str):
            return {wanted}
        if isinstance(wanted, list | tuple | set | frozenset) and all(isinstance(w, str) for w in wanted):
            return set(wanted)
        return None


_MISSING = object()


def _lookup(data: Any, key: str) -> Any:
    """Return ``data["a"]["b"]`` for the key ``a__b``, as Django's lookups are written."""
    for part in key.split("__"):
        if not isinstance(data, Mapping) or part not in data:
            return _MISSING
        data = data[part]
    return data


def _matches(value: Any, wanted: Any) -> bool:
    if value is _MISSING:
        return False
    if callable(wanted):
        return bool(wanted(value))
    if isinstance(wanted, list | tuple | set | frozenset):
        return any(value == one for one in wanted)
    return bool(value == wanted)


def calls_for(candidates: Iterable[Registration], event: sansio.Event) -> list[Call]:
    """Return the calls that an event is for, of registrations for its type, in their order."""
    calls: list[Call] = []
    seen: set[tuple[int, int]] = set()
    taken: dict[tuple[str, int], int] = {}
    registered: list[Command] = []
    flows: dict[int, Flow] = {}
    limits: dict[int, Limits] = {}
    for registration in candidates:
        if registration.command is not None:
            registered.append(registration.command)
            if registration.flow is not None:
                flows[id(registration.command)] = registration.flow
            if registration.limits is not None:
                limits[id(registration.command)] = registration.limits
            continue
        for call in _attempted(registration, event):
            # One function, one call per event and position, however many of its decorators match.
            if (id(call.callback), call.position) in seen:
                continue
            seen.add((id(call.callback), call.position))
            calls.append(_with_own_key(call, taken))
    if not registered:
        return calls
    # Where a mention callback takes the line, nobody is told that it is no command.
    mentioned = {call.position for call in calls if call.kind == "mention"}
    # The commands of a comment run in the order in which they stand in it, after everything else.
    try:
        found = list(_commands(registered, event, mentioned, flows, limits))
    except Exception as error:  # noqa: BLE001 - the other callbacks run, whatever this is
        found = [Call("command", name_of(commands.match), commands.match, error=error)]
    return calls + [_with_own_key(call, taken) for call in found]


def _attempted(registration: Registration, event: sansio.Event) -> Sequence[Call]:
    """Return a registration's calls; what its own code or an odd payload raises is one call that has failed."""
    failure: Exception
    try:
        if not registration.matches(event.data):
            return ()
        if registration.kind == "event":
            name, limits, flow = name_of(registration.callback), registration.limits, registration.flow
            return (Call("event", name, registration.callback, limits=limits, flow=flow),)
        return list(_mentions(registration, event))
    except Exception as error:  # noqa: BLE001 - its siblings are to run
        failure = error
    except (SystemExit, KeyboardInterrupt, GeneratorExit, CancelledError) as error:
        if ends_the_process(error):
            raise
        failure = CallbackExited()
        failure.__cause__ = error
    kind = registration.kind
    return [Call(kind, name_of(registration.callback), registration.callback, error=failure)]


def _commands(
    registered: Sequence[Command],
    event: sansio.Event,
    mentioned: Collection[int],
    flows: Mapping[int, Flow],
    limits: Mapping[int, Limits],
) -> Iterator[Call]:
    found = commands.match(
        registered,
        event,
        slug=app_settings.SLUG,
        prefix=app_settings.COMMAND_PREFIX,
        bodies=app_settings.COMMANDS_IN_BODIES,
        panel_keys=app_settings.panel_keys,
    )
    for match in found:
        if match.command is None and match.position in mentioned:
            continue
        callback = match.command.callback if match.command is not None else commands.unknown
        yield Call(
            "command",
            name_of(callback),
            callback,
            match.position,
            {"match": match},
            command=(match.command.name if match.command is not None else match.name)[:100],
            arguments=match.masked_arguments,
            actor=match.source.sender[:100],
            flow=flows.get(id(match.command)) if flows else None,
            limits=limits.get(id(match.command)) if limits else None,
        )


def _with_own_key(call: Call, taken: dict[tuple[str, int], int]) -> Call:
    # Two closures can share a qualified name; the ledger must not mistake one for the other.
    occurrence = taken[call.handler, call.position] = taken.get((call.handler, call.position), 0) + 1
    if occurrence == 1:
        return call
    return replace(call, handler=f"{call.handler}#{occurrence}"[-255:])


def _mentions(registration: Registration, event: sansio.Event) -> Iterator[Call]:
    handler = name_of(registration.callback)
    scope = MentionScope.from_event(event)
    if registration.scope is not None and scope != registration.scope:
        return
    for mention in Mention.from_event(event, username=registration.username, scope=scope):
        yield Call(
            "mention",
            handler,
            registration.callback,
            mention.mention.position,
            {"context": mention},
            flow=registration.flow,
            limits=registration.limits,
        )


def ready_to_call(call: Call) -> Callable[..., Any]:
    """Return a callable that is given an event and, if its callback wants one, a client."""

    @wraps(call.callback)
    def ready(event: sansio.Event, *args: Any, **kwargs: Any) -> Any:
        gh, *rest = args or (None,)
        positional, keywords = bind(call.callback, event, gh, {**kwargs, **call.kwargs})
        return call.callback(*positional, *rest, **keywords)

    return ready
