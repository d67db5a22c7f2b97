"""What a handler asks for: a key, how many may run for it, and what a newer event does to older ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from gidgethub import sansio

from django_github_app.errors import FlowKeyMissing

__all__ = ["Flow", "FlowKey", "Key", "OnNewer", "Rate", "key_of"]

OnNewer = Literal["queue", "drop_queued", "cancel"]
Key = str | Callable[[sansio.Event], Any]

MOST_PER_RATE = 1000
"""The start of each run counts until it is over: so many are remembered for a key."""
_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_RATE = re.compile(r"(\d+)\s*/\s*(\d*)\s*(s|m|min|h|d)")
_FIELD = re.compile(r"\{([^{}]*)\}")
_PATH = re.compile(r"\w+(?:\.\w+)*")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` runs begin in any ``seconds``."""

    count: int
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``20/h``, ``1/30s`` or ``5/10m``. Raises ValueError."""
        found = _RATE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no rate: write it as 20/h, 5/10m or 1/30s")
        count, seconds = int(found[1]), int(found[2] or 1) * _UNITS[found[3]]
        if not 1 <= count <= MOST_PER_RATE or seconds < 1:
            raise ValueError(f"a rate has 1 to {MOST_PER_RATE} runs in at least a second, not {text!r}")
        return cls(count, float(seconds))


@dataclass(frozen=True, slots=True)
class Flow:
    """How runs of one handler for one key keep out of each other's way."""

    key: Key | None = None
    """None: the issue or pull request, as lanes are."""
    on_newer: OnNewer = "queue"
    limit: int = 1
    group: str | None = None
    """Handlers that name the same one share their keys; None: the handler has its own."""
    debounce: float | None = None
    max_wait: float | None = None
    rate: Rate | None = None
    interrupt: bool = False
    """Whether a cancelled synchronous callback is interrupted wherever it is."""
    own_events: bool = False
    """Whether events that the app's own account caused replace and cancel as others do."""

    @classmethod
    def of(
        cls,
        *,
        key: Key | None = None,
        on_newer: OnNewer | None = None,
        limit: int | None = None,
        group: str | None = None,
        debounce: float | None = None,
        max_wait: float | None = None,
        rate: str | None = None,
        interrupt: bool = False,
        own_events: bool = False,
    ) -> Flow | None:
        """Return what a decorator was given, None if that is nothing. Raises ValueError for what cannot be."""
        if all(one is None for one in (key, on_newer, limit, group, debounce, rate)):
            if max_wait is not None or interrupt or own_events:
                raise ValueError(
                    "max_wait, interrupt and own_events need a key, on_newer, limit, debounce or rate"
                )
            return None
        if on_newer is not None and on_newer not in get_args(OnNewer):
            raise ValueError(f"on_newer is one of {', '.join(get_args(OnNewer))}, not {on_newer!r}")
        if limit is not None and limit < 1:
            raise ValueError(f"a limit of {limit} would let nothing run")
        if (debounce is not None and debounce <= 0) or (max_wait is not None and max_wait <= 0):
            raise ValueError("debounce and max_wait are seconds above 0")
        if max_wait is not None and debounce is None:
            raise ValueError("max_wait says how long debounce may go on: it needs debounce")
        if isinstance(key, str):
            _check_template(key)
        # Whoever waits for quiet, or for room in a rate, is done with what is out of date meanwhile.
        replaces: OnNewer = "queue" if debounce is None and rate is None else "drop_queued"
        return cls(
            key,
            on_newer or replaces,
            1 if limit is None else limit,
            group,
            debounce,
            max_wait,
            None if rate is None else Rate.parse(rate),
            interrupt,
            own_events,
        )


@dataclass(frozen=True, slots=True)
class FlowKey:
    """A key of one event: its number in the tables, and how people read it."""

    number: int
    label: str


def key_of(flow: Flow, handler: str, event: sansio.Event, subject: str) -> FlowKey:
    """Return the key of an event for a handler; ``subject`` is the one that is meant by default.

    Raises `FlowKeyMissing` for a payload that does not have what the key names, and whatever a function raises.
    """
    if flow.key is None:
        value = subject
    elif callable(flow.key):
        value = str(flow.key(event))
    elif "{" in flow.key:
        value = _FIELD.sub(lambda found: _text_at(event, found[1]), flow.key)
    else:
        value = _text_at(event, flow.key)
    owner = f"group {flow.group}" if flow.group is not None else handler
    digest = hashlib.blake2b(f"{owner}\n{value}".encode("utf-8", "replace"), digest_size=8).digest()
    return FlowKey(int.from_bytes(digest, "big", signed=True), f"{owner} {value}"[-255:])


def _check_template(key: str) -> None:
    fields = _FIELD.findall(key) if "{" in key else [key]
    if not fields or any(not _PATH.fullmatch(one) for one in fields) or "{" in _FIELD.sub("", key):
        raise ValueError(
            f'{key!r} is no key: write "repository.id", "{{repository.id}}:{{number}}", or a function'
        )


def _text_at(event: sansio.Event, path: str) -> str:
    found: Any = event.data
    for part in path.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise FlowKeyMissing(f"The payload of {event.event} has no {path}, which the handler's key names")
        found = found[part]
    return str(found)
