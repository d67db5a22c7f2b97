"""One run: the version before under load, its schema migrated, its processes replaced, and all of it back."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from django_github_app.testing import payloads
from tests.chaos import checks
from tests.chaos.checks import DONE, IGNORED, Outside, Table
from tests.chaos.load import Sender, Sent
from tests.chaos.run import wait_until_over
from tests.support.site import ROOT

from . import other
from .world import NEW, OLD, World, version_of

LANES = 20
KINDS = {"issue_comment": 40, "issues": 30, "push": 20, "star": 10}
HANDLERS = {
    "issue_comment": ("on_comment",),
    "issues": ("on_issue",),
    "push": ("on_push", "on_push_again"),
    "star": (),
}
CHECKS = {
    name: checks.PROMISES[name]
    for name in ("doubled", "stuck", "overlaps in a lane, not fenced", "moves that the model does not have")
}


# What keeps two events of a lane apart is another thing on either side of this migration, and it came before any
# version was tagged: workers of both must not run at once. docs/upgrading.md says so.
GUARD_OF_LANES = "0016_queue"


@dataclass(frozen=True)
class Size:
    """How long each stage lasts, how many deliveries a second there are, and which kinds of process."""

    seed: int
    ref: str
    seconds: float = 10.0
    rate: float = 40.0
    kinds: Sequence[str] = ("web", "worker_sync", "worker_async", "beat")
    webs: int = 2
    back: bool = True


@dataclass
class Stage:
    """A part of the run: which versions run on which schema."""

    what: str
    seconds: float = 0.0
    acknowledged: int = 0
    refused: int = 0
    over: int = 0


@dataclass
class Report:
    """The stages and the table of promises."""

    stages: list[Stage]
    table: Table

    @property
    def kept(self) -> bool:
        return self.table.kept

    def __str__(self) -> str:
        lines = ["| stage | s | answered 202 | anything else | events over |", "|---|---|---|---|---|"]
        lines += [
            f"| {one.what} | {one.seconds:.1f} | {one.acknowledged} | {one.refused} | {one.over} |"
            for one in self.stages
        ]
        return "\n".join([*lines, "", str(self.table)])


def plan(seed: int, kinds: Sequence[str]) -> Iterator[Sent]:
    """Yield deliveries without end, for the processes that there are: without beat nothing is tried twice."""
    chance = random.Random(seed)
    worker_types = [kind.removeprefix("worker_") for kind in kinds if kind.startswith("worker_")]
    events = {event: share for event, share in KINDS.items() if event != "push" or "beat" in kinds}
    while True:
        event = chance.choices(list(events), list(events.values()))[0]
        action = {"issue_comment": "created", "issues": "opened", "star": "created"}.get(event)
        number = chance.randrange(1, LANES + 1)
        payload = payloads.build(event, action, number=number, repository="octo/widgets")
        yield Sent(
            event, chance.choice(worker_types), str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            event, payload, number, HANDLERS[event],
        )  # fmt: skip


class Watched:
    """Runs the stages and notes what happened in each."""

    def __init__(self, world: World, sender: Sender) -> None:
        self.world, self.sender = world, sender
        self.stages: list[Stage] = []
        self.too_early = "not tried"

    def stage(self, what: str, seconds: float, *steps: Callable[[], object]) -> None:
        stage = Stage(what)
        answers, over, began = dict(self.sender.posted.answers), self._over(), time.monotonic()
        for step in steps:
            step()
        time.sleep(seconds)
        now = self.sender.posted.answers
        stage.seconds = time.monotonic() - began
        stage.acknowledged = now["202"] - answers.get("202", 0)
        stage.refused = sum(now.values()) - sum(answers.values()) - stage.acknowledged
        stage.over = self._over() - over
        self.stages.append(stage)
        print(stage, flush=True)

    def _over(self) -> int:
        (row,) = self.world.site.rows(
            "SELECT count(*) AS n FROM django_github_app_eventlog WHERE status >= 10"
        )
        return int(row["n"])


def run(size: Size) -> Report:
    """Run it and return the report. Raises AssertionError when a process does not start."""
    with tempfile.TemporaryDirectory(prefix="versions-") as folder:
        Path(folder).chmod(0o755)
        with World(Path(folder), size.ref, seed=size.seed) as world:
            report = None
            try:
                report = _run(world, size)
            finally:
                if report is None or not report.kept:
                    kept = ROOT / ".local" / "versions" / str(size.seed)
                    shutil.rmtree(kept, ignore_errors=True)
                    shutil.copytree(Path(folder) / "logs", kept)
        return report


def _names(size: Size, version: str, round_: int) -> list[str]:
    return [
        f"{kind}.{version}.{round_}{number}"
        for kind in size.kinds
        for number in range(size.webs if kind == "web" else 1)
    ]


def _run(world: World, size: Size) -> Report:
    table = Table()
    old, new = _names(size, OLD, 1), _names(size, NEW, 1)
    world.start(*old)
    # Stopped when the stages are through: nobody knows how long they take on this machine.
    ended: list[bool] = []

    def deliveries() -> Iterator[Sent]:
        for sent in plan(size.seed, size.kinds):
            if ended:
                return
            yield sent

    sender = Sender(world.site, deliveries(), seconds=1000, count=int(1000 * size.rate), seed=size.seed)
    watched = Watched(world, sender)
    sender.start()
    before, after = (other.newest_migration(world.trees[version]) for version in (OLD, NEW))
    watched.stage(f"before, on {before}", size.seconds)
    if size.back and before != after:
        table.broken("too early, and says that it is ready", _too_early(watched, size, before))
    took: list[float] = []
    watched.stage(f"before, while {after} is applied", 0, lambda: took.append(world.migrate(NEW)))
    watched.stage(f"before, on {after}", size.seconds)
    _replace(watched, size, old, new, at_once="worker_async")
    if size.back:
        _replace(watched, size, new, _names(size, OLD, 2), at_once="worker_sync")
    ended.append(True)
    acknowledged = sender.join(60)
    over = wait_until_over(world, len(sender.posted.deliveries), 90)
    outside = Outside(world, sender.posted)
    table.broken("answered with an error", _errors(sender))
    table.broken("lost", _lost(outside))
    for name, look in CHECKS.items():
        table.broken(name, look(outside))
    table.broken("not acknowledged in the end", [] if acknowledged else ["deliveries wait"])
    table.broken("not over in time", [] if over else [world.site.logs(5)[-3000:]])
    posted = sender.posted
    table.notes = {
        "seed": size.seed,
        "version before": f"{size.ref} ({before})",
        "this version": f"{other.git('rev-parse', '--short', 'HEAD')} ({after})",
        "deliveries (sent twice)": f"{len(posted.deliveries)} ({posted.duplicates})",
        "answers": ", ".join(f"{answer}: {n}" for answer, n in posted.answers.most_common()),
        "seconds of the migration, under load": f"{took[0]:.1f}",
        "workers of both at once": "no: they keep lanes by other means"
        if crosses_the_guard(world)
        else "yes",
        "did not end by SIGTERM in 30 s": ", ".join(world.killed) or "none",
        "a delivery to a web process that started too early": watched.too_early,
        "events whose handler was gone": sum(row["status"] == IGNORED for row in outside.events.values()),
        "called under the new name": _renamed(outside),
    }
    return Report(watched.stages, table)


def _replace(
    watched: Watched, size: Size, leaving: Sequence[str], coming: Sequence[str], *, at_once: str
) -> None:
    """Replace processes one by one, each beside its successor for a while.

    But of one kind all end first, so that events, and messages of the version that leaves, wait for the other.
    """
    world, pause = watched.world, size.seconds / 4
    label = f"{version_of(leaving[0])} → {version_of(coming[0])}"
    apart = "worker" if crosses_the_guard(world) else at_once
    waiting = [new for new in coming if new.startswith(apart)]
    for gone, new in zip(leaving, coming, strict=True):
        kind = gone.partition(".")[0]
        if new in waiting:
            if new == waiting[0]:
                ending = [one for one in leaving if one.startswith(apart)]
                watched.stage(f"{label}: no {apart}", size.seconds, partial(world.stop, *ending))
                watched.stage(f"{label}: {apart} starts", pause, partial(world.start, *waiting))
        else:
            watched.stage(f"{label}: {kind}, both", pause, partial(world.start, new))
            watched.stage(f"{label}: {kind}", pause, partial(world.stop, gone))
    watched.stage(f"{label}: all", size.seconds)


def crosses_the_guard(world: World) -> bool:
    before, after = (other.newest_migration(world.trees[version]) for version in (OLD, NEW))
    return before < GUARD_OF_LANES <= after


def _too_early(watched: Watched, size: Size, schema: str) -> list[str]:
    """Start a web process and workers of this version on the schema before, for a while.

    The web process must say that it is not ready, so that the rollout stops; the workers may do what they can, and
    no harm. What is sent to the web process all the same is answered with 503, or stored.
    """
    world, found = watched.world, []
    names = [f"{kind}.{NEW}.0" for kind in size.kinds if kind != "beat"]

    def start() -> None:
        for name in names:
            world.site.spawn(name)
        web = names[0]
        world.site.wait_until_ready(web)
        status, text = world.readiness(web)
        if status != 503 or other.newest_migration(ROOT) not in text:
            found.append(f"{status}: {text}")
        sent = next(plan(size.seed + 1, size.kinds))
        request = world.site.request(sent.worker_type, sent.event, sent.payload, sent.delivery)
        path = request.pop("url").partition("/github/")[2]
        answer = httpx.post(f"{world.site.url_of(web)}/github/{path}", **request, timeout=12, trust_env=False)
        stored = world.site.rows(
            "SELECT 1 FROM django_github_app_eventlog WHERE delivery = %s", sent.delivery
        )
        watched.too_early = f"{answer.status_code}, {'stored' if stored else 'not stored'}"
        if (answer.status_code == 202) != bool(stored) or answer.status_code not in (202, 503):
            found.append(f"a delivery to it: {watched.too_early}")

    watched.stage(f"before, on {schema}, and this version too early", size.seconds, start)
    # As a platform ends what does not become ready. By SIGTERM a pool whose tasks fail all the time may not end.
    for name in names:
        world.site.kill(name)
    return found


def _errors(sender: Sender) -> list[str]:
    return [f"{answer}: {n}" for answer, n in sender.posted.answers.items() if answer != "202"]


def _renamed(outside: Outside) -> int:
    return sum(run["handler"].endswith(".on_new_issue") for runs in outside.runs.values() for run in runs)


def _lost(outside: Outside) -> list[str]:
    """Acknowledged, and no row; over, and a handler of either version never ended; another end than it should."""
    found = [f"{d} has no row" for d in outside.posted.acknowledged - set(outside.events)]
    ends = {(line.handler, line.delivery) for line in outside.lines if line.what == "end"}
    for delivery, row in outside.events.items():
        sent = outside.sent[delivery]
        missing = [handler for handler in sent.handlers if (handler, delivery) not in ends]
        # The handler of stars is gone after the deploy.
        wanted = (DONE, IGNORED) if sent.kind == "star" else (DONE,)
        if missing or row["status"] not in wanted:
            found.append(f"{sent.kind} {delivery}: {missing} never ended, status {row['status']}")
    return found
