"""The worker's side of the database: claims and outcomes, on one connection per process.

Outcomes that come in while a transaction is under way share the next one. An outcome that is not recorded
would make a callback run again, so a database that is away is waited for, up to the lease's length.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from django.db import Error as AnyDatabaseError
from django.db import connections, router

from django_github_app.conf import app_settings
from django_github_app.models import EventLog, RunStatus
from django_github_app.process.group_commit import GroupCommit, Pending
from django_github_app.sql import cancelling, flow, wanted
from django_github_app.sql import claims as moves
from django_github_app.sql.cancelling import Stop
from django_github_app.sql.claims import Claimed
from django_github_app.sql.dialects import dialect_for, discard
from django_github_app.sql.lanes import WINDOW, oldest_below
from django_github_app.sql.outcomes import superseded
from django_github_app.sql.own_connections import close_own, impatient

from .fairness import Fairness
from .frontier import Frontier
from .operations import (
    ABOUT_THE_SERVER,
    Admit,
    Claim,
    Operation,
    Perform,
    Record,
    Recorded,
    Release,
    Renew,
    Take,
    Watch,
)

__all__ = ["Admit", "Claim", "Perform", "Record", "Recorded", "Recorder", "Release", "Renew", "Take", "Watch"]

logger = logging.getLogger(__name__)

# Looks at the backlog for one group of tasks: behind a long lane that is held there may be much to read.
MOST_LOOKS = 20
# Looks in vain after which one asks first whether there is anything: more messages than events are about.
IN_VAIN = 2
# Seconds between looks for what goes before a backlog.
HURRIED_EACH = 0.1
# Seconds for which outcomes that nobody waits for are held back, so that those of the events that come next in the
# same batch share their transaction. A worker that is killed meanwhile makes their callbacks run again.
PATIENCE = 0.020
REST = 0.004  # seconds after a large group of operations, so that the next is as large


def _silence() -> float:
    """Return the seconds for which the database may be silent: a lease is kept by whoever gives up before it ends."""
    return app_settings.LEASE_SECONDS / 3


def _patience(operations: Sequence[Operation], error: Exception) -> float:
    """Return the seconds for which the database is waited for: what callbacks have done is not forgotten lightly."""
    lease = app_settings.LEASE_SECONDS
    if isinstance(error, ABOUT_THE_SERVER) and any(isinstance(one, Record) for one in operations):
        return max(lease, app_settings.OUTAGE_PATIENCE * 3600.0)
    return lease


class Recorder:
    """Runs operations on a thread with its own connection, which Celery does not close after every task."""

    def __init__(self) -> None:
        self._group: GroupCommit[Operation, Recorded] = GroupCommit(
            self._flush, name="github-recorder", most=500, patience=PATIENCE, rest=REST, on_stop=close_own
        )
        self._frontier = Frontier()
        self._fairness = Fairness(self._claim_ids)
        self._behind: dict[str, bool] = {}
        """Whether the last look for each worker type left events behind."""
        self._hurried_at: dict[str, float] = {}
        self._given_back: list[tuple[str, int]] = []
        self._most = 1_000_000
        """Events that one look claims at most: few after one that took too long."""
        self.on_stops: Callable[[Sequence[Stop]], object] = lambda stops: None
        """Called with what is to stop: whoever runs it in this process is told."""
        self._in_vain: dict[str, int] = {}
        """How many looks for each worker type in a row found nothing."""

    def submit(self, operation: Operation) -> Recorded:
        return self._group.submit(operation)

    async def asubmit(self, operation: Operation) -> Recorded:
        return await self._group.asubmit(operation)

    def put(self, operation: Operation, *, patient: bool = False) -> Pending[Recorded]:
        """Hand over an operation; its result is there when it is committed. ``patient``: nobody waits for it yet."""
        return self._group.put(operation, patient=patient)

    def close(self) -> None:
        self._group.close(timeout=app_settings.LEASE_SECONDS)
        for known in (self._frontier, self._fairness, self._behind):
            known.clear()

    def _run_here(self, operation: Operation) -> Recorded:
        results: dict[int, Recorded | Exception] = {}
        self._run([operation], results)
        result = results[0]
        if isinstance(result, Exception):
            raise result
        return result

    def _flush(self, operations: Sequence[Operation]) -> list[Recorded | Exception]:
        began = time.monotonic()
        pause = 0.1
        # What is done stays done when the connection breaks in the middle: a claim must not be made twice.
        results: dict[int, Recorded | Exception] = {}
        while True:
            try:
                impatient(connections[router.db_for_write(EventLog)], _silence)
                dialect_for(EventLog).keep_statements()
                self._run(operations, results)
                break
            except AnyDatabaseError as error:
                # Whatever it is that is not about one operation's data, another connection may not have.
                discard(connections[router.db_for_write(EventLog)])
                self._frontier.clear()
                self._fairness.clear()
                left = [op for i, op in enumerate(operations) if i not in results]
                if time.monotonic() + pause > began + _patience(left, error):
                    results.update({i: error for i in range(len(operations)) if i not in results})
                    break
                logger.warning("database unavailable", extra={"error": type(error).__name__})
                time.sleep(pause)
                pause = min(pause * 2, 5.0)
            except Exception as error:  # noqa: BLE001 - those that are recorded are told so nevertheless
                results.update({i: error for i in range(len(operations)) if i not in results})
                break
        return [results[i] for i in range(len(operations))]

    def _run(self, operations: Sequence[Operation], results: dict[int, Recorded | Exception]) -> None:
        self._look_again()
        finishes = {i: op for i, op in enumerate(operations) if isinstance(op, Record) and i not in results}
        if finishes:
            self._finish(finishes, results)
            recorded = {i: op for i, op in finishes.items() if not isinstance(results[i], Exception)}
            self._follow_lanes({i: op for i, op in recorded.items() if op.lane is not None}, results)
            self._give_up_places(recorded, results)
            self._put_first(recorded, results)
        claims = {i: op for i, op in enumerate(operations) if isinstance(op, Claim) and i not in results}
        for unordered in {frozenset(op.unordered) for op in claims.values()}:
            self._claim({i: op for i, op in claims.items() if frozenset(op.unordered) == unordered}, results)
        takes = {i: op for i, op in enumerate(operations) if isinstance(op, Take) and i not in results}
        for kind in {(op.worker_type, frozenset(op.unordered)) for op in takes.values()}:
            alike = {i: op for i, op in takes.items() if (op.worker_type, frozenset(op.unordered)) == kind}
            self._take(alike, results)
        for i, operation in enumerate(operations):
            if i not in results:
                results[i] = (
                    operation.outcome() if isinstance(operation, Perform) else self._perform(operation)
                )
        if self._given_back:
            self._hand_on(operations, results)

    def _finish(self, finishes: dict[int, Record], results: dict[int, Recorded | Exception]) -> None:
        try:
            moves.finish(
                [op.outcome for op in finishes.values() if op.outcome is not None],
                [run for op in finishes.values() for run in op.runs],
            )
        except ABOUT_THE_SERVER:
            raise
        except Exception as error:  # noqa: BLE001 - about what was to be stored
            if len(finishes) == 1:
                results[next(iter(finishes))] = error
                return
            # One outcome that cannot be stored must not cost the others theirs.
            for i, operation in finishes.items():
                self._finish({i: operation}, results)
        else:
            results.update(dict.fromkeys(finishes, Recorded()))

    def _follow_lanes(self, finishes: dict[int, Record], results: dict[int, Recorded | Exception]) -> None:
        """Find what each lane runs next: after the commit, so that what came in meanwhile is seen too."""
        by_lane = {op.lane: i for i, op in finishes.items() if op.lane is not None}
        if not by_lane:
            return
        following = moves.next_in_lanes(by_lane, self._frontier.bounds())
        ready = {pk: (worker_type, by_lane[lane]) for pk, worker_type, lane in following}
        ours = [pk for pk, (worker_type, i) in ready.items() if worker_type == finishes[i].claim_next]
        unordered = next(iter(finishes.values())).unordered
        others = [pk for pk in ready if pk not in ours]
        # Behind a backlog of several shares they take their turn: a lane's events are as many as anybody's.
        for pk in self._fairness.put({pk: ready[pk][0] for pk in ours}):
            del ready[pk]
        ours = [pk for pk in ours if pk in ready]
        taken = {one.id: one for one in self._claim_ids(ours, unordered)} if ours else {}
        # Their workers may have a backlog: these have waited in their lane, and go before it.
        wanted.hurry(others)
        for pk, (worker_type, i) in ready.items():
            # Of our own too what was not claimed: whoever had it locked may have had something else in mind, such as
            # to note that it was published. A message for nothing costs little, and the sweep comes late.
            claimed = taken.get(pk)
            results[i] = Recorded(claimed=[claimed]) if claimed else Recorded(ready=[(worker_type, pk)])

    def _give_up_places(self, finishes: dict[int, Record], results: dict[int, Recorded | Exception]) -> None:
        """Give up the places of runs that are over, and find whose turn it is: after the commit, as with lanes."""
        for i, operation in finishes.items():
            ends = [run.place for run in operation.runs if run.place is not None]
            outcome = operation.outcome
            waits_for = () if outcome is None else outcome.keys
            if not ends and not waits_for:
                continue
            flow.end(ends)
            keys = {one.key for one in ends if one.wait is None} | set(waits_for)
            ready = flow.wake(sorted(keys), [outcome.event_id] if outcome is not None and waits_for else ())
            if outcome is not None and isinstance(result := results[i], Recorded):
                results[i] = replace(result, ready=[*result.ready, *ready])
            else:
                self._given_back += ready

    def _put_first(self, finishes: dict[int, Record], results: dict[int, Recorded | Exception]) -> None:
        """Claim what is not to wait for the rest of a batch, behind a backlog, and add it to one."""
        for worker_type, i in {op.claim_next: i for i, op in finishes.items()}.items():
            if worker_type is None or not isinstance(result := results[i], Recorded):
                continue
            begin, behind = self._frontier.first(worker_type), self._behind.get(worker_type, False)
            unordered = finishes[i].unordered
            if first := self._fairness.before_others(worker_type, begin, unordered, behind=behind):
                results[i] = replace(result, first=first)

    def _admit(self, operation: Admit) -> Recorded:
        admitted = flow.admit(operation.asked)
        if admitted is None:
            return Recorded()
        if admitted.stopped:
            why = superseded(operation.asked.moment.event_id)
            self.on_stops([Stop(*run, RunStatus.SUPERSEDED, why) for run in admitted.stopped])
        ready = list(admitted.ready)
        if operation.asked.leaves_lane and operation.lane is not None:
            following = moves.next_in_lanes([operation.lane], self._frontier.bounds())
            wanted.hurry([pk for pk, _, _ in following])
            ready += [(worker_type, pk) for pk, worker_type, _ in following]
        return Recorded(ready=ready, admitted=admitted)

    def _claim(self, claims: dict[int, Claim], results: dict[int, Recorded | Exception]) -> None:
        """Claim for several tasks in one statement; an event that two of them name goes to the first."""
        asked: dict[int, int] = {}
        for i, operation in claims.items():
            for pk in operation.ids:
                asked.setdefault(pk, i)
        unordered = next(iter(claims.values())).unordered
        try:
            claimed = self._claim_ids(list(asked), unordered)
        except ABOUT_THE_SERVER:
            raise
        except Exception as error:  # noqa: BLE001 - about what was asked for
            if len(claims) == 1:
                results[next(iter(claims))] = error
                return
            # A message with impossible ids must not cost the others theirs.
            for i, operation in claims.items():
                self._claim({i: operation}, results)
            return
        found: dict[int, list[Claimed]] = {i: [] for i in claims}
        for one in claimed:
            found[asked[one.id]].append(one)
        results.update({i: Recorded(claimed=its) for i, its in found.items()})

    def _claim_ids(self, ids: Sequence[int], unordered: Collection[str]) -> list[Claimed]:
        began = time.monotonic()
        lease, bounds = app_settings.LEASE_SECONDS, self._frontier.bounds()
        return self._ours(moves.claim(ids, lease=lease, unordered=unordered, bounds=bounds), began)

    def _ours(self, claimed: list[Claimed], began: float) -> list[Claimed]:
        """Return what was claimed, and remember it; nothing if it took so long that the lanes' guard is not sure."""
        took = time.monotonic() - began
        # Also of claims that go back: what took so long need not be read the next time.
        self._frontier.claimed(claimed, began)
        self._frontier.took(took)
        self._most = min(self._most * 2, 1_000_000) if took < WINDOW / 5 else self._most
        if claimed and took > WINDOW:
            logger.warning("claims took too long, events go back", extra={"events": len(claimed)})
            self._most = max(1, len(claimed) // 4)
            released = set(moves.release([(one.id, one.attempt) for one in claimed]))
            self._given_back += [(one.worker_type, one.id) for one in claimed if one.id in released]
            return []
        return claimed

    def _look_again(self) -> None:
        """Look for what was passed over in one of the busy lanes, if it is time."""
        if (due := self._frontier.to_look_again()) is not None:
            began = time.monotonic()
            lane, bound = due
            waits = oldest_below(lane, bound)
            self._frontier.looked_again(lane, waits, time.monotonic() - began)

    def _hand_on(self, operations: Sequence[Operation], results: dict[int, Recorded | Exception]) -> None:
        """Let somebody who waits for a result publish what was given back."""
        for i, operation in enumerate(operations):
            result = results[i]
            waited_for = isinstance(operation, Claim | Take | Admit) or (
                isinstance(operation, Record) and operation.outcome is not None
            )
            if waited_for and isinstance(result, Recorded):
                results[i] = replace(result, ready=[*result.ready, *self._given_back])
                self._given_back = []
                return

    def _take(self, takes: dict[int, Take], results: dict[int, Recorded | Exception]) -> None:
        """Claim for several tasks of one worker type together: what one look finds is dealt out to them in order."""
        found: dict[int, list[Claimed]] = {i: [] for i in takes}
        first = next(iter(takes.values()))
        begin = self._frontier.first(first.worker_type)
        # Of these a look would see nothing: they were stored late, or are pending again.
        asked = {pk: i for i, op in takes.items() for pk in op.ids}
        passed = [pk for pk in asked if pk < begin]
        if self._in_vain.get(first.worker_type, 0) >= IN_VAIN and not wanted.is_anything(
            first.worker_type, after=begin, ids=asked
        ):
            self._pass_over(first.worker_type, asked)
            results.update({i: Recorded() for i in takes})
            return
        if early := [*self._hurried(first), *passed]:
            for one in self._claim_ids(list(dict.fromkeys(early)), first.unordered):
                found[asked.get(one.id, next(iter(takes)))].append(one)
        room = sum(max(0, op.limit - len(found[i])) for i, op in takes.items())
        fair = None
        if room and self._behind.get(first.worker_type):
            fair = self._fairness.take(first.worker_type, begin, room, first.unordered)
        taken, more = fair if fair is not None else self._look(first, begin, room, asked)
        if fair is None:
            more = self._fairness.ended(first.worker_type, taken, more=more)
        self._behind[first.worker_type] = more
        left = asked.keys() - {one.id for one in taken} - set(passed)
        if left and room > len(taken) and (others := wanted.passed_over(sorted(left))):
            taken = self._claim_ids(others[: room - len(taken)], first.unordered) + taken
        for i, op in takes.items():
            count = max(0, op.limit - len(found[i]))
            found[i] += taken[:count]
            taken = taken[count:]
        found[next(iter(takes))] += taken
        in_vain = 0 if any(found.values()) else self._in_vain.get(first.worker_type, 0) + 1
        self._in_vain[first.worker_type] = in_vain
        results.update({i: Recorded(claimed=its, more=more) for i, its in found.items()})

    def _hurried(self, take: Take) -> list[int]:
        """Return what goes before the others, while they are many: else its own message comes as soon."""
        now, last = time.monotonic(), self._hurried_at.get(take.worker_type, float("-inf"))
        if not self._behind.get(take.worker_type) or now - last < HURRIED_EACH:
            return []
        self._hurried_at[take.worker_type] = now
        return wanted.hurried(take.worker_type, limit=take.limit)

    def _look(self, take: Take, begin: int, room: int, asked: Collection[int]) -> tuple[list[Claimed], bool]:
        """Claim up to ``room`` pending events; return them, and whether there are more."""
        frontier, lease = self._frontier, app_settings.LEASE_SECONDS
        claimed: list[Claimed] = []
        more = True
        looks = 0
        while more and len(claimed) < room and looks < MOST_LOOKS:
            began, limit = time.monotonic(), min(self._most, room - len(claimed))
            bounds, unordered = frontier.bounds(), take.unordered
            taken = wanted.take(
                take.worker_type, after=begin, limit=limit, lease=lease, unordered=unordered, bounds=bounds
            )
            claimed += self._ours(taken.claimed, began)
            if taken.last is not None:
                frontier.looked(take.worker_type, taken.last)
                begin = taken.last + 1
            elif not looks:
                self._pass_over(take.worker_type, asked)
            more = taken.more
            looks += 1
        return claimed, more

    def _pass_over(self, worker_type: str, ids: Collection[int]) -> None:
        """Note that nothing waits up to these events, which others took: else the next look reads past them again."""
        if ids and self._frontier.lags(worker_type) and (last := wanted.latest(ids)) is not None:
            self._frontier.looked(worker_type, last)

    def _perform(self, operation: Operation) -> Recorded:
        match operation:
            case Release(claims):
                return Recorded(released=moves.release(claims))
            case Renew(claims, confirmed):
                renewed = moves.renew(claims, lease=app_settings.LEASE_SECONDS)
                if confirmed is not None:
                    confirmed()
                return Recorded(renewed=renewed)
            case Admit():
                return self._admit(operation)
            case Watch(event_ids):
                if stops := cancelling.stops_among(event_ids):
                    self.on_stops(stops)
        return Recorded()
