"""Recording groups of deliveries: each stored once, in order, and none failed by its neighbour."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.utils import timezone
from msgspec.structs import replace

from django_github_app.deliveries import Summary
from django_github_app.deliveries.summary import MAX_BIGINT
from django_github_app.errors import DeliveryConflict
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.sql import claims, dialects, intake
from django_github_app.sql.intake import NewEvent, StoredEvent, record
from tests.support.rows import new_event, stored

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

postgresql_only = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite keeps no statements: unset DATABASE_URL"
)

T = TypeVar("T")


def ids(results: list[StoredEvent | Exception]) -> list[int]:
    assert all(isinstance(result, StoredEvent) for result in results), results
    return [result.id for result in results if isinstance(result, StoredEvent)]


def again(made: NewEvent, **changes: Any) -> NewEvent:
    """Return the same delivery once more, or one that claims to be it."""
    changed = replace(made.delivery, **changes)
    return replace(made, delivery=changed)


def in_threads(jobs: list[Callable[[], T]]) -> list[T]:
    """Run each job in a thread of its own, all let go at the same moment."""
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def unstorable() -> NewEvent:
    """Return a delivery that the database refuses."""
    return replace(new_event(), worker_type=None)  # NOT NULL is what is wanted


def test_a_row_holds_what_the_headers_and_the_body_say() -> None:
    before = timezone.now()
    made = new_event("issues", number=7, worker_type="async", lane=MAX_BIGINT, hook_id=5)
    (result,) = record([made])
    assert isinstance(result, StoredEvent)
    row = EventLog.objects.get(pk=result.id)
    assert result == StoredEvent(row.pk, "async", created=True, publish=True)
    summary = made.delivery.summary
    assert (
        Summary(row.action, row.installation_id, row.repository_id, row.repository, row.sender, row.number)
        == summary
    )
    assert (row.event, row.delivery, row.hook_id, row.target_id) == ("issues", made.delivery.delivery, 5, 1)
    assert (row.status, row.worker_type, row.lane, row.form_encoded) == (
        EventStatus.PENDING,
        "async",
        MAX_BIGINT,
        False,
    )
    assert (row.attempts, row.lost_leases) == (0, 0)
    assert row.raw_body == made.delivery.body
    assert row.payload["issue"]["number"] == 7
    assert row.legacy_payload is None
    assert row.lease_expires_at is row.next_attempt_at is row.published_at is row.finished_at is None
    second = dt.timedelta(seconds=1)  # the database's clock stamps it
    assert before - second < row.received_at < timezone.now() + second


def test_what_a_delivery_does_not_say_is_null() -> None:
    made = again(new_event(), summary=Summary(), hook_id=0, target_id=0, body=b"{}")
    (pk,) = ids(record([made]))
    row = EventLog.objects.get(pk=pk)
    assert [row.action, row.installation_id, row.repository_id, row.repository, row.sender, row.number] == [
        None
    ] * 6
    assert (row.hook_id, row.target_id) == (0, 0)


def test_the_extremes_of_every_column_are_stored() -> None:
    summary = Summary("😀" * 64, MAX_BIGINT, 0, "é" * 255, "\u2028" * 100, MAX_BIGINT)
    made = new_event()
    made = again(
        made, event="e" * 255, delivery="d" * 64, hook_id=10**18 - 1, target_id=10**18 - 1, summary=summary
    )
    (pk,) = ids(record([made]))
    row = EventLog.objects.get(pk=pk)
    assert (row.action, row.repository, row.sender) == (summary.action, summary.repository, summary.sender)
    assert (row.installation_id, row.repository_id, row.number) == (MAX_BIGINT, 0, MAX_BIGINT)
    assert (row.event, row.delivery, row.hook_id) == ("e" * 255, "d" * 64, 10**18 - 1)


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b'{"a":"\\u0000\\ud800"}', bytes(range(256)) * 300])
def test_any_body_is_stored_to_the_byte(body: bytes) -> None:
    (pk,) = ids(record([again(new_event(), body=body)]))
    assert EventLog.objects.get(pk=pk).raw_body == body


def test_ids_grow_in_the_order_of_the_group() -> None:
    group = [new_event() for _ in range(300)]
    found = ids(record(group))
    assert found == sorted(found)
    assert len(set(found)) == 300
    by_id = dict(EventLog.objects.filter(pk__in=found).values_list("pk", "delivery"))
    assert [by_id[pk] for pk in found] == [made.delivery.delivery for made in group]
    assert min(ids(record([new_event()]))) > max(found)


@postgresql_only
def test_where_statements_are_prepared_only_storing_is() -> None:
    """What is claimed or recorded is found by a plan, and one made on an empty table is bad when it has grown."""
    connection.ensure_connection()
    raw: Any = connection.connection
    before, raw.prepare_threshold = raw.prepare_threshold, 0
    try:
        for _ in range(3):
            (one,) = record([new_event()])
            assert isinstance(one, StoredEvent)
            (claimed,) = claims.claim([one.id], lease=60)
            outcome = claims.EventOutcome(one.id, claimed.attempt, EventStatus.DONE)
            assert claims.finish([outcome]) == {one.id}
        prepared = raw.execute(
            "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%eventlog%'", prepare=False
        ).fetchall()
    finally:
        raw.prepare_threshold = before
    ((statement,),) = [row for row in prepared if "pg_prepared_statements" not in row[0]]
    assert statement.startswith("INSERT INTO django_github_app_eventlog")


@postgresql_only
@pytest.mark.parametrize(
    ("threshold", "direct", "kept"), [(0, True, 2), (None, True, 0), (0, False, 0)],
    ids=["kept", "the project does not want it", "behind a pooler"],
)  # fmt: skip
def test_a_connection_that_plans_anew_each_second_may_keep_statements(
    monkeypatch: pytest.MonkeyPatch, threshold: int | None, direct: bool, kept: int
) -> None:
    if not direct:
        monkeypatch.setattr("psycopg.ConnectionInfo.backend_pid", -1)
    connection.ensure_connection()
    raw: Any = connection.connection
    monkeypatch.setattr(raw, "prepare_threshold", threshold)
    dialect = dialects.dialect_for(EventLog)
    try:
        dialect.keep_statements()
        dialect.keep_statements()
        for _ in range(7):  # PostgreSQL keeps a plan after five
            pk = stored()
            (claimed,) = claims.claim([pk], lease=60)
            claims.finish([claims.EventOutcome(pk, claimed.attempt, EventStatus.DONE)])
        found = raw.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%UPDATE%eventlog%'",
            prepare=False,
        ).fetchall()
        ((plans,),) = raw.execute("SHOW plan_cache_mode", prepare=False)
    finally:
        dialects._keeps_statements.pop(raw, None)
        raw.execute("RESET plan_cache_mode", prepare=False)
    assert found == [(7, 0)] * kept
    assert plans == ("force_generic_plan" if kept else "auto")


@pytest.mark.django_db(transaction=True)
@postgresql_only
def test_a_plan_is_not_kept_for_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that was made while a table was empty reads all of it when it has grown."""
    connection.ensure_connection()
    raw: Any = connection.connection
    monkeypatch.setattr(raw, "prepare_threshold", 0)
    dialect = dialects.dialect_for(EventLog)
    sent: list[str] = []
    execute = raw.execute

    def noted(sql: str, **options: Any) -> Any:
        sent.append(sql)
        return execute(sql, **options)

    monkeypatch.setattr(raw, "execute", noted)
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    try:
        for moment in (100.0, 100.5, 101.1, 101.2, 102.5):
            clock[0] = moment
            dialect.keep_statements()
    finally:
        dialects._keeps_statements.pop(raw, None)
        execute("RESET plan_cache_mode", prepare=False)
    assert sent == ["DISCARD PLANS"] * 2


@pytest.mark.django_db(transaction=True)
@postgresql_only
def test_a_connection_that_broke_since_its_plans_were_made_is_an_error_that_is_waited_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.ensure_connection()
    raw: Any = connection.connection
    monkeypatch.setattr(raw, "prepare_threshold", 0)
    monkeypatch.setattr(dialects, "PLANS_LAST", 0.0)
    dialect = dialects.dialect_for(EventLog)
    dialect.keep_statements()
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    other.close()
    try:
        with pytest.raises(OperationalError):
            dialect.keep_statements()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@postgresql_only
def test_a_migration_of_what_a_kept_statement_returns_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of the version before run on while a deployment migrates."""
    connection.ensure_connection()
    raw: Any = connection.connection
    monkeypatch.setattr(raw, "prepare_threshold", 0)
    dialects.dialect_for(EventLog).keep_statements()
    # Psycopg would notice what its own connection alters.
    migrating = connections.create_connection("default")

    def widen(length: int) -> None:
        with migrating.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE {EventLog._meta.db_table} ALTER COLUMN action TYPE varchar({length}),"
                f" ALTER COLUMN delivery TYPE varchar({length})"
            )

    def claim_two() -> None:
        for _ in range(2):
            pk = stored()
            assert [claimed.id for claimed in claims.claim([pk], lease=60)] == [pk]

    claim_two()
    widen(65)
    try:
        claim_two()
    finally:
        widen(64)
        migrating.close()
        connection.close()


def test_an_empty_group_stores_nothing() -> None:
    assert record([]) == []


def test_a_duplicate_inside_a_group_is_stored_once() -> None:
    first, other = new_event(), new_event()
    results = record([first, other, again(first), first])
    assert len({result.id for result in results if isinstance(result, StoredEvent)}) == 2
    assert [(r.created, r.publish) for r in results if isinstance(r, StoredEvent)] == [
        (True, True),
        (True, True),
        (False, True),
        (False, True),
    ]
    assert ids(results)[0] == ids(results)[2] == ids(results)[3]


def test_a_group_of_old_and_new_answers_each_in_its_place() -> None:
    old = [new_event() for _ in range(3)]
    old_ids = ids(record(old))
    group = [new_event(), old[2], new_event(), old[0], old[1]]
    results = record(group)
    assert [ids(results)[i] for i in (1, 3, 4)] == [old_ids[2], old_ids[0], old_ids[1]]
    assert [r.created for r in results if isinstance(r, StoredEvent)] == [True, False, True, False, False]
    assert EventLog.objects.filter(pk__in=ids(results)).count() == 5


def test_an_id_with_another_body_is_a_conflict_and_its_neighbours_are_stored() -> None:
    first = new_event()
    liar = again(first, body=b'{"forged":true}')
    results = record([new_event(), first, liar, new_event()])
    assert [type(result) for result in results] == [StoredEvent, StoredEvent, DeliveryConflict, StoredEvent]
    assert isinstance(record([liar])[0], DeliveryConflict)
    row = EventLog.objects.get(delivery=first.delivery.delivery)
    assert row.raw_body == first.delivery.body


def test_the_same_bytes_in_the_other_encoding_are_another_body() -> None:
    first = new_event()
    record([first])
    assert isinstance(record([again(first, form_encoded=True)])[0], DeliveryConflict)


def test_the_same_id_from_another_hook_is_another_delivery() -> None:
    first = new_event(hook_id=1)
    second = again(first, hook_id=2, body=b"{}")
    assert len(set(ids(record([first, second])))) == 2


def test_one_that_cannot_be_stored_does_not_keep_the_others_out() -> None:
    group = [new_event(), unstorable(), new_event(), unstorable(), new_event()]
    results = record(group)
    assert [isinstance(result, DatabaseError) for result in results] == [False, True, False, True, False]
    good = [result.id for result in results if isinstance(result, StoredEvent)]
    assert good == sorted(good)
    assert EventLog.objects.filter(pk__in=good).count() == 3


def test_one_alone_that_cannot_be_stored_is_an_answer_and_leaves_the_transaction_usable() -> None:
    with transaction.atomic():
        (result,) = record([unstorable()])
        assert isinstance(result, DatabaseError)
        assert ids(record([new_event()]))


def test_text_that_postgresql_refuses_fails_that_delivery_only() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes any text: run on PostgreSQL")
    bad = again(new_event(), summary=Summary(action="\x00"))
    long = again(new_event(), summary=Summary(sender="x" * 101))
    results = record([new_event(), bad, long, new_event()])
    assert [isinstance(result, StoredEvent) for result in results] == [True, False, False, True]


@pytest.mark.parametrize(
    ("before", "after", "publish"),
    [
        (EventStatus.PENDING, EventStatus.PENDING, True),
        (EventStatus.RETRYING, EventStatus.PENDING, True),
        (EventStatus.DEAD, EventStatus.PENDING, True),
        (EventStatus.PROCESSING, EventStatus.PROCESSING, False),
        (EventStatus.DONE, EventStatus.DONE, False),
        (EventStatus.IGNORED, EventStatus.IGNORED, False),
    ],
)
def test_a_redelivery_runs_again_only_what_did_not_end_well(
    before: EventStatus, after: EventStatus, publish: bool
) -> None:
    made = new_event(worker_type="async")
    (pk,) = ids(record([made]))
    now = timezone.now()
    EventLog.objects.filter(pk=pk).update(
        status=before, attempts=3, lost_leases=2, next_attempt_at=now, finished_at=now, published_at=now
    )
    # Whatever entrance it comes to the second time, it stays with the worker type that it was stored for.
    (result,) = record([replace(made, worker_type="sync")])
    assert result == StoredEvent(pk, "async", created=False, publish=publish)
    row = EventLog.objects.get(pk=pk)
    assert (row.status, row.attempts) == (after, 3)
    moved = before in (EventStatus.RETRYING, EventStatus.DEAD)
    assert (row.finished_at is None) == (row.next_attempt_at is None) == moved
    assert row.lost_leases == (0 if moved else 2)


def test_a_redelivery_runs_only_the_callbacks_that_failed() -> None:
    made = new_event()
    (pk,) = ids(record([made]))
    EventLog.objects.filter(pk=pk).update(status=EventStatus.DEAD)
    now = timezone.now()
    for handler, status in (("a.good", RunStatus.SUCCEEDED), ("a.bad", RunStatus.DEAD)):
        HandlerRun.objects.create(event_id=pk, handler=handler, status=status, attempts=5, started_at=now)
    record([made])
    assert list(
        HandlerRun.objects.filter(event_id=pk)
        .order_by("handler")
        .values_list("handler", "status", "attempts")
    ) == [
        ("a.bad", RunStatus.RETRYING, 0),
        ("a.good", RunStatus.SUCCEEDED, 5),
    ]


def test_a_row_whose_body_is_damaged_is_not_overwritten_and_fails_only_its_own_delivery() -> None:
    made, none = new_event(), new_event()
    pk, without = ids(record([made, none]))
    EventLog.objects.filter(pk=pk).update(body=b"not a frame")
    EventLog.objects.filter(pk=without).update(body=None)
    results = record([made, new_event(), none])
    assert [type(result) for result in results] == [DeliveryConflict, StoredEvent, DeliveryConflict]


def test_a_row_that_is_deleted_while_its_redelivery_is_stored_is_an_error_of_that_delivery(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = new_event()
    record([made])
    find = intake._find

    def find_too_late(*args: Any) -> Any:
        EventLog.objects.filter(delivery=made.delivery.delivery).delete()
        return find(*args)

    monkeypatch.setattr(intake, "_find", find_too_late)
    gone, kept = record([made, new_event()])
    assert isinstance(gone, DatabaseError)
    assert isinstance(kept, StoredEvent)


def test_many_redeliveries_are_answered_without_reading_other_rows() -> None:
    group = [new_event() for _ in range(50)]
    known = ids(record(group))
    for _ in range(20):
        stored()
    random.shuffle(group)
    results = record(group)
    assert sorted(ids(results)) == known
    assert not any(r.created for r in results if isinstance(r, StoredEvent))


@pytest.mark.django_db(transaction=True)
def test_threads_that_store_the_same_deliveries_store_each_once() -> None:
    group = [new_event() for _ in range(40)]

    def job() -> Callable[[], dict[str, StoredEvent | Exception]]:
        # Each in its own order: what would deadlock if a group could not fall back to one by one.
        mine = random.sample(group, len(group))
        return lambda: {
            made.delivery.delivery: result for made, result in zip(mine, record(mine), strict=True)
        }

    answers = in_threads([job() for _ in range(6)])
    assert EventLog.objects.count() == 40
    for made in group:
        results = [answer[made.delivery.delivery] for answer in answers]
        assert all(isinstance(result, StoredEvent) for result in results), results
        assert len(set(ids(results))) == 1
        assert sum(result.created for result in results if isinstance(result, StoredEvent)) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_bodies_with_one_id_one_is_stored_and_the_other_refused() -> None:
    guid = str(uuid.uuid4())
    made = [again(new_event(guid=guid), body=b'{"n":%d}' % n) for n in range(6)]
    results = [result for (result,) in in_threads([lambda one=one: record([one]) for one in made])]  # type: ignore[misc]
    assert sorted(type(result).__name__ for result in results) == ["DeliveryConflict"] * 5 + ["StoredEvent"]
    winner = next(one for one, result in zip(made, results, strict=True) if isinstance(result, StoredEvent))
    assert EventLog.objects.get(delivery=guid).raw_body == winner.delivery.body


@pytest.mark.django_db(transaction=True)
def test_groups_of_other_deliveries_do_not_wait_for_each_other() -> None:
    groups = [[new_event() for _ in range(50)] for _ in range(4)]
    found = in_threads([lambda group=group: ids(record(group)) for group in groups])  # type: ignore[misc]
    assert EventLog.objects.count() == 200
    assert all(group == sorted(group) for group in found)


def test_a_group_that_deadlocks_is_stored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class DeadlockDetected(Exception):
        sqlstate = "40P01"

    sizes: list[int] = []
    insert = intake._insert

    def deadlocking(dialect: Any, batch: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > 1:
            raise OperationalError("deadlock detected") from DeadlockDetected()
        return insert(dialect, batch)

    monkeypatch.setattr(intake, "_insert", deadlocking)
    found = ids(record([new_event() for _ in range(3)]))
    assert found == sorted(found)
    assert sizes == [3, 1, 1, 1]


def test_a_database_that_is_away_fails_the_whole_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(intake, "_insert", away)
    with pytest.raises(OperationalError):
        record([new_event(), new_event()])


def test_a_rolled_back_transaction_takes_its_deliveries_with_it() -> None:
    made = new_event()
    with transaction.atomic():
        record([made])
        transaction.set_rollback(True)
    assert not EventLog.objects.filter(delivery=made.delivery.delivery).exists()


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="a setting of PostgreSQL's tables")
def test_events_are_vacuumed_before_a_fifth_of_them_is_dead_versions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [EventLog._meta.db_table])
        assert cursor.fetchone() == (["autovacuum_vacuum_scale_factor=0.1"],)
