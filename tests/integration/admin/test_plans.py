"""What the admin, the commands and beat's tasks ask of a big event log: no statement reads all of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from django_github_app.admin import bounded, dashboard, tail_page
from django_github_app.admin.events import EventLogAdmin
from django_github_app.cli import events as cli
from django_github_app.maintenance import sweep
from django_github_app.models import EventLog, EventStatus, HandlerRun, Rollup
from django_github_app.retention import policy, replaying
from django_github_app.retention.policy import Cutoffs, count_due, estimate_due, last_due_id
from django_github_app.sql import dialects

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite shows no such plans: unset DATABASE_URL"
    ),
]

ROWS = 300_000
TABLE = EventLog._meta.db_table
RUNS = HandlerRun._meta.db_table
LIST = "/admin/django_github_app/eventlog/"


@pytest.fixture
def big() -> None:
    """300,000 events over 30 days: nearly all done, 2,000 wait for a worker type without workers, 20 are dead."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {TABLE} (event, action, repository, status, worker_type, received_at, delivery, hook_id)
            SELECT CASE WHEN n % 50000 = 0 THEN 'rare' ELSE 'issues' END, 'opened',
                'owner/repo' || n % 100,
                CASE WHEN n > {ROWS - 2000} THEN 0 WHEN n % 10000 = 0 THEN 12 ELSE 10 END,
                'async', now() - make_interval(secs => ({ROWS} - n) * 8.64), 'd-' || n, 1
            FROM generate_series(1, {ROWS}) AS n"""
        )
        cursor.execute(
            f"""
            INSERT INTO {RUNS} (event_id, kind, handler, status, started_at)
            SELECT id, 'event', 'app.label', 10, received_at FROM {TABLE} WHERE status >= 10"""
        )
        cursor.execute(f"UPDATE {TABLE} SET lane = 7 WHERE status = 0 AND id % 2 = 0")
        cursor.execute(f"ANALYZE {TABLE}")
        cursor.execute(f"ANALYZE {RUNS}")


class Plans:
    """The plan of each statement that asks something of the event log."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Any]] = []
        self._asking = False

    def note(self, sql: str, parameters: Any, explain: Any) -> None:
        if (
            self._asking
            or not (TABLE in sql or RUNS in sql)
            or sql.lstrip().upper().startswith(("EXPLAIN", "SAVEPOINT"))
        ):
            return
        self._asking = True
        try:
            self.found.append((sql, explain(f"EXPLAIN (FORMAT JSON) {sql}", parameters)))
        finally:
            self._asking = False

    def whole_reads(self) -> list[str]:
        assert self.found
        return [sql for sql, plan in self.found if _reads_all(plan)]


def _reads_all(plan: Any) -> bool:
    if isinstance(plan, list):
        return any(_reads_all(one) for one in plan)
    if not isinstance(plan, dict):
        return False
    if plan.get("Node Type") == "Seq Scan" and plan.get("Relation Name") in (TABLE, RUNS):
        return True
    return any(_reads_all(one) for one in plan.values() if isinstance(one, list | dict))


@pytest.fixture
def plans(big: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plans]:
    noted = Plans()
    execute = dialects.Dialect.execute

    def by_hand(self: Any, sql: str, parameters: Any = (), **options: Any) -> Any:
        noted.note(sql, parameters, lambda text, given: execute(self, text, given)[0][0])
        return execute(self, sql, parameters, **options)

    def by_django(run: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        def explain(text: str, given: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute(text, given)
                (plan,) = cursor.fetchone()
                return json.loads(plan) if isinstance(plan, str) else plan

        noted.note(sql, parameters, explain)
        return run(sql, parameters, many, context)

    monkeypatch.setattr(dialects.Dialect, "execute", by_hand)
    # The windows of a table of millions, for one of 300,000.
    monkeypatch.setattr(bounded, "WINDOW", 5_000)
    monkeypatch.setattr(cli, "WINDOW", 5_000)
    monkeypatch.setattr(policy, "SMALL_TABLE", 20_000)
    monkeypatch.setattr(policy, "READ_LIMIT", 5_000)
    monkeypatch.setattr(policy, "COUNT_LIMIT", 1_000)
    with connection.execute_wrapper(by_django):
        yield noted


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


# Each column that the list shows, up and down, and two at once.
COLUMNS = range(1, len(EventLogAdmin.list_display) + 2)
QUERIES = [
    "",
    *(f"?o={sign}{column}" for column in COLUMNS for sign in ("", "-")),
    "?o=-6.3",
    "?event=rare",
    "?handler=app.label",
    "?handler=app.none&status__exact=12",
    "?command=none",
    "?actor=nobody",
    "?received=7d",
    "?status__exact=12",
    "?status__exact=0",
    "?q=rare",
    "?q=owner/none",
]
TAILS = [
    "",
    *(f"state={state}" for state in tail_page.STATES),
    "event=rare",
    "handler=none",
    "repository=owner/none",
    "actor=nobody&handler=app.label",
]
OPTIONS = [
    [],
    ["--repo", "owner/none"],
    ["--event", "none"],
    ["--status", "done"],
    ["--status", "dead"],
    ["--delivery", "d-7"],
]


def test_no_request_command_or_task_reads_the_whole_log(
    plans: Plans, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for query in QUERIES:
        assert admin.get(LIST + query).status_code == 200
        assert (query, plans.whole_reads()) == (query, [])
    Rollup.objects.create(seconds=60, starts_at=timezone.now(), name="failures", label="app.label", count=1)
    for chosen in dashboard.RANGES:
        assert admin.get(f"{LIST}dashboard/?range={chosen}").status_code == 200
        assert (chosen, plans.whole_reads()) == (chosen, [])
    for query in TAILS:
        assert admin.get(f"{LIST}tail/rows/?{query}").status_code == 200
        assert (query, plans.whole_reads()) == (query, [])
    assert replaying.count(replaying.Choice(failed=True, handler="app.none"), 10) == (0, False)
    assert replaying.count(replaying.Choice(since=timezone.now() - dt.timedelta(hours=9)), 10)[1]
    assert plans.whole_reads() == []
    last = EventLog.objects.order_by("-pk")[0]
    assert admin.get(f"{LIST}{last.pk}/change/").status_code == 200
    assert plans.whole_reads() == []
    for options in OPTIONS:
        result = CliRunner().invoke(cli.events, options)
        assert result.exit_code == 0, result.output
        assert (options, plans.whole_reads()) == (options, [])

    monkeypatch.setattr(sweep, "publish", lambda wanted: None)
    monkeypatch.setattr(sweep, "messages_waiting", lambda worker_type: 0)
    assert sweep.sweep()["published"] > 0
    assert plans.whole_reads() == []

    now = timezone.now()
    long_ago, lately = now - dt.timedelta(days=365), now - dt.timedelta(days=10)
    few = Cutoffs({EventStatus.DONE: long_ago, EventStatus.IGNORED: long_ago, EventStatus.DEAD: lately})
    assert 18 <= count_due(few).number <= 22
    many = count_due(Cutoffs.from_days({"done": 1}), limit=1_000)
    assert (many.number, many.capped) == (1_000, True)
    assert plans.whole_reads() == []

    # After a large delete nobody looks for the first row from the start of the index.
    first = EventLog.objects.order_by("id").values_list("id", flat=True)[0]
    EventLog.objects.filter(pk__lt=first + 250_000)._raw_delete("default")
    plans.found.clear()
    cutoff = now - dt.timedelta(days=2)
    bound = last_due_id(cutoff)
    received = (
        EventLog.objects.filter(received_at__lte=cutoff).order_by("-id").values_list("id", flat=True)[0]
    )
    assert received <= bound <= received + 500 + 5_000
    assert 25_000 < estimate_due(Cutoffs.from_days({"done": 2})) < 40_000
    assert not [sql for sql, _ in plans.found if "min(id)" in sql or "max(id)" in sql]


def test_the_command_searches_everything_when_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "WINDOW", 2)
    for name in ("rare", "push", "push", "push"):
        EventLog.objects.create(event=name)
    assert "no events" in CliRunner().invoke(cli.events, ["--event", "rare"]).output
    assert "rare" in CliRunner().invoke(cli.events, ["--event", "rare", "--all"]).output
