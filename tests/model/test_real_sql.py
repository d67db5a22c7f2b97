"""The real statements, driven at random beside the model: after each step both say the same of every event."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_github_app.models import EventLog, EventStatus, HandlerRun, RunKind, RunStatus
from django_github_app.sql import claims as moves
from django_github_app.sql import outcomes, wanted
from django_github_app.sql.claims import EventOutcome, RunOutcome
from tests.support.rows import new_lane, stored

from . import protocol as model
from .protocol import Bounds, Job, Left, State

# The suite's limit is an alarm: it would break a statement in the middle, and be mistaken for a finding.
pytestmark = [pytest.mark.django_db, pytest.mark.backends, pytest.mark.timeout(1200)]

HANDLER = "app.handler"
ROW_STATUS = {
    model.PENDING: EventStatus.PENDING,
    model.PROCESSING: EventStatus.PROCESSING,
    model.RETRYING: EventStatus.RETRYING,
    model.DONE: EventStatus.DONE,
    model.DEAD: EventStatus.DEAD,
}
RUN_STATUS = {
    model.FAILED: RunStatus.RETRYING,
    model.SUCCEEDED: RunStatus.SUCCEEDED,
    model.GAVE_UP: RunStatus.DEAD,
}
MANY = Left(*[1_000] * len(Left._fields))


class Pipeline(RuleBasedStateMachine):
    """Three events, two of them in one lane; workers that claim, stand still, lose their lease and go on."""

    def __init__(self) -> None:
        super().__init__()
        self.bounds = Bounds((1, None, 1), workers=3, most_lost=3, left=MANY)
        self.state: State = self.bounds.start()
        lane = new_lane()
        self.lanes = [lane, None, lane]
        self.ids: list[int] = []
        self.attempts: dict[tuple[int, int], int] = {}
        """Event and the model's attempt → the database's attempt."""

    def teardown(self) -> None:
        HandlerRun.objects.filter(event_id__in=self.ids).delete()
        EventLog.objects.filter(id__in=self.ids).delete()

    # Both at once

    def _step(self, name: str, **wanted: Any) -> bool:
        """Take the first of the model's steps of this name that leads to what is wanted."""
        for step, after in model.successors(self.state, self.bounds):
            if step == name and all(check(after) for check in wanted.values()):
                self.state = after
                return True
        return False

    def _workers(self, **is_so: bool) -> list[int]:
        """Return the workers whose job has, or has not, what is asked for."""
        facts = [
            {
                "busy": job is not None,
                "called": job is not None and bool(job.done),
                "unrecorded": job is not None and bool(job.unrecorded),
            }
            for job in self.state.workers
        ]
        return [
            n for n, fact in enumerate(facts) if all(fact[name] == wanted for name, wanted in is_so.items())
        ]

    def _job(self, number: int) -> Job | None:
        return self.state.workers[number]

    def _row(self, event: int) -> model.Row:
        return self.state.rows[event]

    @initialize()
    def store(self) -> None:
        for lane in self.lanes:
            assert self._step("store and acknowledge")
            self.ids.append(stored("issues", lane=lane))

    def _claimable(self) -> list[int]:
        return [event for event in range(len(self.ids)) if model.may_claim(self.state, self.bounds, event)]

    @precondition(lambda self: self._workers(busy=False) and self._claimable())
    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._workers(busy=False)))
        self._claim(number, data.draw(st.sampled_from(self._claimable())))

    def _claim(self, number: int, event: int) -> None:
        (claimed,) = moves.claim([self.ids[event]], lease=600)
        known = {run: status for (run, _), status in claimed.runs.items()}
        assert (HANDLER in known) == (self._row(event).runs[0] != model.NOT_RUN)
        self.state = model.claimed_by(self.state, self.bounds, number, event)
        job = self._job(number)
        assert job is not None
        self.attempts[event, job.attempt] = claimed.attempt

    @precondition(lambda self: self._workers(busy=False))
    @rule(data=st.data())
    def be_woken(self, data: st.DataObject) -> None:
        """A worker that was woken takes the oldest event that is pending and that no worker was lost with."""
        number = data.draw(st.sampled_from(self._workers(busy=False)))
        free = [
            event
            for event in self._claimable()
            if self._row(event).status == model.PENDING and not self._row(event).lost
        ]
        taken = wanted.take("sync", after=self.ids[0], limit=1, lease=600)
        assert [one.id for one in taken.claimed] == [self.ids[event] for event in free[:1]]
        if free:
            self.state = model.claimed_by(self.state, self.bounds, number, free[0])
            job = self._job(number)
            assert job is not None
            self.attempts[free[0], job.attempt] = taken.claimed[0].attempt

    @rule()
    def wait_in_vain(self) -> None:
        waiting = [self.ids[event] for event in range(len(self.ids)) if event not in self._claimable()]
        assert moves.claim(waiting, lease=600) == []

    @precondition(lambda self: self._workers(busy=True, called=False))
    @rule(data=st.data(), outcome=st.sampled_from([model.SUCCEEDED, model.FAILED, model.GAVE_UP]))
    def a_callback_ends(self, data: st.DataObject, outcome: int) -> None:
        self._end_callback(data.draw(st.sampled_from(self._workers(busy=True, called=False))), outcome)

    def _end_callback(self, number: int, outcome: int) -> None:
        job = self._job(number)
        assert job is not None
        known = job.known[0]
        if known in (model.SUCCEEDED, model.GAVE_UP):
            job = job._replace(done=(known,))
        else:
            job = job._replace(done=(outcome,), unrecorded=1)
        self.state = self.state._replace(workers=self._with(number, job))

    def _with(self, number: int, job: Job | None) -> tuple[Job | None, ...]:
        workers = list(self.state.workers)
        workers[number] = job
        return tuple(workers)

    def _run(self, job: Job) -> list[RunOutcome]:
        if not job.unrecorded:
            return []
        retry_in = -1.0 if job.done[0] == model.FAILED else None
        status, now = RUN_STATUS[job.done[0]], timezone.now()
        return [RunOutcome(self.ids[job.event], RunKind.EVENT, HANDLER, 0, status, 1, now, 1.0, retry_in)]

    @precondition(lambda self: self._workers(unrecorded=True))
    @rule(data=st.data())
    def record_early(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._workers(unrecorded=True)))
        job = self._job(number)
        assert job is not None
        moves.finish([], self._run(job))
        row = model.recorded(self._row(job.event), job, self.bounds)
        rows = list(self.state.rows)
        rows[job.event] = row
        self.state = self.state._replace(
            rows=tuple(rows), workers=self._with(number, job._replace(unrecorded=0))
        )

    @precondition(lambda self: self._workers(called=True))
    @rule(data=st.data())
    def an_event_ends(self, data: st.DataObject) -> None:
        self._end_event(data.draw(st.sampled_from(self._workers(called=True))))

    def _end_event(self, number: int) -> None:
        job = self._job(number)
        assert job is not None
        status = {
            model.SUCCEEDED: EventStatus.DONE,
            model.FAILED: EventStatus.RETRYING,
            model.GAVE_UP: EventStatus.DEAD,
        }[job.done[0]]
        retry_in = -1.0 if status == EventStatus.RETRYING else None
        attempt = self.attempts[job.event, job.attempt]
        moves.finish([EventOutcome(self.ids[job.event], attempt, status, retry_in)], self._run(job))
        self.state = model.finished(self.state, self.bounds, number, job)

    @precondition(lambda self: self._workers(busy=True, called=False))
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._workers(busy=True, called=False)))
        job = self._job(number)
        assert job is not None
        row = self._row(job.event)
        released = moves.release([(self.ids[job.event], self.attempts[job.event, job.attempt])])
        ours = row.status == model.PROCESSING and row.attempt == job.attempt
        assert bool(released) == ours
        if ours:
            rows = list(self.state.rows)
            rows[job.event] = row._replace(status=model.PENDING, lease=model.NO_LEASE)
            self.state = self.state._replace(rows=tuple(rows))
        self.state = self.state._replace(workers=self._with(number, None))

    @precondition(lambda self: len(self._workers(busy=True)) > 1)
    @rule(data=st.data())
    def be_killed(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self._workers(busy=True)))
        self.state = self.state._replace(workers=self._with(number, None))

    @precondition(lambda self: self._holders())
    @rule(data=st.data())
    def lose_the_lease(self, data: st.DataObject) -> None:
        """The worker stands still for longer than its lease, and a sweep comes by."""
        self._lose(data.draw(st.sampled_from(self._holders())))

    def _holders(self) -> list[int]:
        """Return the workers whose event is still theirs."""
        found = []
        for number, job in enumerate(self.state.workers):
            if job is not None:
                row = self._row(job.event)
                if row.status == model.PROCESSING and row.attempt == job.attempt:
                    found.append(number)
        return found

    def _lose(self, number: int) -> None:
        job = self._job(number)
        assert job is not None
        row = self._row(job.event)
        past = timezone.now() - dt.timedelta(hours=1)
        EventLog.objects.filter(pk=self.ids[job.event]).update(lease_expires_at=past)
        taken = {pk: status for pk, _, status in moves.take_back(limit=100, max_lost=self.bounds.most_lost)}
        rows = list(self.state.rows)
        rows[job.event] = row._replace(lease=model.EXPIRED)
        still = job._replace(stopped=True)
        self.state = model.taken_back(
            self.state._replace(rows=tuple(rows), workers=self._with(number, still)), self.bounds, job.event
        )
        assert taken[self.ids[job.event]] == ROW_STATUS[self._row(job.event).status]

    # What chance alone seldom brings about: the old worker speaks while the new one is at work, or just before.

    @precondition(lambda self: self._holders() and self._workers(busy=False))
    @rule(
        data=st.data(),
        outcome=st.sampled_from([model.SUCCEEDED, model.FAILED, model.GAVE_UP]),
        done=st.booleans(),
    )
    def a_zombie_ends_the_event_of_another(self, data: st.DataObject, outcome: int, done: bool) -> None:
        zombie = data.draw(st.sampled_from(self._holders()))
        job = self._job(zombie)
        assert job is not None
        if done and not job.done:
            self._end_callback(zombie, outcome)
        self._lose(zombie)
        if job.event not in self._claimable():
            return  # lost too often, or something older of its lane waits
        self._claim(self._workers(busy=False)[0], job.event)
        job = self._job(zombie)
        assert job is not None
        if not job.done:
            self._end_callback(zombie, outcome)
        self._end_event(zombie)

    @precondition(lambda self: self._holders() and self._workers(busy=False))
    @rule(data=st.data())
    def a_zombie_succeeded_where_another_gave_up(self, data: st.DataObject) -> None:
        zombie = data.draw(st.sampled_from(self._holders()))
        job = self._job(zombie)
        assert job is not None
        if not job.done:
            self._end_callback(zombie, model.SUCCEEDED)
        self._lose(zombie)
        if job.event not in self._claimable():
            return
        other = self._workers(busy=False)[0]
        self._claim(other, job.event)
        self._end_callback(other, model.GAVE_UP)
        self._end_event(other)
        self._end_event(zombie)

    @precondition(lambda self: any(row.status in (*model.FINAL, model.RETRYING) for row in self.state.rows))
    @rule(data=st.data(), again=st.booleans())
    def run_again(self, data: st.DataObject, again: bool) -> None:
        """GitHub delivers a failed event again, or somebody replays one from the start."""
        event = data.draw(st.integers(0, len(self.ids) - 1))
        row = self._row(event)
        pk = self.ids[event]
        moved = moves.replay([pk]) if again else moves.requeue([pk])
        states = (*model.FINAL, model.RETRYING) if again else (model.RETRYING, model.DEAD)
        assert bool(moved) == (row.status in states)
        if not moved:
            return
        rows = list(self.state.rows)
        none = (model.NOT_RUN,)
        failed = tuple(model.FAILED if run == model.GAVE_UP else run for run in row.runs)
        rows[event] = row._replace(
            status=model.PENDING,
            lost=0,
            runs=none if again else failed,
            successes=(0,) if again else row.successes,
        )
        self.state = self.state._replace(rows=tuple(rows))

    @invariant()
    def rows_say_what_the_model_says(self) -> None:
        if not self.ids:
            return
        rows = dict(EventLog.objects.filter(id__in=self.ids).values_list("id", "status"))
        runs = dict(HandlerRun.objects.filter(event_id__in=self.ids).values_list("event_id", "status"))
        for event, pk in enumerate(self.ids):
            row = self._row(event)
            assert rows[pk] == ROW_STATUS[row.status], (event, row)
            assert runs.get(pk) == (None if row.runs[0] == model.NOT_RUN else RUN_STATUS[row.runs[0]])

    @invariant()
    def promises_hold(self) -> None:
        for row in self.state.rows:
            assert row.successes[0] <= 1 or row.status != model.DONE


def drive(examples: int, *phases: Phase) -> None:
    with transaction.atomic():
        run_state_machine_as_test(
            Pipeline,
            settings=settings(
                max_examples=examples,
                stateful_step_count=40,
                deadline=None,
                database=None,
                phases=phases or tuple(Phase),
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_the_statements_do_what_the_model_says() -> None:
    drive(int(os.environ.get("MODEL_EXAMPLES", "40")))


MISTAKES = {
    "no attempt fence": ("_moving", "AND attempts = o.attempt", ""),
    "an outcome of an event that is not running": ("_moving", "AND status + 0 = 1", ""),
    "the ledger forgets what is over": (
        "_recording",
        "WHERE run.status < 10",
        "WHERE true OR run.status < 10",
    ),
    "giving up beats success": ("_recording", "excluded.status = 10", "false"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_statement_is_noticed(mistake: str) -> None:
    function, old, new = MISTAKES[mistake]
    original = getattr(outcomes, function)

    def broken(*arguments: Any) -> Any:
        sql, parameters = original(*arguments)
        assert old in sql, "it makes another statement now: think of the mistake anew"
        return sql.replace(old, new), parameters

    # Not made short: that takes longer than all else here.
    with mock.patch.object(outcomes, function, broken), pytest.raises((AssertionError, ExceptionGroup)):
        drive(300, Phase.generate)
