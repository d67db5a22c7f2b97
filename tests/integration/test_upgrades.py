"""Two versions beside each other: rules of migrations, messages of the other version, handlers that went.

docs/upgrading.md says what is tried here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import timezone

from django_github_app import tasks
from django_github_app.migrations._operations import DropIndexes
from django_github_app.models import EventLog, EventStatus, HandlerRun, RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import process, store

WorkerType = Literal["sync", "async"]
# The newest migration of 0.1.0: until that is tagged, nobody runs a version before it.
FIRST_RELEASED = "0011_command_feedback"
# Unreleased too, and known: docs/upgrading.md has what to do.
REPLACED_A_GUARD = {"0016_queue": "github_event_one_running_per_lane"}


@pytest.fixture
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


@pytest.fixture(params=["sync", "async"])
def worker_type(request: pytest.FixtureRequest) -> WorkerType:
    return cast("WorkerType", request.param)


def says_nothing_to_the_database(operation: migrations.AlterField, before: ProjectState | None) -> bool:
    """Return whether only what Django keeps for itself changes, such as the names of choices."""
    if before is None:
        return False
    fields = before.models["django_github_app", operation.model_name_lower].fields
    kept = {"choices", "help_text", "verbose_name", "validators", "editable", "blank"}

    def seen(field: Any) -> Any:
        _, path, arguments, options = field.deconstruct()
        return path, arguments, {name: value for name, value in options.items() if name not in kept}

    return bool(seen(fields[operation.name]) == seen(operation.field))


def dropped_guards(operation: Any, before: ProjectState | None) -> list[str]:
    """Return the unique constraints that a migration takes away."""
    if before is None or not isinstance(operation, (migrations.RemoveConstraint, DropIndexes)):
        return []
    names = operation.names if isinstance(operation, DropIndexes) else [operation.name]
    constraints = before.models["django_github_app", operation.model_name.lower()].options["constraints"]
    unique = {one.name for one in constraints if isinstance(one, models.UniqueConstraint)}
    return [name for name in names if name in unique]


def broken_rules(operation: Any, before: ProjectState | None = None) -> Iterator[str]:
    """Yield what would keep the version before from working on the new schema."""
    if isinstance(operation, migrations.AlterField) and says_nothing_to_the_database(operation, before):
        return
    removing = (
        migrations.RemoveField,
        migrations.DeleteModel,
        migrations.RenameField,
        migrations.RenameModel,
    )
    if isinstance(operation, (*removing, migrations.AlterField)):
        yield f"{type(operation).__name__} takes something from the version before: a new column, and remove later"
    for name in dropped_guards(operation, before):
        yield f"{name} keeps two things apart for the version before: drop it a version later"
    if isinstance(operation, migrations.AddField):
        field = operation.field
        if not field.null and field.db_default is models.NOT_PROVIDED:
            yield f"{operation.name} has no default in the database: the version before inserts rows without it"


def test_migrations_since_the_first_version_run_beside_the_version_before_them() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {name: one for (app, name), one in loader.disk_migrations.items() if app == "django_github_app"}
    assert FIRST_RELEASED in ours
    for name, migration in ours.items():
        if name > FIRST_RELEASED:
            before = loader.project_state(("django_github_app", name), at_end=False)
            broken = [rule for one in migration.operations for rule in broken_rules(one, before)]
            known = REPLACED_A_GUARD.get(name, "nothing")
            assert [rule for rule in broken if not rule.startswith(known)] == [], name


def test_the_rules_notice_what_breaks_them() -> None:
    for operation in (
        migrations.RemoveField("eventlog", "lane"),
        migrations.RenameField("eventlog", "lane", "road"),
        migrations.AlterField("eventlog", "lane", models.IntegerField()),
        migrations.AddField("eventlog", "road", models.TextField(default="")),
    ):
        assert len(list(broken_rules(operation))) == 1
    assert not list(broken_rules(migrations.AddField("eventlog", "road", models.TextField(db_default=""))))


def test_the_rules_notice_a_guard_that_goes_while_the_version_before_relies_on_it() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    before = loader.project_state(("django_github_app", "0016_queue"), at_end=False)
    guard = REPLACED_A_GUARD["0016_queue"]
    for operation in (
        DropIndexes("eventlog", ["github_event_waiting", guard]),
        migrations.RemoveConstraint("eventlog", guard),
    ):
        assert [rule.partition(" ")[0] for rule in broken_rules(operation, before)] == [guard]
    assert not list(broken_rules(DropIndexes("eventlog", ["github_event_waiting"]), before))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "message",
    [
        lambda row: tasks.process_event(row.pk),
        lambda row: tasks.process_events([row.pk]),
        lambda row: tasks.process_events([row.pk], row.worker_type),
        lambda row: tasks.process_events(event_ids=[row.pk], worker_type=None),
    ],
    ids=["one id", "ids", "ids and worker type", "by name"],
)
def test_messages_of_every_version_so_far_are_understood(
    gh: GitHubRouter, message: Callable[[EventLog], None], worker_type: WorkerType
) -> None:
    called: list[str] = []

    @gh.event("push")
    def note(event: Any, gh: Any) -> None:
        called.append(event.event)

    row = store("push", worker_type=worker_type)
    message(row)
    row.refresh_from_db()
    assert (row.status, called) == (EventStatus.DONE, ["push"])


def test_names_of_tasks_are_those_of_messages_that_wait() -> None:
    for name in ("process_event", "process_events", "run_retention_job", "sweep"):
        assert getattr(tasks, name).name == f"django_github_app.tasks.{name}"


def fail(event: Any, gh: Any) -> None:
    raise RuntimeError("not today")


def make_due(row: EventLog) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at=past)
    HandlerRun.objects.filter(event=row).update(next_attempt_at=past)


@pytest.mark.django_db
def test_an_event_whose_only_handler_was_removed_while_it_waited_is_ignored(worker_type: WorkerType) -> None:
    with GitHubRouter.isolated():
        row = store("push", worker_type=worker_type)
        process(row)
    row.refresh_from_db()
    assert row.status == EventStatus.IGNORED


@pytest.mark.django_db
def test_an_event_whose_failed_handler_was_renamed_is_finished_by_the_new_name(
    worker_type: WorkerType,
) -> None:
    called: list[str] = []

    def renamed(event: Any, gh: Any) -> None:
        called.append("renamed")

    row = store("push", worker_type=worker_type)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(fail)
        process(row)
    row.refresh_from_db()
    assert row.status == EventStatus.RETRYING
    make_due(row)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(renamed)
        process(row)
    row.refresh_from_db()
    assert (row.status, called) == (EventStatus.DONE, ["renamed"])
    runs = {run.handler.rpartition(".")[2]: run.status for run in row.runs.all()}
    assert (runs["fail"], runs["renamed"]) == (RunStatus.RETRYING, RunStatus.SUCCEEDED)


@pytest.mark.django_db
def test_an_event_whose_failed_handler_was_removed_ends(worker_type: WorkerType) -> None:
    row = store("push", worker_type=worker_type)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(fail)
        process(row)
    make_due(row)
    with GitHubRouter.isolated():
        process(row)
    row.refresh_from_db()
    assert row.status == EventStatus.IGNORED


@pytest.mark.django_db
def test_what_succeeded_under_its_old_name_is_called_once_more_under_the_new_one(
    worker_type: WorkerType,
) -> None:
    called: list[str] = []

    def old(event: Any, gh: Any) -> None:
        called.append("old")

    def new(event: Any, gh: Any) -> None:
        called.append("new")

    row = store("push", worker_type=worker_type)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(old)
        GitHubRouter().event("push")(fail)
        process(row)
    make_due(row)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(new)
        process(row)
    row.refresh_from_db()
    assert (row.status, called) == (EventStatus.DONE, ["old", "new"])


@pytest.mark.django_db
def test_what_succeeded_stays_so_when_a_failed_sibling_was_removed(worker_type: WorkerType) -> None:
    called: list[str] = []

    def stays(event: Any, gh: Any) -> None:
        called.append("stays")

    row = store("push", worker_type=worker_type)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(stays)
        GitHubRouter().event("push")(fail)
        process(row)
    make_due(row)
    with GitHubRouter.isolated():
        GitHubRouter().event("push")(stays)
        process(row)
    row.refresh_from_db()
    assert (row.status, called) == (EventStatus.DONE, ["stays"])
