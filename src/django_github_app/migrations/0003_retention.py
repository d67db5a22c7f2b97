"""Archive files and retention jobs."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from ._operations import AddColumns, EnsureModel


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0002_event_pipeline")]

    operations = [
        EnsureModel(
            name="ArchiveFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("storage", models.CharField(help_text="STORAGES alias or dotted path", max_length=255)),
                ("path", models.CharField(max_length=1024)),
                ("day", models.DateField(help_text="Day (UTC) on which its events were received")),
                ("first_id", models.BigIntegerField()),
                ("last_id", models.BigIntegerField(null=True)),
                ("count", models.IntegerField(default=0, help_text="Events in it")),
                ("size", models.BigIntegerField(default=0, help_text="Bytes of the file")),
                (
                    "text_size",
                    models.BigIntegerField(default=0, help_text="Bytes of its text before compression"),
                ),
                ("sha256", models.CharField(default="", max_length=64)),
                (
                    "state",
                    models.SmallIntegerField(
                        choices=[
                            (0, "writing"),
                            (1, "verified"),
                            (10, "stored"),
                            (11, "damaged"),
                            (12, "expired"),
                        ],
                        default=0,
                    ),
                ),
                (
                    "delete_rows",
                    models.BooleanField(default=True, help_text="Whether its events leave the database"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "verified_at",
                    models.DateTimeField(help_text="When it was last read back and found whole", null=True),
                ),
                ("expired_at", models.DateTimeField(null=True)),
                (
                    "error",
                    models.TextField(blank=True, default="", help_text="What the last check found"),
                ),
            ],
            options={
                "verbose_name": "archive",
                "indexes": [models.Index(fields=["day", "first_id"], name="github_archive_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("storage", "path"), name="github_archive_once_per_path")
                ],
            },
        ),
        EnsureModel(
            name="RetentionJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cleanup", "Cleanup"),
                            ("archive", "Archive"),
                            ("restore", "Restore"),
                            ("verify", "Verify"),
                            ("expire", "Expire"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.SmallIntegerField(
                        choices=[
                            (0, "queued"),
                            (1, "running"),
                            (10, "done"),
                            (11, "failed"),
                            (12, "cancelled"),
                        ],
                        default=0,
                    ),
                ),
                ("parameters", models.JSONField(default=dict)),
                ("cursor", models.JSONField(default=dict, help_text="Where the next task goes on")),
                ("result", models.JSONField(default=dict, help_text="What came out, by name")),
                (
                    "requested_by",
                    models.CharField(
                        default="", help_text="Name of the user who asked for it", max_length=150
                    ),
                ),
                (
                    "source",
                    models.CharField(default="", help_text="admin, command, schedule or code", max_length=32),
                ),
                (
                    "total",
                    models.BigIntegerField(
                        help_text="Events, or files, to be done; an estimate when big", null=True
                    ),
                ),
                ("processed", models.BigIntegerField(db_default=0, default=0)),
                (
                    "tasks",
                    models.IntegerField(db_default=0, default=0, help_text="How many tasks worked on it"),
                ),
                (
                    "losses",
                    models.SmallIntegerField(
                        db_default=0, default=0, help_text="How many workers disappeared with it"
                    ),
                ),
                ("runner", models.CharField(db_default="", default="", max_length=64)),
                ("cancel_requested", models.BooleanField(db_default=False, default=False)),
                ("error", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__lt", 10)),
                        fields=["kind", "id"],
                        name="github_retention_unfinished",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", 1)),
                        fields=("kind",),
                        name="github_retention_one_running_per_kind",
                    )
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="eventlog",
            options={
                "permissions": [
                    ("archive_eventlog", "Can archive events"),
                    ("restore_eventlog", "Can restore events from archives"),
                ],
                "verbose_name": "event",
            },
        ),
        AddColumns(
            "eventlog",
            [
                (
                    "archive",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        help_text="The archive that holds a copy of this row as it is",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="django_github_app.archivefile",
                    ),
                ),
            ],
        ),
    ]
