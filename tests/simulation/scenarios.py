"""What runs in one process, under every order of its threads: the real classes, and what must hold of them."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

from django_github_app.broker import publisher
from django_github_app.execution import leases
from django_github_app.github import cache as shared_cache
from django_github_app.github import tokens
from django_github_app.ingest import loop_inbox
from django_github_app.process import group_commit, per_process
from django_github_app.process.group_commit import GroupCommit, Pending
from django_github_app.process.per_process import PerProcess

from .explore import Scenario
from .primitives import Thread, run_loop
from .scheduler import Simulation


def _together(sim: Simulation, *runs: Callable[[], object]) -> None:
    """Run functions on threads of their own and wait for all."""
    threads = [Thread(sim, run, name=f"caller {number}") for number, run in enumerate(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Group commit


class Flushes:
    """A flush that takes its time, and sometimes fails; notes what it was given."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.seen: Counter[int] = Counter()
        self.under_way = 0

    def __call__(self, items: Sequence[int]) -> list[int | Exception]:
        assert self.under_way == 0, "two flushes at once"
        self.under_way += 1
        self.sim.sleep((0.001, 0.5)[self.sim.choose(2)])
        self.seen.update(items)
        self.under_way -= 1
        if self.sim.choose(6) == 1:
            raise ValueError("the flush failed")
        return [item * 10 for item in items]


def group_commit_answers_everybody(sim: Simulation) -> None:
    flush = Flushes(sim)
    group: GroupCommit[int, int] = GroupCommit(
        flush, name="group", most=3, patience=0.02, size=lambda _: 1, most_bytes=100
    )
    given_up: set[int] = set()
    pending: list[tuple[int, Pending[int]]] = []

    def wait(item: int) -> None:
        try:
            assert group.submit(item, 0.4 if item % 2 else None) == item * 10
        except TimeoutError:
            given_up.add(item)
        except ValueError:
            pass

    def put(item: int) -> None:
        pending.append((item, group.put(item, patient=True)))
        pending.append((item + 100, group.put(item + 100)))

    def close() -> None:
        sim.sleep((0.001, 0.01, 1.0)[sim.choose(3)])
        group.close()

    def wait_twice() -> None:
        wait(2)
        wait(3)

    _together(sim, lambda: wait(1), wait_twice, lambda: put(4), close)
    for item, one in pending:
        with contextlib.suppress(ValueError):
            assert one.result() == item * 10
    while group._thread is not None:  # where threads are slow, once may not be enough
        group.close()
    assert all(count == 1 for count in flush.seen.values()), f"flushed twice: {flush.seen}"
    missing = {1, 2, 3, 4, 104} - set(flush.seen) - given_up
    assert not missing, f"never flushed: {missing}"
    assert group._bytes == 0, f"{group._bytes} bytes are counted and none wait"


def a_group_that_stops_leaves_nobody_waiting(sim: Simulation) -> None:
    group: GroupCommit[int, int] = GroupCommit(list, name="group", most=2)

    def submit() -> None:
        for item in range(3):
            assert group.submit(item) == item

    def close() -> None:
        for _ in range(3):
            group.close()

    _together(sim, submit, close)


def coroutines_and_threads_share_a_group(sim: Simulation) -> None:
    flush = Flushes(sim)
    group: GroupCommit[int, int] = GroupCommit(flush, name="group", most=2, size=lambda _: 1, most_bytes=100)
    given_up: set[int] = set()

    async def wait(item: int) -> None:
        try:
            assert await group.asubmit(item, 0.4 if item % 2 else None) == item * 10
        except TimeoutError:
            given_up.add(item)
        except ValueError:
            pass

    async def all_at_once() -> None:
        task = asyncio.ensure_future(wait(5))
        await asyncio.gather(wait(1), wait(2), wait(3))
        if sim.choose(2):
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def thread() -> None:
        with contextlib.suppress(ValueError):
            assert group.submit(8) == 80

    _together(sim, lambda: run_loop(sim, all_at_once()), thread)
    group.close()
    assert all(count == 1 for count in flush.seen.values()), f"flushed twice: {flush.seen}"
    assert {2, 8} <= set(flush.seen), f"never flushed: {flush.seen}"
    assert group._bytes == 0


# What one process has one of


def first_messages_share_one_recorder(sim: Simulation, holder: Any = PerProcess) -> None:
    """Two threads take the first messages of a process: they share the recorder, whose thread is one."""
    recorders: list[GroupCommit[int, int]] = []
    flush = Flushes(sim)

    def make() -> GroupCommit[int, int]:
        sim.point()  # making it takes a while
        recorders.append(GroupCommit(flush, name="recorder", most=10))
        return recorders[-1]

    process = holder(make)

    def first_message(item: int) -> None:
        with contextlib.suppress(ValueError):
            process.get().submit(item)

    _together(sim, *(partial(first_message, item) for item in (1, 2)))
    assert len(recorders) == 1, f"{len(recorders)} recorders in one process"
    process.get().close()


def a_forked_child_makes_its_own(sim: Simulation) -> None:
    made: list[object] = []

    def make() -> object:
        sim.point()
        made.append(object())
        return made[-1]

    process = PerProcess(make, still_good=lambda one: one is made[-1])

    def other() -> None:
        process.get()
        if sim.choose(2):
            process.take()
        process.get()

    Thread(sim, other, name="other", daemon=True).start()
    if sim.choose(2):
        process.get()
    before = list(made)
    sim.freeze_others()  # the child has this thread only, whoever held a lock
    process._forget()
    mine = process.get()
    assert mine not in before, "a child uses what belongs to threads that it does not have"
    assert process.get() is mine


# Leases

LEASE = 3.0


class Keeper:
    """A keeper whose renewals are noted and that never come late."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.renewed: dict[tuple[int, int], float] = {}
        self.handed_back: list[int] = []
        self.late: list[str] = []
        self.ran: list[int] = []
        self.failed = False
        self.keeper = leases.LeaseKeeper(
            renew=self._renew, hand_back=self._hand_back, lease=lambda: LEASE, slow_after=lambda: 1.0
        )

    def _renew(self, claims: Sequence[tuple[int, int]]) -> None:
        self.failed = not self.failed and self.sim.choose(8) == 1
        if self.failed:
            raise ConnectionError("the database is away for a moment")
        for claim in claims:
            self.renewed[claim] = self.sim.now

    def _hand_back(self, claimed: Sequence[Any], done: int) -> None:
        self.handed_back += [one.id for one in claimed]

    def work(self, first: int) -> None:
        """Claim three events and run them, one after the other, each for up to two leases."""
        events = [cast("Any", SimpleNamespace(id=first + n, attempt=1, worker_type="sync")) for n in range(3)]
        batch = leases.Batch(events, self.sim.now, LEASE)
        for event in events:
            self.renewed[event.id, 1] = self.sim.now
        self.keeper.hold(batch)
        try:
            while (event := batch.start()) is not None:
                self.sim.sleep((0.01, 0.4, 2 * LEASE)[self.sim.choose(3)])
                age = self.sim.now - self.renewed[event.id, 1]
                # A third of a lease between two renewals, of which one may fail.
                if age > LEASE:
                    self.late.append(f"the lease of event {event.id} was not renewed for {age:g} s")
                batch.done(event)
                self.ran.append(event.id)
        finally:
            self.keeper.drop(batch)


def leases_are_kept_while_callbacks_run(sim: Simulation) -> None:
    keeper = Keeper(sim)
    _together(sim, partial(keeper.work, 10), partial(keeper.work, 20))
    sim.sleep(5.0)  # idle, and then there is work again
    keeper.work(30)
    assert not keeper.late, keeper.late
    everything = Counter([*keeper.ran, *keeper.handed_back])
    assert everything == Counter([*range(10, 13), *range(20, 23), *range(30, 33)]), everything


# Publishing


def what_is_committed_is_published_once_or_left_to_the_sweep(sim: Simulation) -> None:
    published: Counter[tuple[str, int]] = Counter()
    failed = 0

    def publish(wanted: Sequence[tuple[str, int]], most: int | None = None) -> None:
        nonlocal failed
        sim.sleep(0.001)
        if sim.choose(5) == 1:
            failed += 1
            raise ConnectionError("the broker is away")
        published.update(wanted)

    with mock.patch.object(publisher, "publish", publish):
        background = publisher.BackgroundPublisher()

        def post(first: int) -> None:
            for number in range(3):
                background.publish_soon([("sync", first + number)])
                if sim.choose(3) == 1:
                    sim.sleep(2.0)

        def close() -> None:
            sim.sleep(0.01)
            background.close()

        _together(sim, partial(post, 10), partial(post, 20), close)
        background.close()
    assert all(count == 1 for count in published.values()), published
    if not failed:
        assert len(published) == 6, f"forgotten: {published}"


# The inbox of an event loop


class Inbox(loop_inbox.LoopInbox):
    """The loop's inbox on a database that is slow, refuses, or is away."""

    sim: Simulation
    committed: list[int]

    async def _insert(self, batch: Sequence[Any]) -> list[Any]:
        way = self.sim.choose(5)
        await asyncio.sleep((0.001, 0.3, 7.0, 0.001, 0.001)[way])
        if way == 3:
            raise ConnectionError("the database went away")
        rows = [
            None if way == 4 and number % 2 else SimpleNamespace(id=one.delivery.number, created=True)
            for number, one in enumerate(batch)
        ]
        self.committed += [row.id for row in rows if row is not None]
        return cast("list[Any]", rows)

    async def _close(self) -> None:
        await asyncio.sleep(0)


def an_inbox_answers_every_delivery(sim: Simulation) -> None:
    published: list[int] = []
    answers: Counter[str] = Counter()

    async def deliver(inbox: Inbox, number: int) -> None:
        delivery = SimpleNamespace(number=number, body=b"x" * 200_000)
        taken = inbox.put(cast("Any", SimpleNamespace(delivery=delivery)))
        if taken is None:
            answers["by the thread"] += 1
            return
        try:
            row = await taken
        except TimeoutError:
            answers["too late"] += 1
            return
        if row is None:
            answers["by the thread"] += 1
            return
        assert row.id == number, "answered with somebody else's row"
        assert number in inbox.committed, "acknowledged before it was committed"
        answers["stored"] += 1

    async def serve() -> None:
        inbox = Inbox(lambda rows: published.extend(row.id for row in rows))
        inbox.sim, inbox.committed = sim, []

        async def later(number: int) -> None:
            await asyncio.sleep((0.0, 0.002, 0.4, 6.0)[sim.choose(4)])
            await deliver(inbox, number)

        clients = [asyncio.ensure_future(later(number)) for number in range(6)]
        if sim.choose(3) == 1:
            await asyncio.sleep(0.001)
            clients[0].cancel()  # the client hung up
        await asyncio.wait(clients)
        await asyncio.sleep(10)
        assert Counter(inbox.committed) == Counter(published), (inbox.committed, published)
        assert len(set(inbox.committed)) == len(inbox.committed), "stored twice"
        assert inbox._waiting_bytes == 0, "bytes are counted and none wait"
        assert inbox._task is not None
        inbox._task.cancel()
        await asyncio.wait([inbox._task])

    with mock.patch.object(loop_inbox, "is_about_the_data", return_value=False):
        run_loop(sim, serve())
    assert sum(answers.values()) >= 5, answers


# Tokens


class Cache:
    """A shared cache whose operations take turns."""

    def __init__(self, sim: Simulation) -> None:
        self.sim = sim
        self.content: dict[str, tuple[Any, float]] = {}

    def get(self, name: str) -> Any:
        self.sim.point()
        value, until = self.content.get(name, (None, math.inf))
        return value if until > self.sim.now else None

    def set(self, name: str, value: Any, timeout: float) -> None:
        self.sim.point()
        self.content[name] = (value, self.sim.now + timeout)

    def add(self, name: str, value: Any, timeout: float) -> bool:
        if self.get(name) is not None:
            return False
        self.content[name] = (value, self.sim.now + timeout)
        return True

    def delete(self, name: str) -> None:
        self.sim.point()
        self.content.pop(name, None)


def one_worker_at_a_time_asks_for_a_token(sim: Simulation) -> None:
    cache, asking = Cache(sim), Counter[str]()
    issued: list[str] = []

    async def request(process: str) -> tokens.Token:
        asking["now"] += 1
        asking["most"] = max(asking["most"], asking["now"])
        asking["all"] += 1
        try:
            await asyncio.sleep((0.05, 0.5)[sim.choose(2)])
            if sim.choose(6) == 1:
                raise ConnectionError("GitHub is away")
        finally:
            asking["now"] -= 1
        issued.append(f"token {len(issued)}")
        return tokens.Token(issued[-1], sim.now, sim.now + 3600)

    async def serve(process: str) -> None:
        store = tokens.TokenStore()

        async def ask(refused: str | None = None) -> str | None:
            try:
                value = await store.get("name", partial(request, process), refused)
            except ConnectionError:
                return None
            assert value in issued, f"{value} was issued to nobody"
            assert value != refused, "a refused token is handed out again"
            return value

        callers = [asyncio.ensure_future(ask()) for _ in range(3)]
        if sim.choose(2):
            await asyncio.sleep(0.01)
            callers[0].cancel()
        results = await asyncio.gather(*callers, return_exceptions=True)
        assert not [r for r in results if isinstance(r, AssertionError)], results
        cancelled = [r for r in results[1:] if isinstance(r, asyncio.CancelledError)]
        assert not cancelled, "one caller's end is the others'"
        if sim.choose(3) == 1 and isinstance(results[1], str):
            await asyncio.gather(ask(results[1]), ask(results[1]))

    async def in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0.001)
        return function(*args, **kwargs)

    with (
        mock.patch.object(shared_cache, "backend", return_value=cache),
        mock.patch.object(shared_cache, "in_thread", in_thread),
        mock.patch.object(tokens, "seal", lambda name, content: dict(content)),
        mock.patch.object(tokens, "unseal", lambda name, sealed: sealed),
        mock.patch("random.uniform", lambda a, b: a),
    ):
        _together(sim, lambda: run_loop(sim, serve("one")), lambda: run_loop(sim, serve("two")))
    assert asking["most"] <= 1, "two workers get a token at the same time"


SCENARIOS = [
    Scenario("group commit", group_commit_answers_everybody, [group_commit]),
    Scenario("group commit, slow threads", group_commit_answers_everybody, [group_commit], slow=True),
    Scenario("group that stops", a_group_that_stops_leaves_nobody_waiting, [group_commit]),
    Scenario("group commit and a loop", coroutines_and_threads_share_a_group, [group_commit]),
    Scenario("first messages", first_messages_share_one_recorder, [group_commit, per_process]),
    Scenario("fork", a_forked_child_makes_its_own, [per_process], slow=True),
    Scenario("lease keeper", leases_are_kept_while_callbacks_run, [leases]),
    Scenario(
        "publisher", what_is_committed_is_published_once_or_left_to_the_sweep, [publisher, group_commit]
    ),
    Scenario("loop inbox", an_inbox_answers_every_delivery, [loop_inbox]),
    Scenario("tokens", one_worker_at_a_time_asks_for_a_token, [tokens]),
]
