"""Keeps the claims of this process alive while their callbacks run, and notices callbacks that are slow."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django_github_app.broker import guard
from django_github_app.sql.claims import Claimed

if TYPE_CHECKING:
    from django_github_app.process.board import Note
    from django_github_app.sql.cancelling import Stop

    from .runtimes import EventRuntime

logger = logging.getLogger(__name__)

WATCH_EACH = 1.0
"""Seconds between looks for what was cancelled, in batches that have been under way for as long."""


class Batch:
    """The events that one task claimed: those waiting to be started and those that run.

    Shared between the thread that runs callbacks and the keeper, which may take the waiting ones away.
    """

    def __init__(
        self,
        claimed: Iterable[Claimed],
        asked_at: float | None = None,
        lease: float = math.inf,
        limit: float = 0.0,
    ) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Claimed] = deque(claimed)
        self._running: dict[int, Claimed] = {}
        self._began = self.moved_at = time.monotonic()
        self.sure_until = (self._began if asked_at is None else asked_at) + lease
        """Until when nobody else can have taken these events; past it, `execution.batches` asks before it starts one.

        Code that holds the interpreter's lock keeps the thread that renews leases from running.
        """
        self._confirmed_until = self.sure_until
        self.ending = False
        """Whether what is cancelled now is to end."""
        self.limit = limit
        """Seconds for which one of its callbacks may run, where that is longer than the settings say."""
        self.by_task: dict[Any, EventRuntime] = {}
        """What runs in which task of the loop; under None, in the task's own thread."""
        self.runtime: EventRuntime | None = None
        """What runs where events run in turn."""
        self._returned: list[Claimed] = []
        self.done_count = 0
        self.was_slow = False
        """Whether events of this batch were handed back because it took too long."""

        self.note: Note | None = None
        """What `execution.guard` sees of it. Events that are over stay in there: nobody renews those."""

    def stop(self, stops: Iterable[Stop]) -> None:
        """Tell what runs of these that it is to stop."""
        by_event: dict[int, list[Stop]] = {}
        for one in stops:
            by_event.setdefault(one.event_id, []).append(one)
        for runtime in list(self.by_task.values()):
            for one in by_event.get(runtime.event_id, ()):
                runtime.stoppable.stop(one)

    def seconds(self) -> float:
        """Return for how long this batch has been under way."""
        return time.monotonic() - self._began

    def renewed(self, asked_at: float, lease: float) -> None:
        """Note that the leases were renewed, by a request of ``asked_at``: in time, or it says nothing."""
        if self.is_sure():
            self.sure_until = max(self.sure_until, asked_at + lease)
        self._confirmed_until = max(self._confirmed_until, asked_at + lease)
        self.give_sign()

    def give_sign(self) -> None:
        """Tell `execution.guard` that the threads of this process run, and until when the leases are confirmed."""
        with self._lock:
            if self.note is not None:
                self.note.confirm(self._confirmed_until)

    def show(self) -> None:
        """Note the claims where `execution.guard` sees them."""
        slot = guard.slot()
        if slot is not None:
            with self._lock:
                claims = [(c.id, c.attempt) for c in self._waiting]
                self.note = slot.note(claims, self.sure_until, self.limit)

    def hide(self) -> None:
        """Take back what `show` noted."""
        with self._lock:
            note, self.note = self.note, None
            if note is not None:
                note.drop()

    def is_sure(self) -> bool:
        """Return whether nobody else can have taken an event of this batch."""
        return time.monotonic() <= self.sure_until

    def add(self, claimed: Claimed, *, first: bool = False) -> None:
        """Add an event that was claimed later: the next one of a lane, or one that goes ``first``."""
        with self._lock:
            (self._waiting.appendleft if first else self._waiting.append)(claimed)
            if self.note is not None:
                self.note.add([(claimed.id, claimed.attempt)])

    def has_waiting(self) -> bool:
        return bool(self._waiting)

    def count_waiting(self) -> int:
        return len(self._waiting)

    def start(self) -> Claimed | None:
        """Take the next waiting event and count it as running."""
        with self._lock:
            if not self._waiting:
                return None
            claimed = self._waiting.popleft()
            self._running[claimed.id] = claimed
            return claimed

    def runtimes(self) -> list[EventRuntime]:
        """Return what runs of it, as far as another thread can tell."""
        found = list(self.by_task.copy().values())
        return found if self.runtime is None else [*found, self.runtime]

    def give_back(self, claimed: Claimed) -> None:
        """Have an event whose callback was interrupted handed back."""
        with self._lock:
            self._returned.append(claimed)

    def take_returned(self) -> list[Claimed]:
        """Empty the list of what is to be handed back."""
        with self._lock:
            returned, self._returned = self._returned, []
            return returned

    def done(self, claimed: Claimed) -> None:
        with self._lock:
            self._running.pop(claimed.id, None)
            self.done_count += 1
        self.moved_at = time.monotonic()

    def claims(self) -> list[tuple[int, int]]:
        """Return ``(event id, attempt)`` of everything whose lease must go on."""
        with self._lock:
            held = [*self._waiting, *self._running.values()]
        return [(c.id, c.attempt) for c in held]

    def running_ids(self) -> list[int]:
        """Return the events that run."""
        with self._lock:
            return list(self._running)

    def take_waiting_if_slow(self, slow_after: float) -> list[Claimed]:
        """Empty the waiting line if the batch has been under way for ``slow_after`` seconds.

        One slow callback or many that take their time: other workers may be idle.
        """
        with self._lock:
            if time.monotonic() - self._began <= slow_after:
                return []
            self.was_slow = self.was_slow or bool(self._waiting)
            return self._take_waiting()

    def take_everything(self) -> list[Claimed]:
        """Empty the waiting line and forget what runs: the process is about to end."""
        with self._lock:
            taken = [*self._take_waiting(), *self._running.values()]
            self._running.clear()
            return taken

    def take_waiting(self) -> list[Claimed]:
        """Empty the waiting line."""
        with self._lock:
            return self._take_waiting()

    def _take_waiting(self) -> list[Claimed]:
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class LeaseKeeper:
    """A thread that renews leases every third of their length and hands back what waits in a slow batch.

    ``hand_back`` gets those events, and how many the batch got done until then. ``watch`` gets the ids of what has
    been running for a while, again and again: somebody may have cancelled it. ``look`` gets all batches, each time.
    """

    def __init__(
        self,
        *,
        renew: Callable[[Sequence[tuple[int, int]]], object],
        hand_back: Callable[[Sequence[Claimed], int], object],
        watch: Callable[[Sequence[int]], object] = lambda event_ids: None,
        lease: Callable[[], float],
        slow_after: Callable[[], float],
        look: Callable[[Sequence[Batch]], object] = lambda batches: None,
    ) -> None:
        self._look = look
        self._renew = renew
        self._hand_back = hand_back
        self._watch = watch
        self._lease = lease
        self._slow_after = slow_after
        self._lock = threading.Lock()
        self._batches: set[Batch] = set()
        self._wake = threading.Event()
        self._nap = math.inf  # seconds that the thread sleeps
        self._thread: threading.Thread | None = None

    def hold(self, batch: Batch) -> None:
        """Keep the batch's leases until `drop`."""
        interval = self._interval()
        batch.show()
        with self._lock:
            self._batches.add(batch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="github-leases", daemon=True)
                self._thread.start()
            # Usually it is about to look anyway: to wake it for each batch costs more than a small batch.
            too_late = interval < self._nap
        if too_late:
            self._wake.set()

    def drop(self, batch: Batch) -> None:
        batch.hide()
        with self._lock:
            self._batches.discard(batch)

    def batches(self) -> list[Batch]:
        """Return the batches whose leases are kept."""
        with self._lock:
            return list(self._batches)

    def stop(self, stops: Sequence[Stop]) -> None:
        """Tell what runs in this process of these that it is to stop."""
        for batch in self.batches():
            batch.stop(stops)

    def _interval(self) -> float:
        return max(0.05, min(self._lease() / 3, self._slow_after() / 2))

    def _run(self) -> None:
        renewed_at = watched_at = time.monotonic()
        while True:
            self._wake.clear()
            with self._lock:
                # Idle: no lease to keep, no reason to wake up before a batch comes.
                idle = not self._batches
                self._nap = math.inf if idle else self._interval()
            self._wake.wait(None if idle else self._nap)
            if idle:
                renewed_at = time.monotonic()
            batches = self.batches()
            self._attempt(partial(self._look, batches))
            for batch in batches:
                batch.give_sign()
                waiting = [*batch.take_waiting_if_slow(self._slow_after()), *batch.take_returned()]
                if waiting:
                    self._attempt(partial(self._hand_back, waiting, batch.done_count))
            now = time.monotonic()
            if now - watched_at >= WATCH_EACH and (
                ids := [
                    pk for batch in batches if batch.seconds() >= WATCH_EACH for pk in batch.running_ids()
                ]
            ):
                self._attempt(partial(self._watch, ids))
                watched_at = now
            if time.monotonic() - renewed_at >= self._lease() / 3:
                claims = [claim for batch in batches for claim in batch.claims()]
                if claims:
                    self._attempt(partial(self._renew, claims))
                renewed_at = time.monotonic()

    @staticmethod
    def _attempt(action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - the next round tries again; this thread must not end
            logger.warning("lease keeping failed", extra={"error": type(error).__name__})
