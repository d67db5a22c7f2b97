"""What the processes of a worker hold, in memory that another process reads without asking them.

Code that keeps Python's lock for itself (a long regular expression, a C library) stops every thread of its process,
the one that renews leases too. So a process notes its claims here, and one beside it sees them whatever becomes of
the first.

The memory is made before the processes are forked. Each writes into a slot of its own and takes no lock; a reader who
comes in the middle of a note finds a checksum that does not fit, and passes over it.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

__all__ = ["Board", "Held", "Note", "Slot"]

SLOTS = 256
"""Processes that can hold something; those beyond go without. A page that nobody writes takes no memory."""
CELLS = 128
PER_CELL = 64
"""Claims in a cell; a batch takes as many cells as it needs."""

_OWNER = struct.Struct("<qq")  # process id, cells in use up to
_CHECKSUM = struct.Struct("<q")
_ABOUT = struct.Struct(
    "<qddd"
)  # claims, sure until, sign of life: both on the clock of time.monotonic; limit
_CELL = _CHECKSUM.size + _ABOUT.size + PER_CELL * 16
_TABLE = SLOTS * _OWNER.size
_EMPTY = b"\0" * (_CHECKSUM.size + _ABOUT.size)

Claim = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Held:
    """What stands in one cell: the claims, ``(event id, attempt)`` each, of one process."""

    pid: int
    cell: int
    claims: Sequence[Claim]
    sure_until: float
    """Until when the process itself has had the leases confirmed."""
    alive_at: float
    """When the process last wrote here: its threads ran then."""
    limit: float = 0.0
    """Seconds for which one of its callbacks may run, where that is longer than the settings say."""


class Board:
    """The memory that the processes share."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _TABLE + SLOTS * CELLS * _CELL)

    def join(self, number: int) -> Slot | None:
        """Take over a slot for this process; None if there are not so many."""
        return Slot(self._memory, number) if 0 <= number < SLOTS else None

    def read(self) -> Iterator[Held]:
        """Yield what the processes hold."""
        for number in range(SLOTS):
            pid, used = _OWNER.unpack_from(self._memory, number * _OWNER.size)
            if not pid:
                continue
            for i in range(min(used, CELLS)):
                held = self._read_cell(pid, number * CELLS + i)
                if held is not None:
                    yield held

    def _read_cell(self, pid: int, cell: int) -> Held | None:
        start = _TABLE + cell * _CELL
        (checksum,) = _CHECKSUM.unpack_from(self._memory, start)
        start += _CHECKSUM.size
        count, sure_until, alive_at, limit = _ABOUT.unpack_from(self._memory, start)
        if not 0 < count <= PER_CELL:
            return None
        noted = self._memory[start : start + _ABOUT.size + count * 16]
        if crc32(noted) != checksum:
            return None
        numbers = array("q", noted[_ABOUT.size :])
        claims = list(zip(numbers[::2], numbers[1::2], strict=True))
        return Held(pid, cell, claims, sure_until, alive_at, limit)


class Slot:
    """The part of a `Board` that one process writes."""

    def __init__(self, memory: mmap.mmap, number: int) -> None:
        self._memory = memory
        self._owner = number * _OWNER.size
        self._start = _TABLE + number * CELLS * _CELL
        self._lock = threading.Lock()
        self._free = list(range(CELLS - 1, -1, -1))
        self._used = 0
        # Empty before it has our name on it: what a process before us noted is not ours.
        _, used = _OWNER.unpack_from(memory, self._owner)
        _OWNER.pack_into(memory, self._owner, 0, 0)
        for cell in range(min(used, CELLS)):
            self.clear(cell)
        _OWNER.pack_into(memory, self._owner, os.getpid(), 0)

    def note(self, claims: Sequence[Claim], sure_until: float, limit: float = 0.0) -> Note:
        """Note claims, and until when they are known to be ours; what finds no room is not noted."""
        note = Note(self, sure_until, limit)
        note.add(claims)
        return note

    def take(self) -> int | None:
        with self._lock:
            if not self._free:
                return None
            cell = self._free.pop()
            if cell >= self._used:
                self._used = cell + 1
                _OWNER.pack_into(self._memory, self._owner, os.getpid(), self._used)
            return cell

    def give_back(self, cells: Sequence[int]) -> None:
        for cell in cells:
            self.clear(cell)
        with self._lock:
            self._free.extend(reversed(cells))

    def write(self, cell: int, numbers: array[int], sure_until: float, limit: float) -> None:
        about = _ABOUT.pack(len(numbers) // 2, sure_until, time.monotonic(), limit)
        noted = about + numbers.tobytes()
        start = self._at(cell)
        written = _CHECKSUM.pack(crc32(noted)) + noted
        self._memory[start : start + len(written)] = written

    def clear(self, cell: int) -> None:
        start = self._at(cell)
        self._memory[start : start + len(_EMPTY)] = _EMPTY

    def _at(self, cell: int) -> int:
        return self._start + cell * _CELL


class Note:
    """Claims of one batch, noted until `drop`."""

    __slots__ = ("_cells", "_limit", "_slot", "_sure_until")

    def __init__(self, slot: Slot, sure_until: float, limit: float = 0.0) -> None:
        self._slot = slot
        self._limit = limit
        self._sure_until = sure_until
        self._cells: list[tuple[int, array[int]]] = []

    def add(self, claims: Sequence[Claim]) -> None:
        """Note more claims of the same batch."""
        flat = array("q", [number for claim in claims for number in claim])
        if self._cells:
            cell, numbers = self._cells[-1]
            room = 2 * PER_CELL - len(numbers)
            if room:
                numbers.extend(flat[:room])
                self._slot.write(cell, numbers, self._sure_until, self._limit)
                flat = flat[room:]
        while flat:
            taken = self._slot.take()
            if taken is None:
                return
            numbers = flat[: 2 * PER_CELL]
            self._cells.append((taken, numbers))
            self._slot.write(taken, numbers, self._sure_until, self._limit)
            flat = flat[2 * PER_CELL :]

    def confirm(self, sure_until: float) -> None:
        """Note that the leases were renewed."""
        self._sure_until = sure_until
        for cell, numbers in list(self._cells):
            self._slot.write(cell, numbers, sure_until, self._limit)

    def drop(self) -> None:
        """Forget the claims: they are nobody's business any more."""
        cells, self._cells = self._cells, []
        self._slot.give_back([cell for cell, _ in cells])
