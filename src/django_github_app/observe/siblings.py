"""What the processes of one scrape target counted together: each leaves a file in a folder that they share.

A prefork worker or web server is one target of several processes. Each writes its counts, whole, every few seconds
and when it ends; who is scraped adds them up. What a process has counted outlives it: it is added to the file of
those that ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from .samples import Counts, Histogram

ENDED: Final = "ended.json"


class Series(msgspec.Struct, array_like=True):
    """One counter (``buckets`` empty), histogram or gauge (``until`` set)."""

    name: str
    labels: tuple[str, ...]
    value: float
    buckets: list[int] = []
    exemplars: list[tuple[int, str, float, float]] = []
    until: float = 0.0


class Snapshot(msgspec.Struct):
    """Everything that a process has counted."""

    series: list[Series] = []


_decode = msgspec.json.Decoder(Snapshot).decode


def snapshot(counts: Counts) -> Snapshot:
    """Return what was counted, as it is at this moment."""
    with counts.lock:
        found = [Series(name, labels, value) for (name, labels), value in counts.counters.items()]
        for (name, labels), one in counts.histograms.items():
            exemplars = [(at, *exemplar) for at, exemplar in one.exemplars.items()]
            found.append(Series(name, labels, one.total, list(one.counts), exemplars))
        for (name, labels), (value, until) in counts.gauges.items():
            found.append(Series(name, labels, value, until=until))
    return Snapshot(found)


def add(counts: Counts, other: Snapshot, now: float) -> None:
    """Add what another process has counted. Of a gauge the lowest value counts that has not run out."""
    for one in other.series:
        key = (one.name, one.labels)
        if one.until:
            value, until = counts.gauges.get(key, (1.0, 0.0))
            if one.until > now and (until <= now or one.value < value):
                counts.gauges[key] = (one.value, one.until)
        elif one.buckets:
            found = counts.histograms.get(key)
            if found is None or len(found.counts) != len(one.buckets):
                found = counts.histograms[key] = Histogram(len(one.buckets) - 1)
            found.counts = [mine + theirs for mine, theirs in zip(found.counts, one.buckets, strict=True)]
            found.total += one.value
            for at, trace_id, value, when in one.exemplars:
                if at not in found.exemplars or found.exemplars[at][2] < when:
                    found.exemplars[at] = (trace_id, value, when)
        else:
            counts.counters[key] = counts.counters.get(key, 0) + one.value


class Folder:
    """The folder that the processes of a target share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def leave(self, counts: Counts) -> None:
        """Write what this process has counted, in place of what it wrote before."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(self.path / f"{os.getpid()}-{_started_at(os.getpid())}.json", snapshot(counts))

    def together(self, own: Counts) -> Counts:
        """Return what all processes of this target have counted; ``own`` is of this one."""
        now = time.time()
        total = Counts()
        add(total, snapshot(own), now)
        if not self.path.is_dir():
            return total
        with self._locked():
            self._bury(now)
            mine = f"{os.getpid()}-"
            for path in self.path.glob("*.json"):
                if not path.name.startswith(mine):
                    add(total, self._read(path), now)
        return total

    def _bury(self, now: float) -> None:
        """Add what processes that ended have counted to one file, so that there are not ever more of them."""
        dead = [path for path in self.path.glob("*-*.json") if not _is_alive(path.stem)]
        if not dead:
            return
        ended = Counts()
        add(ended, self._read(self.path / ENDED), now)
        for path in dead:
            add(ended, self._read(path), now)
        self._write(self.path / ENDED, snapshot(ended))
        for path in dead:
            path.unlink(missing_ok=True)

    def _read(self, path: Path) -> Snapshot:
        try:
            return _decode(path.read_bytes())
        except (OSError, msgspec.DecodeError):
            return Snapshot()

    def _write(self, path: Path, content: Any) -> None:
        # Renamed into place: nobody reads half of it.
        partial = path.with_suffix(f".{os.getpid()}.tmp")
        partial.write_bytes(msgspec.json.encode(content))
        partial.replace(path)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _is_alive(stem: str) -> bool:
    pid, _, started = stem.partition("-")
    return pid.isdigit() and _started_at(int(pid)) == started


def _started_at(pid: int) -> str:
    """Return when a process started: numbers of processes are given out again. Empty if there is none."""
    try:
        # After the name, which may hold blanks and brackets; proc(5), field 22.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if Path("/proc/self/stat").exists():
        return ""
    try:  # not Linux
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
