"""One chaos run: load, faults, peace, and what was kept."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.site import ROOT

from . import checks
from .checks import Outside, Table
from .faults import Faults
from .load import Sender, plan
from .world import LEASE, World

# An event whose worker was lost at the last moment: its lease, the term of the lock of a sweep that was killed too,
# the grace of a lost message, the longest backoff; then those that wait behind it in its lane.
SETTLED_WITHIN = 2 * LEASE + 30 + 6 + 8 + 60
# Reactions that GitHub did not take are owed for half a minute before they are repeated.
FEEDBACK_WITHIN = 60.0


@dataclass(frozen=True)
class Size:
    """How much of everything."""

    seed: int
    seconds: float
    deliveries: int
    workers: int = 2
    old_events: int = 2000
    pause: tuple[float, float] = (0.5, 3.0)


def run(size: Size) -> Table:
    """Run chaos and return the table. Raises AssertionError when the site does not even start."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        Path(folder).chmod(0o755)
        with World(Path(folder), workers=size.workers, old_events=size.old_events) as world:
            table = _run(world, size)
            if not table.kept:
                kept = ROOT / ".local" / "chaos" / str(size.seed)
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(Path(folder) / "logs", kept)
                table.notes["logs"] = str(kept)
            return table


def _run(world: World, size: Size) -> Table:
    world.picture = world.old_picture()
    world.site.start(*world.processes())
    deliveries = plan(size.deliveries, size.seed, world.github)
    sender = Sender(world.site, deliveries, seconds=size.seconds, count=size.deliveries, seed=size.seed)
    faults = Faults(world, size.seed, pause=size.pause)
    began = time.monotonic()
    sender.start()
    faults.start()
    time.sleep(size.seconds)
    faults.stop()
    peace = time.monotonic()
    everything_acknowledged = sender.join(180)
    settled = wait_until_over(world, len(sender.posted.deliveries), SETTLED_WITHIN)
    settled_after = time.monotonic() - peace
    told = wait_until_told(world, FEEDBACK_WITHIN)
    table = checks.check(Outside(world, sender.posted))
    table.broken("not acknowledged in the end", [] if everything_acknowledged else ["deliveries wait"])
    table.broken("not over in time", [] if settled and told else [world.site.logs(5)[-3000:]])
    table.broken("faults that failed themselves", faults.errors)
    posted = sender.posted
    table.notes = {
        "seed": size.seed,
        "seconds of chaos": f"{peace - began:.0f}",
        "deliveries (sent twice)": f"{len(posted.deliveries)} ({posted.duplicates})",
        "answers": ", ".join(f"{answer}: {n}" for answer, n in posted.answers.most_common()),
        "faults": sum(faults.happened.values()),
        **dict(sorted(faults.happened.items())),
        "seconds until every event was over": f"{settled_after:.1f}",
        "changes of rows replayed": len(Outside(world, posted).changes),
        "left out": "; ".join(world.left_out) or "nothing",
    }
    return table


def wait_until_over(world: World, count: int, seconds: float) -> bool:
    """Wait until so many events are stored and all of them are over; return whether they are."""
    return _wait(lambda: _is_over(world, count), seconds)


def wait_until_told(world: World, seconds: float) -> bool:
    """Wait until nobody is owed a reaction or an answer; return whether that is so."""
    return _wait(lambda: not _owed(world), seconds)


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.3)
    return False


def _is_over(world: World, count: int) -> bool:
    statuses = world.site.rows(
        "SELECT count(*) FILTER (WHERE restored_at IS NULL AND received_at > now() - interval '10 days') AS all,"
        " count(*) FILTER (WHERE status < 10) AS open FROM django_github_app_eventlog"
    )[0]
    return statuses["all"] >= count and not statuses["open"]


def _owed(world: World) -> bool:
    return bool(world.site.rows("SELECT 1 FROM django_github_app_commandclaim WHERE owed <> '' LIMIT 1"))
