"""What goes wrong during chaos: a thread for processes, one for servers, one for GitHub, each with own dice."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from .world import LEASE, World

Fault = Callable[[], None]


class Faults:
    """Runs faults until `stop`; afterwards everything works again and every process runs."""

    def __init__(self, world: World, seed: int, *, pause: tuple[float, float]) -> None:
        self.world = world
        self.happened: Counter[str] = Counter()
        self.errors: list[str] = []
        self._pause = pause
        self._stop = threading.Event()
        processes = Processes(world, random.Random(seed))
        servers = Servers(world, random.Random(seed + 1))
        github = GitHub(world, random.Random(seed + 2))
        self._threads = [
            threading.Thread(target=self._run, args=(group, random.Random(seed + 10 + n)), name=f"chaos-{n}")
            for n, group in enumerate((processes, servers, github))
        ]
        self._groups = (processes, servers, github)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the faults and mend what they broke."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
        for group in self._groups:
            group.mend()

    def _run(self, group: Group, chance: random.Random) -> None:
        while not self._stop.wait(chance.uniform(*self._pause)):
            faults = group.faults()
            name = chance.choices(list(faults), [weight for weight, _ in faults.values()])[0]
            self.happened[name] += 1
            try:
                faults[name][1]()
            except Exception as error:  # the run fails, but goes on
                self.errors.append(f"{name}: {type(error).__name__}: {error}"[:500])
            group.look()


class Group:
    """Faults of one kind."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.site = world.site
        self.chance = chance

    def faults(self) -> dict[str, tuple[int, Fault]]:
        """Return weight and function of each fault."""
        raise NotImplementedError

    def look(self) -> None:
        """Do between faults what a platform does."""

    def mend(self) -> None:
        """Leave everything working."""


class Processes(Group):
    """Processes are killed, stopped and told to end; the platform starts those again that are gone."""

    def faults(self) -> dict[str, tuple[int, Fault]]:
        return {
            "SIGKILL of a process": (6, self.kill),
            "SIGKILL of one child of a worker": (3, self.kill_child),
            "SIGTERM of a process": (3, self.terminate),
            "SIGSTOP for longer than a lease": (4, self.stand_still),
            "SIGSTOP for a moment": (2, self.pause),
        }

    def _any(self, *kinds: str) -> str:
        names = [name for name in self.world.processes() if not kinds or name.startswith(kinds)]
        return self.chance.choice(names)

    def kill(self) -> None:
        self._end(self._any(), signal.SIGKILL)

    def terminate(self) -> None:
        self._end(self._any(), signal.SIGTERM)

    def _end(self, name: str, number: int) -> None:
        if name in self.site.running:
            # Whoever does not end in half a minute is killed, as platforms do.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.site.kill(name, number)
        time.sleep(self.chance.uniform(0, 2))
        self.site.spawn(name)

    def kill_child(self) -> None:
        name = self._any("worker")
        running = self.site.running.get(name)
        children = children_of(running.process.pid) if running is not None else []
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(children), signal.SIGKILL)

    def stand_still(self) -> None:
        self._stop(self._any("worker"), LEASE * self.chance.uniform(1.3, 2.5))

    def pause(self) -> None:
        self._stop(self._any(), self.chance.uniform(0.2, 2))

    def _stop(self, name: str, seconds: float) -> None:
        running = self.site.running.get(name)
        if running is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.process.pid, signal.SIGSTOP)
            time.sleep(seconds)
            os.killpg(running.process.pid, signal.SIGCONT)

    def look(self) -> None:
        for name in self.world.processes():
            running = self.site.running.get(name)
            if running is None or running.process.poll() is not None:
                if running is not None:
                    self.site.kill(name)  # its children too
                self.site.spawn(name)

    def mend(self) -> None:
        self.look()


class Servers(Group):
    """PostgreSQL and the broker, and the network before them."""

    def faults(self) -> dict[str, tuple[int, Fault]]:
        found: dict[str, tuple[int, Fault]] = {
            "broker killed, empty afterwards": (3, self.kill_broker),
            "PostgreSQL stopped at once": (3, self.restart_postgres),
            "connections terminated": (4, self.terminate),
            "connections to PostgreSQL reset": (2, lambda: self.world.postgres.behave("reset")),
            "connections to the broker reset": (2, lambda: self.world.valkey.behave("reset")),
            "PostgreSQL in a black hole": (2, lambda: self._hole(self.world.postgres)),
            "broker in a black hole": (2, lambda: self._hole(self.world.valkey)),
            "slow network to PostgreSQL": (2, self.slow),
            "read-only database": (2, self.read_only),
        }
        if self.world.old_events:
            found["archive of old events"] = (3, self.archive)
        if self.world.old_events and self.world.small_disk:
            found["full disk"] = (2, self.fill_disk)
        if self.world.clock_library is not None:
            found["clock of a host jumps"] = (2, self.jump)
        return found

    def kill_broker(self) -> None:
        self.world.servers.kill_valkey()
        time.sleep(self.chance.uniform(0.2, 4))
        self.world.servers.start_valkey()

    def restart_postgres(self) -> None:
        self.world.servers.restart_postgres()

    def terminate(self) -> None:
        """End the connections of one process, of half of them, or of all."""
        most = self.chance.choice([1, 3, 1000])
        self.site.rows(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE"
            " datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT %s) AS chosen",
            most,
        )

    def _hole(self, proxy: object) -> None:
        behave = proxy.behave  # type: ignore[attr-defined]  # a Proxy
        behave("hole")
        time.sleep(self.chance.uniform(1, 6))
        behave("pass")

    def slow(self) -> None:
        self.world.postgres.behave(f"slow {self.chance.choice([0.02, 0.1, 0.3])}")
        time.sleep(self.chance.uniform(1, 4))
        self.world.postgres.behave("pass")

    def read_only(self) -> None:
        """As a failover leaves them: the connections that are open then stay with a server that takes nothing."""
        self._set_read_only("on")
        self.terminate_all()
        time.sleep(self.chance.uniform(0.5, 4))
        self._set_read_only("off")

    def _set_read_only(self, value: str) -> None:
        with psycopg.connect(self.world.servers.database_url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE github_app SET default_transaction_read_only = {value}")

    def terminate_all(self) -> None:
        self.site.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
            " datname = current_database() AND pid <> pg_backend_pid()"
        )

    def archive(self) -> None:
        self.world.manage("github", "archive", "--days", "7", "--enqueue")

    def fill_disk(self) -> None:
        ballast = self.world.folder / "disk" / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"\0" * 4096)
                file.flush()
        self.archive()
        time.sleep(self.chance.uniform(1, 6))
        ballast.unlink(missing_ok=True)

    def jump(self) -> None:
        """Set the clock of the host that runs the second workers (or the only ones)."""
        clock = self.world.folder / "clock"
        self._set_clock(clock)
        name = self.world.processes()[-2]
        if name in self.site.running:
            self.site.kill(name)
        self.site.spawn(
            name,
            LD_PRELOAD=str(self.world.clock_library),
            CHAOS_CLOCK=str(clock),
        )
        time.sleep(self.chance.uniform(5, 10))
        self._set_clock(clock)

    def _set_clock(self, clock: Path) -> None:
        clock.write_text(str(self.chance.choice([-3600, -600, -90, -5, 0, 5, 90, 600, 3600])))

    def mend(self) -> None:
        self.world.postgres.behave("pass")
        self.world.valkey.behave("pass")
        (self.world.folder / "disk" / "ballast").unlink(missing_ok=True)
        (self.world.folder / "clock").write_text("0")
        self._set_read_only("off")


class GitHub(Group):
    """GitHub answers wrongly, late or not at all, or takes what it was asked for and does not say so."""

    def faults(self) -> dict[str, tuple[int, Fault]]:
        fail = self.world.github.fail_next
        some = self.chance.randint(1, 12)
        return {
            "GitHub answers 5xx": (4, lambda: fail(some, status=self.chance.choice([500, 502, 503]))),
            "GitHub answers 429": (3, lambda: fail(some, status=429, headers={"Retry-After": "2"})),
            "GitHub's secondary limit": (2, lambda: self.world.github.secondary_limit(2)),
            "GitHub does not answer in time": (2, lambda: fail(min(some, 4), delay=5.0)),
            "GitHub drops the connection": (3, lambda: fail(some, drop="before")),
            "GitHub's answer is lost after the effect": (4, lambda: fail(some, drop="after", method="POST")),
            "GitHub's token expires": (1, self.expire),
        }

    def expire(self) -> None:
        with self.world.github.lock:
            for installation in self.world.github.installations.values():
                installation.revoke_tokens()

    def mend(self) -> None:
        with self.world.github.lock:
            self.world.github.faults.clear()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    parents: dict[int, list[int]] = {}
    for one in _processes():
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(one)
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
