"""One run: load, each host cut off in turn, packets lost, peace, and what was kept."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.chaos import checks
from tests.chaos.checks import Outside, Table
from tests.chaos.load import Sender, plan
from tests.chaos.run import FEEDBACK_WITHIN, wait_until_over, wait_until_told
from tests.support.site import ROOT

from .world import CLOCKS, PROCESSES, World

LOSS = (0.02, 0.10)
"""Shares of packets that get lost, on the way from every host."""
CHECKS = {
    name: look for name, look in checks.PROMISES.items() if name != "old events not restored as they were"
}


@dataclass(frozen=True)
class Size:
    """How much of everything: each fault lasts for ``seconds``, with a rest of ``rest`` after it."""

    seed: int
    seconds: float = 30.0
    rest: float = 10.0
    rate: float = 10.0
    hosts: Mapping[str, Sequence[str]] = field(default_factory=lambda: PROCESSES)
    cut: Sequence[str] | None = None
    loss: Sequence[float] = LOSS
    clocks: Mapping[str, int] = field(default_factory=lambda: CLOCKS)
    namespaces: bool | None = None

    @property
    def lease(self) -> float:
        """Shorter than a fault, so that what a host that is cut off was doing is done by another."""
        return max(4.0, min(10.0, self.seconds / 3))


@dataclass
class Spell:
    """What happened while one thing was wrong, and in the rest after it."""

    what: str
    seconds: float
    acknowledged: int = 0
    over: int = 0
    waiting: int = 0
    """Events that were stored and not over at its end."""
    left: int = 0
    """The same after the rest."""


@dataclass
class Report:
    """The hosts, the spells and the table of promises."""

    hosts: list[str]
    spells: list[Spell]
    table: Table

    @property
    def kept(self) -> bool:
        return self.table.kept

    def __str__(self) -> str:
        lines = ["| host | address | clock | runs |", "|---|---|---|---|", *self.hosts, ""]
        lines += [
            "| what was wrong | s | acknowledged | over | waiting at its end | after the rest |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {one.what} | {one.seconds:.0f} | {one.acknowledged} | {one.over} | {one.waiting} | {one.left} |"
            for one in self.spells
        ]
        return "\n".join([*lines, "", str(self.table)])


def run(size: Size) -> Report:
    """Run it and return the report. Raises AssertionError when the site does not even start."""
    with tempfile.TemporaryDirectory(prefix="multihost-") as folder:
        Path(folder).chmod(0o755)
        with World(
            Path(folder),
            seed=size.seed,
            lease=size.lease,
            hosts=size.hosts,
            clocks=size.clocks,
            namespaces=size.namespaces,
        ) as world:
            report = _run(world, size)
        if not report.kept:
            kept = ROOT / ".local" / "multihost" / str(size.seed)
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(Path(folder) / "logs", kept)
            report.table.notes["logs"] = str(kept)
        return report


def _faults(world: World, size: Size) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what is to go wrong, in an order that the seed decides."""
    network = world.network
    names = list(size.hosts) if size.cut is None else list(size.cut)
    found: list[tuple[str, Callable[[], None]]] = [
        (f"{name} is cut off", partial(network.cut, name)) for name in names
    ]
    if size.cut is None and network.kind.endswith("namespaces"):
        found += [
            ("work1 sends, and hears nothing", lambda: network.cut("work1", ("to",))),
            ("db hears, and cannot answer", lambda: network.cut("db", ("from",))),
        ]
    if not any("packet loss (" in reason for reason in world.left_out):
        found += [
            (f"{share:.0%} of all packets get lost", partial(network.lose, share)) for share in size.loss
        ]
    random.Random(size.seed).shuffle(found)
    yield from found


def _run(world: World, size: Size) -> Report:
    world.site.start(*world.processes())
    faults = list(_faults(world, size))
    seconds = (size.seconds + size.rest) * len(faults) + size.rest
    count = int(seconds * size.rate)
    sender = Sender(
        world.site,
        plan(count, size.seed, world.github, world.worker_types()),
        seconds=seconds,
        count=count,
        seed=size.seed,
        # Half of them wait until they are given up while a web host is cut off; the others must not wait for those.
        at_once=200,
    )
    sender.start()
    spells = [_spell(world, sender, "nothing", size.rest, 0.0, lambda: None)]
    for what, fault in faults:
        spells.append(_spell(world, sender, what, size.seconds, size.rest, fault))
        print(f"{spells[-1]}", flush=True)
    peace = time.monotonic()
    acknowledged = sender.join(120 + count / 20)
    over = wait_until_over(world, len(sender.posted.deliveries), 2 * size.lease + 100)
    seconds_after = time.monotonic() - peace
    told = wait_until_told(world, FEEDBACK_WITHIN)
    table = checks.check(Outside(world, sender.posted), CHECKS)
    table.broken("not acknowledged in the end", [] if acknowledged else ["deliveries wait"])
    table.broken("not over in time", [] if over and told else [world.site.logs(5)[-3000:]])
    ended = [name for name, running in world.site.running.items() if running.process.poll() is not None]
    table.broken("processes that ended", ended)
    posted = sender.posted
    table.notes = {
        "seed": size.seed,
        "network": world.network.kind,
        "deliveries (sent twice)": f"{len(posted.deliveries)} ({posted.duplicates})",
        "answers": ", ".join(f"{answer}: {n}" for answer, n in posted.answers.most_common()),
        "lease, s": f"{size.lease:g}",
        "seconds until every event was over": f"{seconds_after:.1f}",
        "left out": "; ".join(world.left_out) or "nothing",
    }
    return Report(_hosts(world), spells, table)


def _spell(
    world: World, sender: Sender, what: str, seconds: float, rest: float, fault: Callable[[], None]
) -> Spell:
    before, acknowledged = world.look(), len(sender.posted.acknowledged)
    fault()
    time.sleep(seconds)
    world.network.mend()
    at_end = world.look()
    spell = Spell(
        what,
        seconds,
        acknowledged=len(sender.posted.acknowledged) - acknowledged,
        over=at_end["over"] - before["over"],
        waiting=at_end["stored"] - at_end["over"],
    )
    time.sleep(rest)
    after = world.look()
    spell.left = after["stored"] - after["over"]
    return spell


def _hosts(world: World) -> list[str]:
    servers = {"db": "PostgreSQL", "broker": "Valkey (broker and cache)"}
    rows = []
    for name, host in world.network.hosts.items():
        off = world.clocks.get(name, 0) if world.clock_library is not None else 0
        runs = ", ".join(world.of_host[name]) or servers[name]
        rows.append(f"| {name} | {host.address} | {f'{off:+d} s' if off else 'right'} | {runs} |")
    return [*rows, f"| GitHub | {world.network.outside} | right | outside |"]
