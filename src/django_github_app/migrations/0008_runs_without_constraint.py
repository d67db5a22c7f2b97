"""The database no longer checks that a run's event exists.

Whoever deletes events deletes their runs in the same statement. The check made each new run lock its event's row, and
was most of what deleting an event took.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0007_vacuum")]

    operations = [
        migrations.AlterField(
            model_name="eventlog",
            name="body",
            field=models.BinaryField(help_text="Exact bytes of the request body, compressed", null=True),
        ),
        migrations.AlterField(
            model_name="handlerrun",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="runs",
                to="django_github_app.eventlog",
            ),
        ),
    ]
