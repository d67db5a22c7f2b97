"""What GitHub sends during chaos, and what must have come of it in the end."""

from __future__ import annotations

import asyncio
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from django_github_app.testing import FakeGitHub, payloads
from tests.support.site import Site

REPO = "octo/widgets"
LANES = 20
# How often each kind comes.
KINDS = {"comment": 34, "issue": 24, "pull": 8, "reopened": 8, "push": 8, "star": 4, "command": 14}
COMMANDS = ("build", "bake", "fail", "refuse", "unknown", "denied")


@dataclass(frozen=True)
class Sent:
    """A delivery, and what must be there when all is over, each thing exactly once."""

    kind: str
    worker_type: str
    delivery: str
    event: str
    payload: dict[str, Any]
    number: int
    handlers: tuple[str, ...] = ()
    """Handlers whose ``end`` must be in the file."""
    says: tuple[str, ...] = ()
    """Texts that a comment of the app on this issue must contain."""
    reactions: frozenset[str] = frozenset()
    comment_id: int = 0
    dead: bool = False
    """It ends DEAD: its callback fails each time."""


def plan(
    count: int, seed: int, github: FakeGitHub, worker_types: Sequence[str] = ("sync", "async")
) -> Iterator[Sent]:
    """Yield the deliveries; what people typed is on the fake GitHub from then on."""
    chance = random.Random(seed)
    installation = github.add_installation("octo", repositories=[REPO])
    repo = github.repo(REPO)
    for index in range(count):
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        worker_type = chance.choice(worker_types)
        delivery = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        number = chance.randrange(1, LANES + 1)

        def build(event: str, action: str | None, number: int, **more: Any) -> dict[str, Any]:
            return payloads.build(
                event, action, number=number, repository=REPO, installation=installation.id, **more
            )

        match kind:
            case "comment":
                payload = build("issue_comment", "created", number, comment="A remark.")
                yield Sent(kind, worker_type, delivery, "issue_comment", payload, number, ("on_comment",))
            case "issue":
                payload = build("issues", "opened", number)
                yield Sent(kind, worker_type, delivery, "issues", payload, number, ("on_issue",))
            case "pull" | "reopened":
                number = 1000 + index % 200
                repo.issue(number)
                event, action = ("pull_request", "opened") if kind == "pull" else ("issues", "reopened")
                yield Sent(
                    kind, worker_type, delivery, event, build(event, action, number), number,
                    (f"on_{kind}",), (f"Seen {delivery}",),
                )  # fmt: skip
            case "push":
                payload = build("push", None, 1)
                yield Sent(kind, worker_type, delivery, "push", payload, 0, ("on_push", "on_push_again"))
            case "star":
                yield Sent(kind, worker_type, delivery, "star", build("star", "created", 1), 0)
            case _:
                yield _command(github, build, chance, worker_type, delivery, index)


def _command(
    github: FakeGitHub,
    build: Callable[..., dict[str, Any]],
    chance: random.Random,
    worker_type: str,
    delivery: str,
    index: int,
) -> Sent:
    name, person, number = chance.choice(COMMANDS), f"person-{index}", 2000 + index % 100
    repo = github.repo(REPO)
    issue = repo.issue(number)
    repo.collaborator(person, "read" if name == "denied" else "write")
    typed = {"unknown": "frobnicate", "denied": "build"}.get(name, name)
    comment = issue.comment(f"@{github.slug} {typed} t{index}", by=person)
    payload = build("issue_comment", "created", number)
    payload["issue"] = {**payload["issue"], **issue.json()}
    payload["comment"] = comment.json()
    payload["sender"] = github.world.user(person).json()
    says, reactions, dead = {
        "build": ((f"Building t{index}.", f"Built t{index}."), {"eyes", "rocket"}, False),
        "bake": ((f"Baking t{index}.", f"Baked t{index}."), {"eyes", "rocket"}, False),
        "fail": ((f"under delivery {delivery}",), {"eyes", "confused"}, True),
        "refuse": ((f"@{person}: not today",), {"eyes", "confused"}, False),
        "unknown": ((f"@{person}: I know no command",), {"confused"}, False),
        "denied": ((f"@{person}: ",), {"-1"}, False),
    }[name]
    return Sent(
        f"command {name}", worker_type, delivery, "issue_comment", payload, number, ("on_comment",), says,
        frozenset(reactions), comment.id, dead,
    )  # fmt: skip


@dataclass
class Posted:
    """What was sent and how it was answered."""

    deliveries: list[Sent] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0


class Sender:
    """Posts deliveries from a thread, as many a second as are asked for, each until it is acknowledged.

    GitHub sends nothing again by itself, but the app asks for what failed: here the next try comes within seconds.
    One in ten is sent once more, at the same time or later.
    """

    def __init__(
        self,
        site: Site,
        deliveries: Iterator[Sent],
        *,
        seconds: float,
        count: int,
        seed: int,
        at_once: int = 40,
    ) -> None:
        self.posted = Posted()
        self._site = site
        self._deliveries = deliveries
        self._pause = seconds / count
        self._chance = random.Random(seed)
        self._at_once = at_once
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="sender", daemon=True)
        self.error: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout: float) -> bool:
        """Wait until everything is acknowledged; return whether it is."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    async def _run(self) -> None:
        limits = httpx.Limits(max_connections=self._at_once * 3 // 2)
        gate = asyncio.Semaphore(self._at_once)
        async with httpx.AsyncClient(timeout=12, trust_env=False, limits=limits) as client:
            tasks: list[asyncio.Task[None]] = []
            due = time.monotonic()
            for sent in self._deliveries:
                self.posted.deliveries.append(sent)
                await gate.acquire()
                task = asyncio.create_task(self._send(client, sent))
                task.add_done_callback(lambda _: gate.release())
                tasks.append(task)
                if self._chance.random() < 0.1:
                    self.posted.duplicates += 1
                    later = self._chance.choice([0.0, 0.0, self._chance.uniform(0, 8)])
                    tasks.append(asyncio.create_task(self._send(client, sent, later)))
                due += self._pause * self._chance.uniform(0.5, 1.5)
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.gather(*tasks)

    async def _send(self, client: httpx.AsyncClient, sent: Sent, later: float = 0.0) -> None:
        await asyncio.sleep(later)
        request = self._site.request(sent.worker_type, sent.event, sent.payload, sent.delivery)
        while True:
            try:
                answer = str((await client.post(**request)).status_code)
            except httpx.HTTPError as error:
                answer = type(error).__name__
            self.posted.answers[answer] += 1
            if answer == "202":
                self.posted.acknowledged.add(sent.delivery)
                return
            await asyncio.sleep(self._chance.uniform(0.3, 1.5))


__all__ = ["Posted", "Sender", "Sent", "plan"]
