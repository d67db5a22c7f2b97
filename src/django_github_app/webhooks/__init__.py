"""Types of all payloads that GitHub sends, for annotations: ``event: Event[IssuesOpened]``, ``issue: IssuesOpened``.

Type checkers read the stubs beside this file, which `make webhooks` writes out of GitHub's description of its
webhooks; nothing of them is loaded when a program runs. A name is that of an event and one of its actions,
``IssuesOpened``, or of an event with any of its actions, ``Issues``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from gidgethub import sansio

from django_github_app.deliveries.known_events import EVENTS

__all__ = ["Event", "Payload", "names"]


class Event(sansio.Event):
    """An event whose payload is known: ``event: Event[IssuesOpened]``. A callback gets an ordinary event."""

    def __class_getitem__(cls, payload: object) -> type[Event]:
        return cls


class Payload(dict[str, Any]):
    """What the names of this module are while a program runs: a parameter annotated with one gets the payload."""


@cache
def names() -> dict[str, type[Payload]]:
    """Return every name of a payload and what stands for it."""
    found = {}
    for event, actions in EVENTS.items():
        for action in ("", *actions):
            name = _camel(f"{event}_{action}")
            found[name] = type(
                name, (Payload,), {"__module__": __name__, "__doc__": f"{event} {action}".strip()}
            )
    return found


def _camel(name: str) -> str:
    return "".join(
        word[:1].upper() + word[1:] for word in name.replace(".", "_").replace("-", "_").split("_")
    )


def __getattr__(name: str) -> type[Payload]:
    found = names().get(name) if name[:1].isupper() else None
    if found is None:
        raise AttributeError(
            f"module {__name__!r} has no attribute {name!r}: GitHub has no such event or action"
        )
    return found
