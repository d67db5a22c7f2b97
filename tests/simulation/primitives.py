"""The parts of ``threading``, ``queue``, ``time`` and ``asyncio`` that our code uses, on a simulation."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from queue import Empty
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from .scheduler import SimThread, Simulation


class Lock:
    def __init__(self, sim: Simulation, *, again: bool = False) -> None:
        self._sim = sim
        self._again = again
        self._holder: SimThread | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        sim = self._sim
        if self._again and self._holder is sim.current and self._holder is not None:
            self._depth += 1
            return True
        limit = None if blocking and timeout < 0 else max(timeout, 0.0) if blocking else 0.0
        if not sim.wait(lambda: self._holder is None, limit):
            return False
        self._holder, self._depth = sim.current, 1
        return True

    def release(self) -> None:
        if self._holder is None:
            raise RuntimeError("release unlocked lock")
        self._depth -= 1
        if not self._depth:
            self._holder = None
            self._sim.point()

    def locked(self) -> bool:
        self._sim.point()
        return self._holder is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class Event:
    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._set = False

    def is_set(self) -> bool:
        self._sim.point()
        return self._set

    def set(self) -> None:
        self._sim.point()
        self._set = True

    def clear(self) -> None:
        self._sim.point()
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        return self._sim.wait(lambda: self._set, timeout)


class Queue:
    """A ``SimpleQueue``."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        self._sim.point()
        self._items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if not self._sim.wait(lambda: bool(self._items), timeout if block else 0.0):
            raise Empty
        return self._items.popleft()

    def empty(self) -> bool:
        self._sim.point()
        return not self._items

    def qsize(self) -> int:
        return len(self._items)


class Thread:
    def __init__(
        self,
        sim: Simulation,
        target: Callable[..., object],
        args: tuple[Any, ...] = (),
        name: str = "thread",
        daemon: bool = False,
    ) -> None:
        self._sim = sim
        self._run = lambda: target(*args)
        self.name, self.daemon = name, daemon
        self._thread: SimThread | None = None

    def start(self) -> None:
        self._thread = self._sim.spawn(self._run, self.name, daemon=self.daemon)
        self._sim.point()

    def is_alive(self) -> bool:
        self._sim.point()
        return self._thread is not None and not self._thread.done

    def join(self, timeout: float | None = None) -> None:
        thread = self._thread
        assert thread is not None
        self._sim.wait(lambda: thread.done, timeout)


class Loop(asyncio.BaseEventLoop):
    """An event loop on a simulated thread: its time is the simulation's, its selector waits for other threads."""

    def __init__(self, sim: Simulation) -> None:
        super().__init__()
        self._sim = sim
        self._woken = False
        self._selector = self

    def time(self) -> float:
        return self._sim.now

    def select(self, timeout: float | None) -> list[Any]:
        self._sim.wait(lambda: self._woken, timeout)
        self._woken = False
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        pass

    def _write_to_self(self) -> None:
        self._woken = True

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future = self.create_future()

        def work() -> None:
            result: Any = None
            error: Exception | None = None
            try:
                result = func(*args)
            except Exception as raised:
                error = raised
            with contextlib.suppress(RuntimeError):
                self.call_soon_threadsafe(settle, result, error)

        def settle(result: Any, error: Exception | None) -> None:
            if not future.done():
                if error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)

        self._sim.spawn(work, "executor", daemon=True)
        return future


def run_loop(sim: Simulation, coroutine: Any) -> Any:
    """Run a coroutine on a loop of its own, in this simulated thread."""
    loop = Loop(sim)
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(coroutine)
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        asyncio.set_event_loop(None)
        loop.close()


@contextlib.contextmanager
def simulated(sim: Simulation, *modules: ModuleType) -> Iterator[None]:
    """Give modules the simulation's threads, queues and time in place of the real ones."""
    threading = SimpleNamespace(
        Lock=lambda: Lock(sim),
        RLock=lambda: Lock(sim, again=True),
        Event=lambda: Event(sim),
        Thread=lambda **options: Thread(sim, **options),
        local=SimpleNamespace,
        current_thread=lambda: sim.current,
    )
    time = SimpleNamespace(
        monotonic=lambda: sim.now, time=lambda: sim.now, sleep=sim.sleep, perf_counter=lambda: sim.now
    )
    fakes = {"threading": threading, "time": time, "SimpleQueue": lambda: Queue(sim)}
    with contextlib.ExitStack() as stack:
        for module in modules:
            for name, fake in fakes.items():
                if hasattr(module, name):
                    stack.enter_context(mock.patch.object(module, name, fake))
        yield
