"""Operations that change a big table while others write to it: no lock that anybody waits for.

On PostgreSQL a column is added in one short statement, which gives up its place in the queue for the lock when it does
not get it at once, and tries again; indexes are built CONCURRENTLY. On SQLite columns are added by SQLite itself, where
Django would copy the whole table for each. All of them can be run again after a failure in the middle, and take what
is there already for theirs, if it is of the right kind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import OperationalError, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

LOCK_TIMEOUT_MS = 100
TRY_FOR_SECONDS = 900.0
LOCK_NOT_AVAILABLE = "55P03"


def without_waiting(schema_editor: BaseDatabaseSchemaEditor, work: Callable[[], None]) -> None:
    """Do something that needs the table for itself; raises OperationalError if it never got it.

    Whoever waits for such a lock makes all others wait behind it: a query or a backup that runs for an hour would
    stop every writer for an hour.
    """
    connection = schema_editor.connection
    if connection.vendor != "postgresql" or schema_editor.collect_sql:
        with transaction.atomic(using=connection.alias):
            work()
        return
    deadline = time.monotonic() + TRY_FOR_SECONDS
    pause = 0.05
    while True:
        try:
            with transaction.atomic(using=connection.alias):
                schema_editor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'")
                work()
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            if time.monotonic() > deadline:
                raise OperationalError(
                    f"{error}: for {TRY_FOR_SECONDS:.0f} seconds somebody held a lock on the table all the time. Look "
                    "for a long transaction in pg_stat_activity, end it, and run migrate again: it goes on from here."
                ) from error
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


class EnsureModel(migrations.CreateModel):
    """`CreateModel` that goes on where an earlier try ended: the migration it is in is no transaction."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            if table in connection.introspection.table_names(cursor):
                return
        with transaction.atomic(using=connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            # What Django keeps for the end, such as indexes, belongs into the same transaction.
            deferred, schema_editor.deferred_sql = schema_editor.deferred_sql, []
            for statement in deferred:
                schema_editor.execute(statement, None)


class AddColumns(Operation):
    """Add columns to a table that is in use, those that are not there yet."""

    reversible = True
    atomic = False

    def __init__(self, model_name: str, fields: Sequence[tuple[str, models.Field[Any, Any]]]) -> None:
        self.model_name = model_name
        self.fields = list(fields)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.model_name, self.fields], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for name, field in self.fields:
            state.add_field(app_label, self.model_name.lower(), name, field, preserve_default=True)

    def _columns(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> dict[str, Any]:
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_table_description(cursor, table)
            return {
                column.name: connection.introspection.get_field_type(column.type_code, column)
                for column in found
            }

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table = model._meta.db_table
        there = self._columns(schema_editor, table)
        parts: list[tuple[str, list[Any]]] = []
        for name, _ in self.fields:
            field: Any = model._meta.get_field(name)
            if field.column in there:
                self._check(table, field, there[field.column])
                continue
            definition, parameters = schema_editor.column_sql(model, field)
            assert definition is not None  # noqa: S101 - it is None for fields without a column
            quoted = schema_editor.quote_name(field.column)
            parts.append((f"ADD COLUMN {quoted} {definition}", list(parameters or ())))
        if not parts:
            return
        name_of_table = schema_editor.quote_name(table)
        if schema_editor.connection.vendor == "sqlite":
            statements = [(f"ALTER TABLE {name_of_table} {part}", values) for part, values in parts]
        else:
            together = ", ".join(part for part, _ in parts)
            statements = [(f"ALTER TABLE {name_of_table} {together}", [v for _, vs in parts for v in vs])]

        def add() -> None:
            for statement, values in statements:
                schema_editor.execute(statement, values or None)

        without_waiting(schema_editor, add)

    def _check(self, table: str, field: Any, found: Any) -> None:
        """Refuse a column that somebody else added and that holds something else."""
        kind = found[0] if isinstance(found, tuple) else found
        if _family(kind) != _family(field.get_internal_type()):
            raise RuntimeError(
                f"The table {table} has a column {field.column} already, and it is a {kind}: another package's "
                f"migration, or your own, made it. Rename it first (ALTER TABLE {table} RENAME COLUMN {field.column} "
                f"TO old_{field.column}), and run migrate again: it goes on from here."
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        there = self._columns(schema_editor, model._meta.db_table)
        table = schema_editor.quote_name(model._meta.db_table)

        def drop() -> None:
            for name, _ in reversed(self.fields):
                column = model._meta.get_field(name).column
                if column in there:
                    schema_editor.execute(
                        f"ALTER TABLE {table} DROP COLUMN {schema_editor.quote_name(column)}"
                    )

        without_waiting(schema_editor, drop)

    def describe(self) -> str:
        return f"Add columns to {self.model_name}: {', '.join(name for name, _ in self.fields)}"


def _family(kind: str) -> str:
    if kind.endswith(("IntegerField", "ForeignKey")):
        return "integer"
    if kind in ("CharField", "TextField", "SlugField"):
        return "text"
    return "boolean" if kind == "BooleanField" else kind


class AddIndexes(Operation):
    """Create indexes of a table that is in use. ``sql`` says how one is written that Django cannot express.

    A constraint with a condition is an index to every database that knows conditions.
    """

    reversible = True
    atomic = False

    def __init__(
        self,
        model_name: str,
        indexes: Sequence[models.Index] = (),
        constraints: Sequence[models.UniqueConstraint] = (),
        conditions: dict[str, str] | None = None,
    ) -> None:
        self.model_name = model_name
        self.indexes = list(indexes)
        self.constraints = list(constraints)
        self.conditions = conditions or {}
        self.names = [one.name for one in self.indexes] + [one.name for one in self.constraints]

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        arguments = [self.model_name, self.indexes, self.constraints, self.conditions]
        return (self.__class__.__qualname__, arguments, {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        for index in self.indexes:
            state.add_index(app_label, self.model_name.lower(), index)
        for constraint in self.constraints:
            state.add_constraint(app_label, self.model_name.lower(), constraint)

    def _statements(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> dict[str, str]:
        """Return the statement that creates each, by name."""
        made: dict[str, str] = {}
        for index in self.indexes:
            made[index.name] = str(index.create_sql(model, schema_editor))
            if index.name in self.conditions:
                made[index.name] = (
                    f"{made[index.name].split(' WHERE ')[0]} WHERE {self.conditions[index.name]}"
                )
        for constraint in self.constraints:
            made[constraint.name] = str(constraint.create_sql(model, schema_editor))
        return made

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        connection = schema_editor.connection
        if not self.allow_migrate_model(connection.alias, model):
            return
        postgres = connection.vendor == "postgresql"
        for name, statement in self._statements(model, schema_editor).items():
            quoted = schema_editor.quote_name(name)
            with connection.cursor() as cursor:
                there = connection.introspection.get_constraints(cursor, model._meta.db_table)
                if postgres:
                    cursor.execute(
                        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [quoted]
                    )
                    found = cursor.fetchone()
                    if found is not None and not found[0]:
                        # What a build leaves that was interrupted: every write pays for it, and no query uses it.
                        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted}")
                        there.pop(name, None)
            if name in there:
                continue
            concurrently = postgres and not connection.in_atomic_block
            schema_editor.execute(
                statement.replace(" INDEX ", " INDEX CONCURRENTLY ", 1) if concurrently else statement, None
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        connection = schema_editor.connection
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(connection.alias, model):
            return
        concurrently = (
            "CONCURRENTLY " if connection.vendor == "postgresql" and not connection.in_atomic_block else ""
        )
        for name in self.names:
            schema_editor.execute(
                f"DROP INDEX {concurrently}IF EXISTS {schema_editor.quote_name(name)}", None
            )

    def describe(self) -> str:
        return f"Create indexes on {self.model_name}: {', '.join(self.names)}"


class DropIndexes(Operation):
    """Drop indexes, and constraints that are indexes, of a table that is in use; ``conditions`` as `AddIndexes` had."""

    reversible = True
    atomic = False

    def __init__(
        self, model_name: str, names: Sequence[str], conditions: dict[str, str] | None = None
    ) -> None:
        self.model_name = model_name
        self.names = list(names)
        self.conditions = conditions or {}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.model_name, self.names, self.conditions], {})

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        constraints = state.models[app_label, self.model_name.lower()].options["constraints"]
        for name in self.names:
            if any(one.name == name for one in constraints):
                state.remove_constraint(app_label, self.model_name.lower(), name)
            else:
                state.remove_index(app_label, self.model_name.lower(), name)

    def _adding(self, app_label: str, state: ProjectState) -> AddIndexes:
        options = state.models[app_label, self.model_name.lower()].options
        return AddIndexes(
            self.model_name,
            [one for one in options["indexes"] if one.name in self.names],
            [one for one in options["constraints"] if one.name in self.names],
            self.conditions,
        )

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._adding(app_label, from_state).database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._adding(app_label, to_state).database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Drop indexes of {self.model_name}: {', '.join(self.names)}"


GO_BACK = "GITHUB_APP_GO_BACK"


class SayWhatWouldBeLost(Operation):
    """Nothing on the way there. On the way back: stop, say what would be lost, and how to lose it."""

    reversible = True
    atomic = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The tables stay as they are."""

    def database_forwards(self, *args: Any) -> None:
        """The tables stay as they are."""

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        import os

        connection = schema_editor.connection
        event = from_state.apps.get_model(app_label, "EventLog")
        if not self.allow_migrate_model(connection.alias, event) or os.environ.get(GO_BACK) == "lose":
            return
        using = connection.alias
        counts = {
            "payloads, which are stored compressed in a column that django-github-app does not have":
                event.objects.using(using).filter(body__isnull=False).count(),
            "events that are not processed yet": event.objects.using(using).filter(status__lt=10).count(),
        }  # fmt: skip
        for name, what in (
            ("HandlerRun", "ledger entries of callbacks"),
            ("ArchiveFile", "names and checksums of archive files (the files stay where they are)"),
            ("CommandClaim", "records of which commands ran"),
        ):
            counts[what] = from_state.apps.get_model(app_label, name).objects.using(using).count()
        lost = [f"{number:,} {what}" for what, number in counts.items() if number]
        if lost:
            raise IrreversibleError(
                f"Going back loses {'; '.join(lost)}. Nothing is changed yet. Archive what you want to keep "
                f"(manage.py github archive), then run the command again with {GO_BACK}=lose in the environment."
            )

    def describe(self) -> str:
        return "Say what going back would lose"


__all__ = ["AddColumns", "AddIndexes", "DropIndexes", "EnsureModel", "SayWhatWouldBeLost", "without_waiting"]
