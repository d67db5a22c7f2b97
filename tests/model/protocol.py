"""What happens to events, as a model: rows, messages, workers, retention, and everything that may go wrong.

A `State` is one moment; `successors` gives each moment that may follow, by name. Times do not appear: a lease has
expired or not, a retry is always due. What may go wrong is an action like any other, bounded by `Bounds`: a message
is lost or comes twice, a process is killed at any point or stopped for longer than its lease, a delivery is repeated,
an archive file is damaged.

``mutants`` names mistakes that an implementation could make. The search must find each of them, else the
invariants are worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

ABSENT, PENDING, PROCESSING, RETRYING, DONE, DEAD, DELETED = range(7)
FINAL = (DONE, DEAD)
NO_LEASE, LIVE, EXPIRED = range(3)
NOT_RUN, FAILED, SUCCEEDED, GAVE_UP = range(4)  # what the ledger says of a callback
NO_FILE, UPLOADED, DAMAGED, VERIFIED = range(4)  # the archive file that an event is in

MUTANTS = {
    "no attempt fence": "an outcome counts whatever attempt it is of",
    "no lane": "a claim does not look at the other events of the lane",
    "lane ignores what runs": "a claim looks at older events that wait, not at the one that runs",
    "lane ignores what waits": "a claim looks at the event that runs, not at older ones that wait",
    "claim in two statements": "the event is chosen in one statement and taken in another, without asking again",
    "sweep takes back running events": "the sweep does not look at leases",
    "lease from the worker's clock": "a worker whose clock is behind writes leases that have expired",
    "acknowledged before commit": "GitHub is answered before the row is committed",
    "published before commit": "the message is sent before the row is committed",
    "no sweep": "what was published and lost is not published again",
    "no message for the rest": "a worker that leaves events behind wakes nobody for them",
    "taken messages count": "no message is sent while a worker works: it took one",
    "lane is not followed": "a worker that ends an event wakes nobody for the next of its lane",
    "leases never expire": "the sweep takes no event back from a worker that is gone",
    "claim without a state": "a claim takes finished events too",
    "ledger forgets": "a callback that succeeded is called again in the next attempt",
    "intermediate record dropped": "a success that was not recorded at once is not in the final record either",
    "giving up beats success": "a success is not recorded if a worker that lost its lease gave up before",
    "success recorded twice": "the ledger takes a second success of a callback",
    "redelivery runs finished events": "GitHub's repeated delivery of an event that is DONE makes it run again",
    "retry forgotten": "an event is DONE although a callback is to run again",
    "deleted before it is verified": "retention deletes rows whose file was not read back",
    "deleted although it changed": "retention deletes rows that were replayed after they were archived",
    "restore brings rows back twice": "restoring replaces a row that is there",
}


class Row(NamedTuple):
    """An event's row with its runs in the ledger."""

    status: int
    attempt: int
    lease: int
    lost: int
    runs: tuple[int, ...]
    successes: tuple[int, ...]
    """How many successes the ledger recorded of each callback since the event was last replayed; seen by nobody."""
    marked: bool
    """Archived in a file, and not changed since."""


class Job(NamedTuple):
    """A worker with the event that it claimed."""

    event: int
    attempt: int
    known: tuple[int, ...]
    """What the ledger said of the callbacks when the event was claimed."""
    done: tuple[int, ...]
    """What came of the callbacks that were called; they are called in order."""
    unrecorded: int
    """How many of the last ones the ledger has not been told."""
    stopped: bool
    taken: bool
    """The sweep took the event back: this worker was stopped for longer than its lease. It does not know."""
    chosen_only: bool = False


class Left(NamedTuple):
    """How often each thing may still go wrong."""

    crashes: int
    stops: int
    losses: int
    copies: int
    failures: int
    redeliveries: int
    replays: int
    archives: int


FEW = Left(1, 1, 1, 1, 1, 0, 0, 0)


class State(NamedTuple):
    rows: tuple[Row, ...]
    messages: int
    """Wake-ups in the queue. They name no event that counts: whoever takes one looks for whatever is pending."""
    unpublished: tuple[bool, ...]
    """Stored, and the web process has still to publish it."""
    acknowledged: tuple[bool, ...]
    workers: tuple[Job | None, ...]
    files: tuple[int, ...]
    left: Left


class Violation(Exception):
    """A promise is broken in a state or by a step."""


@dataclass(frozen=True)
class Bounds:
    """How much there is of everything."""

    lanes: tuple[int | None, ...] = (1, 1)
    """One per event, in the order of receipt. None: the event is in no lane."""
    callbacks: int = 1
    workers: int = 2
    most_attempts: int = 2
    most_lost: int = 3
    left: Left = FEW
    mutants: frozenset[str] = field(default_factory=frozenset)

    def start(self) -> State:
        events = len(self.lanes)
        none = (NOT_RUN,) * self.callbacks
        row = Row(ABSENT, 0, NO_LEASE, 0, none, (0,) * self.callbacks, False)
        return State(
            (row,) * events,
            0,
            (False,) * events,
            (False,) * events,
            (None,) * self.workers,
            (NO_FILE,) * events,
            self.left,
        )


def canonical(state: State) -> State:
    """Return the state without what makes no difference: which worker is which, how high attempts are counted."""
    rows = state.rows
    workers = state.workers
    for event, row in enumerate(rows):
        used = {job.attempt for job in workers if job is not None and job.event == event}
        if row.attempt > len(used):
            rank = {
                attempt: n for n, attempt in enumerate(sorted({row.attempt, *used}), start=1 if used else 0)
            }
            rows = _put(rows, event, row._replace(attempt=rank[row.attempt]))
            workers = tuple(
                job._replace(attempt=rank[job.attempt]) if job is not None and job.event == event else job
                for job in workers
            )
    return state._replace(rows=rows, workers=tuple(sorted(workers, key=_order)))


def _order(job: Job | None) -> tuple[object, ...]:
    return () if job is None else tuple(job)


def _put(values: tuple, index: int, value: object) -> tuple:  # type: ignore[type-arg]  # of anything
    return (*values[:index], value, *values[index + 1 :])


def _fewer(state: State, what: str) -> Left:
    return state.left._replace(**{what: getattr(state.left, what) - 1})


Step = tuple[str, State]
MOST_MESSAGES = 2


def successors(state: State, bounds: Bounds) -> Iterator[Step]:
    """Yield each step that may happen now, with the state after it. Raises `Violation`."""
    yield from _web(state, bounds)
    yield from _broker(state, bounds)
    for number, job in enumerate(state.workers):
        if job is None:
            yield from _take_message(state, bounds, number)
        else:
            yield from _work(state, bounds, number, job)
    yield from _sweep(state, bounds)
    yield from _people(state, bounds)
    yield from _retention(state, bounds)


def _web(state: State, bounds: Bounds) -> Iterator[Step]:
    mutants = bounds.mutants
    for event, row in enumerate(state.rows):
        if row.status == ABSENT and not state.acknowledged[event]:
            stored = _put(state.rows, event, row._replace(status=PENDING))
            if "acknowledged before commit" in mutants:
                yield "acknowledge", state._replace(acknowledged=_put(state.acknowledged, event, True))
            early = "published before commit" in mutants
            if early and not state.unpublished[event]:
                told = state._replace(unpublished=_put(state.unpublished, event, True))
                yield "publish too early", _publish(told, bounds)
                break
            yield (
                "store and acknowledge",
                state._replace(
                    rows=stored,
                    unpublished=_put(state.unpublished, event, not early),
                    acknowledged=_put(state.acknowledged, event, True),
                ),
            )
            break  # order of receipt
        if row.status == ABSENT and "acknowledged before commit" in mutants:
            yield "store late", state._replace(rows=_put(state.rows, event, row._replace(status=PENDING)))
        if state.unpublished[event] and row.status != ABSENT:
            told = state._replace(unpublished=_put(state.unpublished, event, False))
            yield "publish", _publish(told, bounds)
            if state.left.crashes:
                yield "web process dies before it publishes", told._replace(left=_fewer(state, "crashes"))


def _publish(state: State, bounds: Bounds) -> State:
    # A queue that holds enough gets no more: what is in it was not taken, and wakes somebody who sees all there is.
    if state.messages >= MOST_MESSAGES:
        return state
    if "taken messages count" in bounds.mutants and any(state.workers):
        return state
    return state._replace(messages=state.messages + 1)


def _broker(state: State, bounds: Bounds) -> Iterator[Step]:
    if state.messages and state.left.losses:
        fewer = state._replace(messages=state.messages - 1)
        yield "broker loses a message", fewer._replace(left=_fewer(state, "losses"))
    if state.messages == 1 and state.left.copies:
        yield "broker copies a message", state._replace(messages=2, left=_fewer(state, "copies"))


def may_claim(state: State, bounds: Bounds, event: int) -> bool:
    """Say whether a claim of the event would take it: what `sql.claims.claim` decides in one statement."""
    row, lane, mutants = state.rows[event], bounds.lanes[event], bounds.mutants
    if row.status not in (PENDING, RETRYING) and not (
        "claim without a state" in mutants and row.status == DONE
    ):
        return False
    if lane is None or "no lane" in mutants:
        return True
    for other, its_lane in enumerate(bounds.lanes):
        if other == event or its_lane != lane:
            continue
        status = state.rows[other].status
        if status == PROCESSING and "lane ignores what runs" not in mutants:
            return False
        if status == PENDING and other < event and "lane ignores what waits" not in mutants:
            return False
    return True


def _take_message(state: State, bounds: Bounds, number: int) -> Iterator[Step]:
    if not state.messages:
        return
    taken = state._replace(messages=state.messages - 1)
    found = [event for event in range(len(state.rows)) if may_claim(state, bounds, event)]
    if not found:
        yield "worker finds nothing to do", taken
    for event in found:
        if "claim in two statements" in bounds.mutants:
            job = Job(event, 0, (), (), 0, False, False, chosen_only=True)
            yield "choose", taken._replace(workers=_put(state.workers, number, job))
            continue
        after = claimed_by(taken, bounds, number, event)
        # A worker has room for one event here. Before it runs it, it wakes another for what it leaves.
        rest = any(may_claim(after, bounds, other) for other in range(len(state.rows)))
        if rest and "no message for the rest" not in bounds.mutants:
            after = _publish(after, bounds)
        yield "claim", after


def claimed_by(state: State, bounds: Bounds, number: int, event: int) -> State:
    row = state.rows[event]
    lease = EXPIRED if "lease from the worker's clock" in bounds.mutants else LIVE
    claimed = row._replace(status=PROCESSING, attempt=row.attempt + 1, lease=lease, marked=False)
    job = Job(event, claimed.attempt, row.runs, (), 0, False, False)
    return state._replace(rows=_put(state.rows, event, claimed), workers=_put(state.workers, number, job))


def _work(state: State, bounds: Bounds, number: int, job: Job) -> Iterator[Step]:
    idle = _put(state.workers, number, None)
    if state.left.crashes:
        yield "worker is killed", state._replace(workers=idle, left=_fewer(state, "crashes"))
    if job.chosen_only:
        yield "take", claimed_by(state, bounds, number, job.event)
        return
    row = state.rows[job.event]
    if job.stopped:
        yield (
            "worker goes on",
            state._replace(workers=_put(state.workers, number, job._replace(stopped=False))),
        )
        return
    if state.left.stops:
        yield (
            "worker stands still",
            state._replace(
                workers=_put(state.workers, number, job._replace(stopped=True)), left=_fewer(state, "stops")
            ),
        )
    ours = row.status == PROCESSING and row.attempt == job.attempt
    if ours and row.lease == EXPIRED:
        yield "renew", state._replace(rows=_put(state.rows, job.event, row._replace(lease=LIVE)))
    if not job.done and ours:
        given_back = row._replace(status=PENDING, lease=NO_LEASE)
        handed = state._replace(rows=_put(state.rows, job.event, given_back), workers=idle)
        yield "hand back", _publish(handed, bounds)
    if job.unrecorded:
        # The record of a callback before the last may be slow, and may fail: the final one carries it again.
        told = job._replace(unrecorded=0)
        rows = _put(state.rows, job.event, recorded(row, job, bounds))
        yield "record callbacks", state._replace(rows=rows, workers=_put(state.workers, number, told))
        if "intermediate record dropped" in bounds.mutants:
            yield "record is dropped", state._replace(workers=_put(state.workers, number, told))
    if len(job.done) < bounds.callbacks:
        yield from _call(state, bounds, number, job)
    else:
        yield "finish", finished(state, bounds, number, job)


def _call(state: State, bounds: Bounds, number: int, job: Job) -> Iterator[Step]:
    known = job.known[len(job.done)]
    if known in (SUCCEEDED, GAVE_UP) and "ledger forgets" not in bounds.mutants:
        skipped = job._replace(done=(*job.done, known), unrecorded=job.unrecorded + (job.unrecorded > 0))
        yield "skip a callback", state._replace(workers=_put(state.workers, number, skipped))
        return
    if known == SUCCEEDED:
        raise Violation("a callback that is recorded as succeeded is called again")
    outcomes = [SUCCEEDED]
    if state.left.failures:
        outcomes.append(GAVE_UP if known == FAILED else FAILED)
    for outcome in outcomes:
        called = job._replace(done=(*job.done, outcome), unrecorded=job.unrecorded + 1)
        after = state._replace(workers=_put(state.workers, number, called))
        if outcome != SUCCEEDED:
            after = after._replace(left=_fewer(state, "failures"))
        yield f"callback {'succeeds' if outcome == SUCCEEDED else 'fails'}", after


def recorded(row: Row, job: Job, bounds: Bounds) -> Row:
    """Return the row after the ledger was told: what has happened counts, but a run that is over stays as it is."""
    runs, successes = list(row.runs), list(row.successes)
    for callback in range(len(job.done) - job.unrecorded, len(job.done)):
        outcome = job.done[callback]
        before = runs[callback]
        # What succeeded did so whatever else was said; a worker that lost its lease may have given up meanwhile.
        overrides = (
            before == GAVE_UP and outcome == SUCCEEDED and "giving up beats success" not in bounds.mutants
        )
        over = before in (SUCCEEDED, GAVE_UP) and not overrides
        if over and "success recorded twice" not in bounds.mutants:
            continue
        runs[callback] = outcome
        successes[callback] += outcome == SUCCEEDED
    return row._replace(runs=tuple(runs), successes=tuple(successes))


def finished(state: State, bounds: Bounds, number: int, job: Job) -> State:
    """One transaction: the ledger, and the event's next state if it is still this attempt's."""
    row = recorded(state.rows[job.event], job, bounds)
    fenced = row.status != PROCESSING or row.attempt != job.attempt
    if not fenced or "no attempt fence" in bounds.mutants:
        if FAILED in job.done and "retry forgotten" not in bounds.mutants:
            status = RETRYING
        else:
            status = DEAD if GAVE_UP in job.done else DONE
        row = row._replace(status=status, lease=NO_LEASE)
    after = state._replace(rows=_put(state.rows, job.event, row), workers=_put(state.workers, number, None))
    following = _next_in_lane(after, bounds, job.event)
    if following is None or "lane is not followed" in bounds.mutants:
        return after
    return _publish(after, bounds)


def _next_in_lane(state: State, bounds: Bounds, event: int) -> int | None:
    lane = bounds.lanes[event]
    if lane is None:
        return None
    for other, row in enumerate(state.rows):
        if bounds.lanes[other] == lane and row.status == PENDING:
            return other
    return None


def _sweep(state: State, bounds: Bounds) -> Iterator[Step]:
    mutants = bounds.mutants
    for event, row in enumerate(state.rows):
        if row.status == PROCESSING:
            holder = next(
                (j for j in state.workers if j is not None and (j.event, j.attempt) == (event, row.attempt)),
                None,
            )
            # Time passes for a worker that is gone or stands still; one that runs renews its lease.
            if row.lease == LIVE and (holder is None or holder.stopped or holder.chosen_only):
                yield (
                    "lease expires",
                    state._replace(rows=_put(state.rows, event, row._replace(lease=EXPIRED))),
                )
            if "leases never expire" not in mutants and (
                row.lease == EXPIRED or "sweep takes back running events" in mutants
            ):
                yield "sweep takes an event back", taken_back(state, bounds, event)
        elif "no sweep" not in mutants and not state.messages and may_claim(state, bounds, event):
            yield "sweep publishes", _publish(state, bounds)


def taken_back(state: State, bounds: Bounds, event: int) -> State:
    row = state.rows[event]
    for job in state.workers:
        if (
            job is not None
            and not job.chosen_only
            and (job.event, job.attempt) == (event, row.attempt)
            and not job.stopped
            and not job.taken
            and "lease from the worker's clock" not in bounds.mutants
            and row.lease != EXPIRED
        ):
            raise Violation("an event is taken from a worker that keeps its lease")
    status = DEAD if row.lost + 1 >= bounds.most_lost else PENDING
    workers = tuple(
        job._replace(taken=True)
        if job is not None and (job.event, job.attempt) == (event, row.attempt)
        else job
        for job in state.workers
    )
    if "lease from the worker's clock" in bounds.mutants and any(
        job is not None and job.event == event and not job.stopped for job in state.workers
    ):
        raise Violation("an event is taken from a worker that keeps its lease")
    return state._replace(
        rows=_put(state.rows, event, row._replace(status=status, lease=NO_LEASE, lost=row.lost + 1)),
        workers=workers,
    )


def _people(state: State, bounds: Bounds) -> Iterator[Step]:
    for event, row in enumerate(state.rows):
        if state.left.redeliveries and row.status in (RETRYING, DEAD, DONE):
            left = _fewer(state, "redeliveries")
            runs = tuple(FAILED if run == GAVE_UP else run for run in row.runs)
            if row.status != DONE or "redelivery runs finished events" in bounds.mutants:
                again = row._replace(status=PENDING, lost=0, runs=runs, marked=False)
                yield (
                    "GitHub delivers again",
                    _publish(state, bounds)._replace(rows=_put(state.rows, event, again), left=left),
                )
        if state.left.replays and row.status in FINAL:
            none = (NOT_RUN,) * bounds.callbacks
            marked = row.marked and "deleted although it changed" in bounds.mutants
            again = row._replace(
                status=PENDING, lost=0, runs=none, successes=(0,) * bounds.callbacks, marked=marked
            )
            yield (
                "somebody replays it",
                _publish(state, bounds)._replace(
                    rows=_put(state.rows, event, again), left=_fewer(state, "replays")
                ),
            )


def _retention(state: State, bounds: Bounds) -> Iterator[Step]:
    mutants = bounds.mutants
    for event, row in enumerate(state.rows):
        file = state.files[event]
        if row.status in FINAL and file in (NO_FILE, DAMAGED) and state.left.archives:
            left = _fewer(state, "archives")
            marked = _put(state.rows, event, row._replace(marked=True))
            yield "archive", state._replace(rows=marked, files=_put(state.files, event, UPLOADED), left=left)
            yield (
                "archive is damaged on its way",
                state._replace(rows=marked, files=_put(state.files, event, DAMAGED), left=left),
            )
        if file == UPLOADED:
            yield "read the file back", state._replace(files=_put(state.files, event, VERIFIED))
            if state.left.crashes:
                undone = row._replace(marked=False) if row.status != DELETED else row
                yield (
                    "retention dies",
                    state._replace(
                        rows=_put(state.rows, event, undone),
                        files=_put(state.files, event, NO_FILE) if row.status != DELETED else state.files,
                        left=_fewer(state, "crashes"),
                    ),
                )
        may_delete = file == VERIFIED or (
            file in (UPLOADED, DAMAGED) and "deleted before it is verified" in mutants
        )
        unchanged = row.status in FINAL or "deleted although it changed" in mutants
        if may_delete and row.marked and unchanged and row.status not in (ABSENT, DELETED):
            if row.status not in FINAL:
                raise Violation("retention deletes an event that is to run")
            if file == DAMAGED:
                raise Violation("retention deletes an event whose archive is damaged")
            if file != VERIFIED:
                raise Violation("retention deletes an event before its archive was read back")
            gone = row._replace(status=DELETED)
            yield "delete", state._replace(rows=_put(state.rows, event, gone))
        restorable = row.status == DELETED or "restore brings rows back twice" in mutants
        if restorable and file == VERIFIED and row.status not in (ABSENT, *FINAL):
            # The archive has what the row was: restoring is the exact inverse.
            whole = all(run == SUCCEEDED for run in row.runs)
            back = row._replace(status=DONE if whole else DEAD, marked=False)
            yield (
                "restore",
                state._replace(rows=_put(state.rows, event, back), files=_put(state.files, event, NO_FILE)),
            )


def check(state: State, bounds: Bounds) -> None:
    """Raise `Violation` if a promise does not hold in this state."""
    running: dict[int, int] = {}
    for event, row in enumerate(state.rows):
        if state.acknowledged[event] and row.status == ABSENT:
            raise Violation("an event was acknowledged and is stored nowhere")
        if any(count > 1 for count in row.successes):
            raise Violation("two successes of one callback are recorded")
        if row.status == DONE and any(run != SUCCEEDED for run in row.runs):
            raise Violation("an event is DONE and the ledger does not say that every callback succeeded")
        lane = bounds.lanes[event]
        if row.status == PROCESSING and lane is not None:
            running[lane] = running.get(lane, 0) + 1
            if running[lane] > 1:
                raise Violation("two events of a lane run at once")
    for job in state.workers:
        if job is None or job.chosen_only or job.taken:
            continue
        row = state.rows[job.event]
        if row.status != PROCESSING or row.attempt != job.attempt:
            raise Violation("a claim ended although its worker neither finished nor lost its lease")


def check_step(name: str, before: State, after: State, bounds: Bounds) -> None:
    """Raise `Violation` if this step does what no step of its name may do."""
    for old, new in zip(before.rows, after.rows, strict=True):
        if name == "GitHub delivers again" and old.status == DONE and new.status != DONE:
            raise Violation("an event that is DONE runs again because GitHub repeated it")
        if name == "restore" and old.status != new.status and old.status != DELETED:
            raise Violation("restoring replaces a row that is there")
    if name not in ("claim", "take"):
        return
    for event, (old, new) in enumerate(zip(before.rows, after.rows, strict=True)):
        if new.attempt == old.attempt:
            continue
        if old.status not in (PENDING, RETRYING):
            raise Violation("an event that is finished or runs already is claimed")
        if bounds.lanes[event] is not None and old.status == PENDING:
            for other in range(event):
                if bounds.lanes[other] == bounds.lanes[event] and before.rows[other].status == PENDING:
                    raise Violation("an event overtakes an older one of its lane")


# What happens when nothing goes wrong any more, in the order in which it is tried.
CALM = (
    "worker goes on", "store and acknowledge", "publish", "callback succeeds", "skip a callback", "finish",
    "take", "claim", "choose", "worker finds nothing to do", "lease expires",
    "sweep takes an event back", "sweep publishes",
)  # fmt: skip


def settles(state: State, bounds: Bounds, calm: tuple[str, ...] = CALM) -> bool:
    """Say whether every event ends once nothing goes wrong any more: no crash, no loss, every process at work."""
    for _ in range(200):
        state = canonical(state)
        if all(row.status in (*FINAL, DELETED) for row in state.rows) and not any(state.workers):
            return True
        steps = dict(reversed(list(successors(state, bounds))))
        following = next((steps[name] for name in calm if name in steps and steps[name] != state), None)
        if following is None:
            return False
        state = following
    return False


def is_prompt(state: State, bounds: Bounds) -> bool:
    """Say whether every event ends without a sweep, as it must where nothing has gone wrong so far."""
    if state.left != bounds.left:
        return True
    try:
        return settles(
            state, bounds, tuple(name for name in CALM if "sweep" not in name and "lease" not in name)
        )
    except Violation:  # the search comes to it, and knows the steps
        return True
