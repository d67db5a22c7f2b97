"""How PostgreSQL keeps the table.

Events are vacuumed when a tenth of them is dead versions, not a fifth: each is written three times (stored, claimed,
finished), and what autovacuum leaves to wait with its defaults took another fifth of the table's size. Bodies are
compressed already; PostgreSQL is told not to try again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from ._operations import without_waiting

TABLE = "ALTER TABLE django_github_app_eventlog"


def keep_well(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":

        def change() -> None:
            schema_editor.execute(f"{TABLE} ALTER COLUMN body SET STORAGE EXTERNAL")
            schema_editor.execute(f"{TABLE} SET (autovacuum_vacuum_scale_factor = 0.1)")

        without_waiting(schema_editor, change)


def keep_as_ever(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        without_waiting(
            schema_editor,
            lambda: schema_editor.execute(f"{TABLE} RESET (autovacuum_vacuum_scale_factor)"),
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0006_lane_index")]

    operations = [migrations.RunPython(keep_well, keep_as_ever)]
