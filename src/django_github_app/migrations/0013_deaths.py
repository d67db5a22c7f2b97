"""Deaths that receivers of `event_dead` and `handler_failed` are still to be told of."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0012_observe")]

    operations = [
        migrations.CreateModel(
            name="Death",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.BigIntegerField()),
                (
                    "handler",
                    models.CharField(help_text="Of the callback; empty for the event itself", max_length=255),
                ),
                ("position", models.IntegerField(default=0)),
                (
                    "taken_until",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="By the database's clock; until then a process is telling it",
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event_id", "handler", "position"), name="github_death_once"
                    )
                ],
            },
        ),
    ]
