"""Commands run once."""

from __future__ import annotations

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0004_installations")]

    operations = [
        migrations.CreateModel(
            name="CommandClaim",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64, unique=True)),
                (
                    "event_id",
                    models.BigIntegerField(db_index=True, help_text="Event that brought the command first"),
                ),
                (
                    "command",
                    models.CharField(
                        help_text="As it is repeated in an answer, without arguments", max_length=200
                    ),
                ),
                ("actor", models.CharField(max_length=100)),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("acknowledged_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.SmallIntegerField(
                        choices=[(10, "succeeded"), (11, "rejected"), (12, "failed")], null=True
                    ),
                ),
                (
                    "reported_at",
                    models.DateTimeField(
                        help_text="When its author was told that it has no outcome yet", null=True
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["taken_at"], name="github_claim_taken"),
                    models.Index(
                        condition=models.Q(
                            ("acknowledged_at__isnull", False), ("finished_at", None), ("reported_at", None)
                        ),
                        fields=["acknowledged_at"],
                        name="github_claim_owed",
                    ),
                ]
            },
        )
    ]
