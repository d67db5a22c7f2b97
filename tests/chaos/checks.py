"""Every promise, looked at from outside: HTTP answers, rows, lines that handlers wrote, what GitHub has."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model import trace
from tests.model.trace import Change

from .load import REPO, Posted, Sent
from .world import World

DONE, IGNORED, DEAD = 10, 11, 12


@dataclass
class Table:
    """Counts by promise, and a few examples of each that is broken."""

    rows: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def broken(self, promise: str, found: Sequence[str]) -> None:
        self.rows[promise] = self.rows.get(promise, 0) + len(found)
        if found:
            self.examples.setdefault(promise, []).extend(list(found)[:5])

    @property
    def kept(self) -> bool:
        return not any(self.rows.values())

    def __str__(self) -> str:
        lines = [*(f"| {name} | {value} |" for name, value in self.notes.items())]
        lines += [f"| {name} | **{count}** |" for name, count in self.rows.items()]
        text = "\n".join(["| | |", "|---|---|", *lines])
        for name, found in self.examples.items():
            text += f"\n\n{name}:\n" + "\n".join(f"  {one}" for one in found)
        return text


@dataclass(frozen=True)
class Line:
    """A line that a handler wrote."""

    what: str
    handler: str
    delivery: str
    pid: int
    at: float


class Outside:
    """What can be seen of a run when it is over."""

    def __init__(self, world: World, posted: Posted) -> None:
        self.world = world
        self.posted = posted
        self.sent = {sent.delivery: sent for sent in posted.deliveries}
        self.events = {
            row["delivery"]: row
            for row in world.site.rows("SELECT * FROM django_github_app_eventlog WHERE delivery IS NOT NULL")
            if row["delivery"] in self.sent
        }
        self.by_id = {row["id"]: row for row in self.events.values()}
        self.runs: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for run in world.site.rows("SELECT * FROM django_github_app_handlerrun"):
            self.runs[run["event_id"]].append(run)
        self.lines = [
            Line(what, handler, delivery, int(pid), float(at))
            for what, handler, delivery, pid, at in (
                line.split() for line in (world.folder / "calls").read_text().splitlines()
            )
        ]
        self.changes = trace.read(world.site.database_url)
        self.taken_back = Counter(
            change.event
            for change in self.changes
            if change.handler is None and (change.lost or 0) > (change.lost_before or 0)
        )


def check(outside: Outside, promises: Mapping[str, Callable[[Outside], list[str]]] | None = None) -> Table:
    """Return the table of the promises: all of them, if none are chosen."""
    table = Table()
    for promise, look in (promises or PROMISES).items():
        table.broken(promise, look(outside))
    return table


def lost(outside: Outside) -> list[str]:
    """Acknowledged, and not there, or not done; a success in the ledger without its effect."""
    found = [
        f"{d} was acknowledged and has no row" for d in outside.posted.acknowledged - set(outside.events)
    ]
    ends = {(line.handler, line.delivery) for line in outside.lines if line.what == "end"}
    for delivery, row in outside.events.items():
        sent = outside.sent[delivery]
        missing = [handler for handler in sent.handlers if (handler, delivery) not in ends]
        if missing and row["status"] >= DONE:
            found.append(f"{sent.kind} {delivery}: {missing} never ended, status {row['status']}")
        wanted = DEAD if sent.dead else IGNORED if sent.kind == "star" else DONE
        if row["status"] >= DONE and row["status"] != wanted:
            errors = [(run["handler"], run["status"], run["error"]) for run in outside.runs[row["id"]]]
            found.append(f"{sent.kind} {delivery} is {row['status']} instead of {wanted}: {errors}"[:700])
    return found


def doubled(outside: Outside) -> list[str]:
    """Run to its end more often than its worker was lost, stored twice, or two successes in the ledger."""
    found = []
    ends = Counter((line.handler, line.delivery) for line in outside.lines if line.what == "end")
    for (handler, delivery), count in ends.items():
        row = outside.events.get(delivery)
        if row is not None and count > 1 + outside.taken_back[row["id"]]:
            found.append(
                f"{handler} of {delivery} ended {count} times,"
                f" its event was taken back {outside.taken_back[row['id']]} times"
            )
    rows = outside.world.site.rows(
        "SELECT delivery, count(*) AS n FROM django_github_app_eventlog WHERE delivery IS NOT NULL"
        " GROUP BY delivery, hook_id HAVING count(*) > 1"
    )
    return found + [f"{row['delivery']} has {row['n']} rows" for row in rows]


def stuck(outside: Outside) -> list[str]:
    return [
        f"{outside.sent[d].kind} {d} (event {row['id']}) is in status {row['status']},"
        f" lease {row['lease_expires_at']}, next {row['next_attempt_at']}, lane {row['lane']}:"
        f" {[(run['handler'], run['attempts'], (run['error'] or '')[:200]) for run in outside.runs[row['id']]]}"
        for d, row in outside.events.items()
        if row["status"] < DONE
    ]


def comments(outside: Outside) -> list[str]:
    """Each text exactly once."""
    issues = outside.world.github.repo(REPO).issues
    bot = f"{outside.world.github.slug}[bot]"
    found = []
    for sent in outside.sent.values():
        if sent.delivery not in outside.events:
            continue
        bodies = (
            [c.body for c in issues[sent.number].comments if c.user.login == bot]
            if sent.number in issues
            else []
        )
        for text in sent.says:
            count = sum(text in body for body in bodies)
            if count != 1:
                found.append(
                    f"{sent.kind} {sent.delivery}: {count} comments with {text!r}{_claim(outside, sent)}"
                )
    return found


def reactions(outside: Outside) -> list[str]:
    """Those that a command's outcome asks for, and no others."""
    repo = outside.world.github.repo(REPO)
    found = []
    for sent in outside.sent.values():
        if not sent.comment_id or sent.delivery not in outside.events:
            continue
        emoji = repo.comments[sent.comment_id][0].emoji
        if Counter(emoji) != Counter(sent.reactions):
            found.append(
                f"{sent.kind} {sent.delivery}: {emoji} instead of {sorted(sent.reactions)}"
                f"{_claim(outside, sent)}"
            )
    return found


def _claim(outside: Outside, sent: Sent) -> str:
    rows = outside.world.site.rows(
        "SELECT acknowledged_at, outcome, owed, finished_at FROM django_github_app_commandclaim WHERE event_id = %s",
        outside.events[sent.delivery]["id"],
    )
    return f" {[dict(row) for row in rows]}" if rows else ""


def overlaps(outside: Outside) -> list[str]:
    """Two events of a lane at once, except where the first one's worker was declared dead before."""
    found = []
    lanes: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    waiting: dict[tuple[str, str, int], float] = {}
    for line in outside.lines:
        row = outside.events.get(line.delivery)
        if row is None or row["lane"] is None:
            continue
        key = (line.handler, line.delivery, line.pid)
        if line.what == "start":
            waiting[key] = line.at
        elif key in waiting:
            lanes[row["lane"]].append((waiting.pop(key), line.at, row["id"]))
    losses = _losses(outside.changes)
    offset = outside.world.clock_offset
    for intervals in lanes.values():
        intervals.sort()
        for number, (began, ended, event) in enumerate(intervals):
            for other_began, _, other in intervals[number + 1 :]:
                if other_began >= ended:
                    break
                fenced = any(began <= at - offset <= other_began + 0.05 for at in losses.get(event, ()))
                if other != event and not fenced:
                    found.append(f"event {other} began while {event} of its lane ran")
    return found


def _losses(changes: Sequence[Change]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for change in changes:
        if change.handler is None and (change.lost or 0) > (change.lost_before or 0):
            found[change.event].append(change.at.timestamp())
    return found


def not_in_the_model(outside: Outside) -> list[str]:
    return trace.replay(outside.changes)


def archived(outside: Outside) -> list[str]:
    """The old events are in the database or in archives; restored, they are what they were."""
    world = outside.world
    if not world.old_events:
        return []
    if not world.site.rows("SELECT 1 FROM django_github_app_archivefile LIMIT 1"):
        return [f"old event {pk}: {what}" for pk, what in differences(world.picture, world.old_picture())]
    restored = world.manage("github", "restore", "--all")
    if restored.returncode:
        return [f"restoring failed: {restored.stderr[-400:]}"]
    now = world.old_picture()
    return [f"old event {pk}: {what}" for pk, what in differences(world.picture, now)]


def differences(before: dict[int, str], after: dict[int, str]) -> list[tuple[int, str]]:
    return [(pk, "is gone") for pk in before if pk not in after] + [
        (pk, "is another one now") for pk in before if pk in after and after[pk] != before[pk]
    ]


def secrets_in_logs(outside: Outside) -> list[str]:
    """Tokens and keys in what the processes wrote."""
    github = outside.world.github
    secrets = [*github.tokens, github.private_key.splitlines()[2], json.dumps(github.webhook_secret)[1:-1]]
    found = []
    for log in sorted((outside.world.folder / "logs").glob("*.log")):
        text = log.read_text(errors="replace")
        found += [f"{log.name} has a secret" for secret in secrets if secret and secret in text]
    return found


PROMISES: dict[str, Callable[[Outside], list[str]]] = {
    "lost": lost,
    "doubled": doubled,
    "stuck": stuck,
    "missing or double comments": comments,
    "missing or other reactions": reactions,
    "overlaps in a lane, not fenced": overlaps,
    "moves that the model does not have": not_in_the_model,
    "old events not restored as they were": archived,
    "secrets in logs": secrets_in_logs,
}
