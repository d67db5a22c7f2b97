"""Callbacks for events and actions that GitHub never sends: registered without an error, and never called."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django_github_app.broker.queues import WORKER_TYPES
from django_github_app.deliveries.event_names import problems_of

from .binding import name_of
from .matching import Registration
from .router import registrations
from .sources import read_handlers

__all__ = ["Misnamed", "misnamed"]


@dataclass(frozen=True, slots=True, order=True)
class Misnamed:
    """One name that does not exist, and where it was written."""

    file: str
    line: int
    handler: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}, {self.handler}: {self.problem}"


def misnamed(*, with_sources: bool = True) -> list[Misnamed]:
    """Return the names that do not exist, of callbacks that are registered and of those in the handlers' sources.

    ``with_sources``: also look into handler modules that nobody has imported yet, without importing them.
    """
    found: dict[tuple[str, str], Misnamed] = {}
    for one in (*(_in_sources() if with_sources else ()), *_registered(registrations())):
        found.setdefault((one.file, one.problem), one)
    return sorted(found.values())


def _in_sources() -> Iterator[Misnamed]:
    for worker_type in WORKER_TYPES:
        for named in read_handlers(worker_type):
            if named.event is not None:
                for problem in problems_of(named.event, named.actions):
                    yield Misnamed(named.file, named.line, named.handler, problem)


def _registered(found: Iterable[Registration]) -> Iterator[Misnamed]:
    for registration in found:
        if registration.kind != "event":
            continue
        for problem in problems_of(registration.event_type, registration.actions):
            code = getattr(inspect.unwrap(registration.callback), "__code__", None)
            file, line = (code.co_filename, code.co_firstlineno) if code is not None else ("", 0)
            yield Misnamed(file, line, name_of(registration.callback), problem)
