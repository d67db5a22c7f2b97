"""What is wrong, judged by how things stand: thresholds in, conditions out. Pure.

Thresholds are keys of ``GITHUB_APP["ALARMS"]``; what is not set has the default of `Thresholds`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .gauges import Present

DAY: Final = 24 * 3600.0
LEARN_DAYS: Final = 8
"""Days after which a hook's usual silence is known: they have a weekend in them."""
DAYS_KEPT: Final = 15


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an alarm is raised, in seconds and numbers; 0 switches one off."""

    every: float = 15.0
    """Seconds between looks."""
    workers: float = 45.0
    """Since a worker of a type gave a sign of life."""
    beat: float = 45.0
    """Since beat sent the sweep."""
    sweep: float = 60.0
    """Since a sweep ended."""
    queue_age: float = 600.0
    """Age of the oldest event that waits."""
    retries: float = 300.0
    """For which a retry has been due."""
    running: float = 3600.0
    """Since the receipt of an event that runs."""
    dead: int = 20
    """Events that failed for good within an hour."""
    missed: int = 50
    """Failed deliveries in GitHub's log that are not here yet."""
    silence: float = 900.0
    """Without a delivery of a hook, at least; more for a hook that is usually silent for longer."""
    silence_factor: float = 2.0
    """Times the longest silence of the last two weeks."""
    silence_unknown: float = 3 * DAY
    """Without a delivery of a hook of which less than eight days are known."""
    quiet: float = 30.0
    """For which a condition must be gone before its recovery is told."""
    mail: bool = True
    """Whether ``mail_admins`` is told."""
    webhook: str = ""
    """Address that is sent a POST with each alarm and recovery, as JSON."""
    issue: str = ""
    """``owner/name`` of a repository in which an issue is opened for an alarm, and closed with its recovery."""
    issue_installation: int = 0
    """The installation that may do so."""

    @classmethod
    def of(cls, configured: Mapping[str, Any] | None) -> Thresholds:
        """Return the defaults with what a project set; what is no threshold is left out."""
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in (configured or {}).items() if name in known})


NAMES: Final = frozenset(field.name for field in dataclasses.fields(Thresholds))


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong. ``key`` is the same as long as it is the same thing."""

    key: str
    message: str
    hint: str


def judge(now: Present, limits: Thresholds, usual: Mapping[str, float]) -> Iterator[Condition]:
    """Yield what is wrong. ``usual`` has the seconds for which each hook may be silent: see `allowed_silence`."""
    yield from _processes(now, limits)
    yield from _events(now, limits)
    for hook, age in now.silence.items():
        allowed = usual.get(hook, limits.silence_unknown)
        if limits.silence and age > allowed:
            yield Condition(
                f"silence {hook}",
                f"No delivery of hook {hook} for {_time(age)}; usual are at most {_time(allowed)}.",
                "See the deliveries in the app's settings on GitHub (Advanced), and `manage.py github doctor`.",
            )


def _processes(now: Present, limits: Thresholds) -> Iterator[Condition]:
    for worker_type, age in now.worker_age.items():
        if limits.workers and age > limits.workers:
            yield Condition(
                f"workers {worker_type}",
                f"No worker for {worker_type} has given a sign of life for {_time(age)}.",
                f"Start one: `manage.py github worker {worker_type if worker_type != 'maintenance' else 'sync'}`.",
            )
    if limits.beat and now.beat_age is not None and now.beat_age > limits.beat:
        yield Condition(
            "beat",
            f"Beat has not sent the sweep for {_time(now.beat_age)}.",
            "Start exactly one `manage.py github beat`: without it nothing is retried or recovered.",
        )
    elif limits.sweep and now.sweep_age is not None and now.sweep_age > limits.sweep:
        yield Condition(
            "sweep",
            f"The sweep has not run for {_time(now.sweep_age)}, although beat sends it.",
            "See that a worker consumes the maintenance queue, and that the broker can be reached.",
        )


def _events(now: Present, limits: Thresholds) -> Iterator[Condition]:
    for worker_type, age in now.pending_age.items():
        if limits.queue_age and age > limits.queue_age:
            yield Condition(
                f"queue {worker_type}",
                f"An event has been waiting for {worker_type} workers for {_time(age)}.",
                "Start more of them, or see what keeps them: `manage.py github events --status processing`.",
            )
    for worker_type, age in now.retry_overdue.items():
        if limits.retries and age > limits.retries:
            yield Condition(
                f"retries {worker_type}",
                f"A retry for {worker_type} workers has been due for {_time(age)}.",
                "See that beat and workers run, and that the broker can be reached.",
            )
    for worker_type, age in now.running_age.items():
        if limits.running and age > limits.running:
            yield Condition(
                f"running {worker_type}",
                f"An event that was received {_time(age)} ago still runs on a {worker_type} worker.",
                "See which: `manage.py github events --status processing`.",
            )
    if limits.dead and now.dead_lately >= limits.dead:
        yield Condition(
            "dead",
            f"{now.dead_lately} events failed for good within an hour.",
            "See why: `manage.py github events --status dead`; `github replay` runs them again when it is mended.",
        )
    if limits.missed and now.missed >= limits.missed:
        yield Condition(
            "missed",
            f"{now.missed} deliveries that GitHub could not deliver are not here yet.",
            "See that the webhook's URL answers; beat asks for them again.",
        )


def allowed_silence(days: Mapping[str, float], limits: Thresholds) -> float:
    """Return for how long a hook may be silent, by the longest silence of each day that is known of it."""
    if len(days) < LEARN_DAYS:
        return max(
            limits.silence_unknown, limits.silence, limits.silence_factor * max(days.values(), default=0.0)
        )
    return max(limits.silence, limits.silence_factor * max(days.values()))


def learn(
    days: Mapping[str, float], last: dt.datetime | None, times: Sequence[dt.datetime]
) -> dict[str, float]:
    """Return the longest silence of each day with the silences between ``last`` and ``times`` (in order) counted.

    A silence counts for the day on which it ends.
    """
    found = dict(days)
    for at in times:
        day = at.date().isoformat()
        gap = 0.0 if last is None else max(0.0, (at - last).total_seconds())
        found[day] = max(found.get(day, 0.0), gap)
        last = at if last is None else max(at, last)
    return {day: found[day] for day in sorted(found)[-DAYS_KEPT:]}


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} days"
