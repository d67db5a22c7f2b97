"""Threads that run one at a time, in an order that a schedule decides: the same schedule gives the same run.

Every simulated thread is a real one, of which all but one wait for their baton. A thread may lose it at each
operation on a primitive of this module's neighbour (`primitives`) and before each line of the files that are
watched. `Simulation.step` numbers these moments; a schedule says at which of them something else happens than the
next in line: another thread goes on, time passes although threads could run, a call to `choose` takes another way.
An empty schedule runs each thread until it waits. That makes a schedule short, and shorter by leaving parts out.

Time is the simulation's own. It passes when every thread waits.
"""

from __future__ import annotations

import _thread
import random
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from tests.support.pending import forget_pending_exceptions

Schedule = Mapping[int, int]
"""Number of a moment → which of the possibilities is taken; 0, what happens without a say, is left out."""


class Stopped(BaseException):
    """The simulation is over: threads that still wait end by this."""


class Broken(Exception):
    """What a simulation found: a deadlock, a livelock, a promise that does not hold."""


@dataclass(eq=False)
class SimThread:
    """A simulated thread: it can run unless it waits for something that has not happened yet."""

    number: int
    name: str
    daemon: bool
    baton: Any = field(default_factory=_thread.allocate_lock)
    done: bool = False
    ready: Callable[[], bool] | None = None
    wake_at: float | None = None
    ident: int = 0

    def __post_init__(self) -> None:
        self.baton.acquire()


class Dice:
    """Decides: as a schedule says, or at random, and then keeps what was decided."""

    def __init__(self, schedule: Schedule | None = None, seed: int | None = None) -> None:
        self.taken: dict[int, int] = dict(schedule or {})
        self._random = None if seed is None else random.Random(seed)
        self._rate = 0.0 if self._random is None else self._random.choice([0.01, 0.05, 0.2])
        self._next = self._gap(0)

    def _gap(self, step: int) -> int:
        """Return the moment of the next change of threads: the moments between cost next to nothing."""
        if self._random is None:
            return -1
        return step + 1 + int(self._random.expovariate(self._rate))

    def is_due(self, step: int) -> bool:
        return step in self.taken if self._random is None else step >= self._next

    def decide(self, step: int, most: int, *, always: bool = False) -> int:
        """Return 0 … most - 1. ``always``: at random there is no preference for 0."""
        if self._random is None:
            return min(self.taken.get(step, 0), most - 1)
        if most == 1 or not (always or step >= self._next):
            return 0
        self._next = self._gap(step)
        chosen = self._random.randrange(most)
        if chosen:
            self.taken[step] = chosen
        return chosen


class Simulation:
    """Runs ``main`` and the threads that it starts until all but daemons have ended."""

    def __init__(
        self, dice: Dice, *, watched: Collection[str] = (), slow: bool = False, most_steps: int = 20_000
    ) -> None:
        self.dice = dice
        self.now = 1000.0
        self.step = 0
        self.threads: list[SimThread] = []
        self.current: SimThread | None = None
        self.story: list[str] | None = None
        """Where threads were changed, for people; kept when a list is put here."""
        self._watched = frozenset(watched)
        self._slow = slow
        self._most_steps = most_steps
        self._over = _thread.allocate_lock()
        self._over.acquire()
        self._ended = False
        self.error: BaseException | None = None

    def run(self, main: Callable[[], object]) -> None:
        """Raise what a thread raised, or `Broken`."""
        forget_pending_exceptions()
        self.spawn(main, "main")
        first = self.threads[0]
        self.current = first
        first.baton.release()
        self._over.acquire()
        self._ended = True
        for thread in self.threads:
            if not thread.done:
                thread.baton.release()
        while any(not thread.done for thread in self.threads):
            _thread_yield()
        if self.error is not None:
            raise self.error

    def spawn(self, run: Callable[[], object], name: str, *, daemon: bool = False) -> SimThread:
        thread = SimThread(len(self.threads), name, daemon)
        self.threads.append(thread)
        _thread.start_new_thread(self._serve, (thread, run))
        return thread

    def _serve(self, thread: SimThread, run: Callable[[], object]) -> None:
        thread.ident = _thread.get_ident()
        thread.baton.acquire()
        try:
            if self._ended:
                return
            if self._watched:
                sys.settrace(self._trace)
            run()
        except Stopped:
            pass
        except BaseException as error:
            self._fail(error)
        finally:
            sys.settrace(None)
            thread.done = True
            if not self._ended:
                self._pass_on(thread)

    def _fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = error
        self._finish()

    def _finish(self) -> None:
        if not self._ended:
            self._ended = True
            self._over.release()

    # Moments

    def _trace(self, frame: FrameType, event: str, _: object) -> Any:
        return self._trace_lines if frame.f_code.co_filename in self._watched else None

    def _trace_lines(self, frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            self.point(frame)
        return self._trace_lines

    def point(self, frame: FrameType | None = None) -> None:
        """A moment at which another thread may go on."""
        if self._ended:
            raise Stopped
        self.step = step = self.step + 1
        if self.dice.is_due(step):
            self._switch(step, frame)
        elif step > self._most_steps:
            self._give_up("it goes on for ever")

    def choose(self, most: int) -> int:
        """Take one of several ways: 0 unless the schedule says otherwise."""
        self.step = step = self.step + 1
        chosen = self.dice.decide(step, most, always=True)
        if chosen and self.story is not None:
            self.story.append(f"{step}: way {chosen} of {most}")
        return chosen

    def wait(self, ready: Callable[[], bool], timeout: float | None = None) -> bool:
        """Wait until something is so; return whether it is, False after ``timeout`` seconds."""
        self.point()
        if ready():
            return True
        me = self._me()
        if timeout is not None and timeout <= 0:
            return False
        me.ready, me.wake_at = ready, None if timeout is None else self.now + timeout
        try:
            while not ready():
                if me.wake_at is not None and self.now >= me.wake_at:
                    return False
                self.step += 1
                self._switch(self.step, None)
            return True
        finally:
            me.ready = me.wake_at = None

    def sleep(self, seconds: float) -> None:
        self.wait(lambda: False, max(seconds, 1e-6))

    # Who goes on

    def _me(self) -> SimThread:
        assert self.current is not None
        return self.current

    def _can_run(self, thread: SimThread) -> bool:
        if thread.done:
            return False
        if thread.ready is None:
            return True
        return (thread.wake_at is not None and self.now >= thread.wake_at) or thread.ready()

    def _candidates(self) -> list[SimThread]:
        """Return who can go on, the one that runs first; lets time pass if nobody can."""
        me = self._me().number
        ordered = [*self.threads[me:], *self.threads[:me]]
        while True:
            found = [thread for thread in ordered if self._can_run(thread)]
            if found:
                return found
            times = [t.wake_at for t in self.threads if not t.done and t.wake_at is not None]
            if not times:
                return []
            self.now = max(self.now, min(times))

    def _switch(self, step: int, frame: FrameType | None) -> None:
        me = self._me()
        found = self._candidates()
        if not found:
            waiting = [thread.name for thread in self.threads if not thread.done and not thread.daemon]
            self._give_up(f"deadlock: {', '.join(waiting)} wait for ever" if waiting else "")
        later = self._next_time() if self._slow else None
        chosen = self.dice.decide(step, len(found) + (later is not None))
        if chosen == len(found) and later is not None:
            self._tell(step, f"{later - self.now:g} s pass")
            self.now = later
            return
        following = found[chosen]
        if following is not me:
            self._tell(step, f"{me.name} → {following.name}", frame)
            self._hand_over(me, following)

    def _next_time(self) -> float | None:
        times = [
            t.wake_at for t in self.threads if not t.done and t.wake_at is not None and t.wake_at > self.now
        ]
        return min(times, default=None)

    def _hand_over(self, me: SimThread, following: SimThread) -> None:
        self.current = following
        following.baton.release()
        me.baton.acquire()
        if self._ended:
            raise Stopped

    def _pass_on(self, me: SimThread) -> None:
        """A thread has ended: somebody else goes on, or all is over."""
        if all(thread.done or thread.daemon for thread in self.threads):
            self._finish()
            return
        self.step += 1
        found = self._candidates()
        if not found:
            self._fail(Broken("deadlock: " + ", ".join(t.name for t in self.threads if not t.done)))
            return
        following = found[self.dice.decide(self.step, len(found))]
        self.current = following
        following.baton.release()

    def _give_up(self, why: str) -> None:
        if why:
            self.error = self.error or Broken(why)
        self._finish()
        raise Stopped

    def freeze_others(self) -> None:
        """Only this thread goes on: as in a child that was forked just now."""
        me = self._me()
        for thread in self.threads:
            if thread is not me and not thread.done:
                thread.ready, thread.wake_at, thread.daemon = (lambda: False), None, True

    def _tell(self, step: int, what: str, frame: FrameType | None = None) -> None:
        if self.story is not None:
            where = ""
            if frame is not None:
                where = f" before {frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
            self.story.append(f"{step}: {what}{where}")


def _thread_yield() -> None:
    import time

    time.sleep(0)
