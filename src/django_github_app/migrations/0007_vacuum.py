"""Events are vacuumed when a tenth of them is dead versions, not a fifth.

Each event is written three times: stored, claimed, finished. What autovacuum leaves to wait with its defaults took
another fifth of the table's size.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "ALTER TABLE django_github_app_eventlog"


def vacuum_sooner(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"{TABLE} SET (autovacuum_vacuum_scale_factor = 0.1)")


def vacuum_as_ever(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"{TABLE} RESET (autovacuum_vacuum_scale_factor)")


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0006_lane_index")]

    operations = [migrations.RunPython(vacuum_sooner, vacuum_as_ever)]
