"""The index of what is unfinished tells worker types apart, and the sweep notes which of them let events wait.

On PostgreSQL the index is built beside the running site: no delivery waits for it.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class _Concurrently:
    """Adds or removes the index of a table that is in use without locking it, where the database can."""

    @staticmethod
    def options(schema_editor: BaseDatabaseSchemaEditor) -> dict[str, Any]:
        return {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}


class AddIndex(_Concurrently, migrations.AddIndex):
    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            if editor.connection.vendor == "postgresql":
                # One that was interrupted leaves an index that is not valid.
                editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {editor.quote_name(self.index.name)}")
            editor.add_index(model, self.index, **self.options(editor))

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        model = before.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            editor.remove_index(model, self.index, **self.options(editor))


class RemoveIndex(_Concurrently, migrations.RemoveIndex):
    def database_forwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        model = before.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            index = before.models[app_label, self.model_name_lower].get_index_by_name(self.name)
            editor.remove_index(model, index, **self.options(editor))

    def database_backwards(
        self, app_label: str, editor: BaseDatabaseSchemaEditor, before: ProjectState, after: ProjectState
    ) -> None:
        model = after.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            index = after.models[app_label, self.model_name_lower].get_index_by_name(self.name)
            editor.add_index(model, index, **self.options(editor))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("django_github_app", "0009_locks")]

    operations = [
        migrations.CreateModel(
            name="WorkerTypeProgress",
            fields=[
                ("worker_type", models.CharField(max_length=16, primary_key=True, serialize=False)),
                (
                    "oldest_id",
                    models.BigIntegerField(help_text="The oldest event that waits and could run"),
                ),
                (
                    "moved_at",
                    models.DateTimeField(help_text="When the sweep last saw events of this type being taken"),
                ),
                ("seen_at", models.DateTimeField(help_text="When the sweep last looked")),
            ],
            options={"verbose_name_plural": "worker type progress", "base_manager_name": "objects"},
        ),
        AddIndex(
            model_name="eventlog",
            index=models.Index(
                condition=models.Q(("status__lt", 10)),
                fields=["status", "worker_type", "id"],
                name="github_event_waiting",
            ),
        ),
        RemoveIndex(model_name="eventlog", name="github_event_unfinished"),
    ]
