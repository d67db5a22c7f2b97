"""Locks become rows: those of a database session do not survive a pooler. Models read where they write."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_github_app", "0008_runs_without_constraint"),
    ]

    operations = [
        migrations.CreateModel(
            name="Lock",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("holder", models.CharField(help_text="Made up anew by each holder", max_length=64)),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="By the database's clock; from then on it is free",
                    ),
                ),
            ],
            options={"base_manager_name": "objects"},
        ),
        migrations.AlterModelOptions(
            name="archivefile",
            options={"base_manager_name": "objects", "verbose_name": "archive"},
        ),
        migrations.AlterModelOptions(
            name="commandclaim",
            options={"base_manager_name": "objects"},
        ),
        migrations.AlterModelOptions(
            name="eventlog",
            options={
                "base_manager_name": "objects",
                "permissions": [
                    ("archive_eventlog", "Can archive events"),
                    ("restore_eventlog", "Can restore events from archives"),
                ],
                "verbose_name": "event",
            },
        ),
        migrations.AlterModelOptions(
            name="handlerrun",
            options={"base_manager_name": "objects"},
        ),
        migrations.AlterModelOptions(
            name="installation",
            options={"base_manager_name": "objects"},
        ),
        migrations.AlterModelOptions(
            name="repository",
            options={"base_manager_name": "objects", "verbose_name_plural": "repositories"},
        ),
        migrations.AlterModelOptions(
            name="retentionjob",
            options={"base_manager_name": "objects"},
        ),
    ]
