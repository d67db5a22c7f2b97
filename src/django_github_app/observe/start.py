"""Puts observers where the settings ask for them: in web processes, in workers, in beat."""

from __future__ import annotations

import atexit
import datetime as dt
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from django_github_app import probes
from django_github_app.broker import lifecycle
from django_github_app.conf import app_settings
from django_github_app.process.per_process import PerProcess
from django_github_app.sql.clock import database_now

from . import collecting, metrics, pulses, rollups, serving, tracing, watch
from .keeper import Duty, Keeper

COUNT_EVERY = 1.0
WRITE_EVERY = 10.0
"""Seconds between writes: files for siblings, rolled-up counters, signs of life."""
FORGET_EVERY = 3600.0

_write_rollups: rollups.Write | None = None
_beat_sent_at: float | None = None


class _Process:
    def __init__(self) -> None:
        self.keeper: Keeper | None = None
        self.server: Any = None


_process = PerProcess(_Process)


def prepare(write_rollups: rollups.Write) -> None:
    """Arrange for what the settings ask for; starts no thread and connects to nothing.

    ``write_rollups`` is `sql.rollups.add`.
    """
    global _write_rollups
    _write_rollups = write_rollups
    lifecycle.on_start(_before_worker)
    lifecycle.on_worker(_in_worker)
    lifecycle.on_beat(_in_beat, _note_beat)
    lifecycle.on_end(close)
    # What is not installed is said by a system check.
    if app_settings.TRACING and find_spec("opentelemetry"):
        tracing.start(share=app_settings.TRACING)
    if app_settings.METRICS and find_spec("prometheus_client"):
        collecting.start(_in_web)
    if app_settings.ALARMS is not None:
        probes.after_answer = watch.after_answer


def close() -> None:
    """Write what was counted, and stop this process's thread and server."""
    process = _process.take()
    if process is None:
        return
    if process.keeper is not None:
        process.keeper.stop()
    if process.server is not None:
        process.server.shutdown()
        process.server.server_close()


def _keep(duties: list[Duty], first: Callable[[], None] | None = None) -> None:
    process = _process.get()
    if process.keeper is None or not process.keeper.is_alive():
        process.keeper = Keeper(duties, first)
        process.keeper.start()


def _in_web() -> None:
    _keep(_counting())


def _counting() -> list[Duty]:
    duties = [Duty(_count, COUNT_EVERY)]
    if app_settings.METRICS and metrics.folder() is not None:
        duties.append(Duty(_leave_counts, WRITE_EVERY / 5, at_end=True))
    return duties


def _count() -> None:
    collecting.counts()


def _leave_counts() -> None:
    folder = metrics.folder()
    if folder is not None:
        folder.leave(collecting.counts())


def _before_worker() -> None:
    """Make the folder that the processes of this worker share: before the first of them is forked."""
    if not app_settings.METRICS:
        return
    # The web server's, which the environment may name, is another target's.
    path = os.environ[metrics.WORKER_DIR] = tempfile.mkdtemp(prefix="github-app-metrics-")
    parent = os.getpid()

    def remove() -> None:
        if os.getpid() == parent:
            shutil.rmtree(path, ignore_errors=True)

    atexit.register(remove)


def _in_worker() -> None:
    if app_settings.METRICS or app_settings.ROLLUPS:
        collecting.start()
    types = lifecycle.worker_types()
    duties = _counting() if collecting.is_collecting() else []
    if app_settings.ROLLUPS:
        duties += [Duty(_roll_up, WRITE_EVERY, at_end=True), Duty(_forget_old, FORGET_EVERY)]
    duties.append(Duty(lambda: _give_signs(types), WRITE_EVERY))
    # Not here and now: the database may be away, and a process of a pool has seconds to start.
    _keep(duties + _watching(), lambda: _give_signs(types))
    if app_settings.METRICS_PORT and app_settings.METRICS and _serves(types):
        process = _process.get()
        process.server = serving.serve(app_settings.METRICS_HOST, app_settings.METRICS_PORT)


def _serves(types: list[str]) -> bool:
    """Return whether this process of the worker answers on its port: the one for maintenance, which is single."""
    return types == [pulses.MAINTENANCE] or not lifecycle.has_siblings()


def _watching() -> list[Duty]:
    return [] if app_settings.ALARMS is None else [Duty(_watch, watch.thresholds().every)]


def _watch() -> None:
    watch.look()


def _roll_up() -> None:
    if _write_rollups is None:
        return
    counts = collecting.counts()
    taken = counts.take_rollups()
    try:
        rollups.write(taken, _write_rollups, database_now())
    except Exception:
        counts.give_back(taken)
        raise


def _forget_old() -> None:
    now = database_now()
    rollups.forget_old(now)
    pulses.forget_old(now)


def _give_signs(types: list[str]) -> None:
    for one in types:
        pulses.note(pulses.worker_name(one))


def _note_beat() -> None:
    global _beat_sent_at
    _beat_sent_at = time.monotonic()


def _in_beat() -> None:
    def note() -> None:
        if _beat_sent_at is not None:
            ago = dt.timedelta(seconds=time.monotonic() - _beat_sent_at)
            pulses.note(pulses.BEAT, ago=ago)

    _keep([Duty(note, WRITE_EVERY / 2), *_watching()])
