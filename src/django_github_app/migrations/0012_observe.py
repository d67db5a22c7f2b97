"""Trace contexts of events; counters, signs of life, incidents and digests in tables of their own."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_github_app", "0011_command_feedback"),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("key", models.CharField(max_length=150, primary_key=True, serialize=False)),
                ("message", models.TextField()),
                ("hint", models.TextField(default="")),
                ("opened_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "quiet_since",
                    models.DateTimeField(help_text="Since when it has not been seen any more", null=True),
                ),
                ("cleared_at", models.DateTimeField(null=True)),
                ("clearing_told_at", models.DateTimeField(null=True)),
                (
                    "reference",
                    models.CharField(
                        default="", help_text="Where it was told, such as an issue", max_length=255
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("name", models.CharField(max_length=150, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="eventlog",
            name="traceparent",
            field=models.CharField(
                editable=False,
                help_text="W3C trace context of its receipt, where tracing is on; ~ before it: of a run before a replay",
                max_length=64,
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="BodyDigest",
            fields=[
                (
                    "digest",
                    models.BinaryField(
                        help_text="SHA-256 of the body", max_length=32, primary_key=True, serialize=False
                    ),
                ),
                ("delivery", models.CharField(max_length=64)),
                ("event", models.CharField(max_length=255)),
                ("hook_id", models.BigIntegerField(db_default=0, default=0)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["seen_at"], name="github_digest_seen")],
            },
        ),
        migrations.CreateModel(
            name="Rollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seconds", models.IntegerField(help_text="How long the interval is: 60 or 3600")),
                ("starts_at", models.DateTimeField()),
                ("name", models.CharField(max_length=32)),
                ("label", models.CharField(db_default="", default="", max_length=255)),
                ("count", models.BigIntegerField(db_default=0, default=0)),
                (
                    "total",
                    models.FloatField(
                        db_default=0.0, default=0.0, help_text="Sum of the values, such as seconds"
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("seconds", "name", "starts_at", "label"),
                        name="github_rollup_once_per_interval",
                    )
                ],
            },
        ),
    ]
