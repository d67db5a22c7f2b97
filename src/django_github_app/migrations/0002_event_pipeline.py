"""Deliveries: who and what, the exact body, status, lane and lease; and the ledger of callbacks."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def keep_bodies_as_they_are(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Tell PostgreSQL not to try to compress what is a zstd frame already."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE django_github_app_eventlog ALTER COLUMN body SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [
        ("django_github_app", "0001_initial"),
    ]

    operations = [
        # The column keeps its name and its rows; only the attribute is another one.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(model_name="eventlog", old_name="payload", new_name="legacy_payload"),
                migrations.AlterField(
                    model_name="eventlog",
                    name="legacy_payload",
                    field=models.JSONField(
                        db_column="payload",
                        default=None,
                        editable=False,
                        help_text="Payload of a row that django-github-app stored; newer rows have a body instead.",
                        null=True,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HandlerRun",
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
                        choices=[("event", "Event"), ("mention", "Mention"), ("command", "Command")],
                        default="event",
                        max_length=8,
                    ),
                ),
                ("handler", models.CharField(help_text="module.qualname of the callback", max_length=255)),
                (
                    "position",
                    models.IntegerField(
                        db_default=0,
                        default=0,
                        help_text="Offset of the mention or command in the comment; 0 for an event",
                    ),
                ),
                (
                    "status",
                    models.SmallIntegerField(
                        choices=[
                            (0, "started"),
                            (2, "retrying"),
                            (10, "succeeded"),
                            (11, "rejected"),
                            (12, "dead"),
                        ]
                    ),
                ),
                ("attempts", models.SmallIntegerField(db_default=1, default=1)),
                ("started_at", models.DateTimeField()),
                ("duration_ms", models.FloatField(help_text="Of the last attempt", null=True)),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("error", models.TextField(help_text="The last error, one line", null=True)),
                ("traceback", models.TextField(null=True)),
                ("command", models.CharField(max_length=100, null=True)),
                ("arguments", models.TextField(help_text="As typed, secrets masked", null=True)),
                (
                    "actor",
                    models.CharField(
                        help_text="Login of the person who typed the command", max_length=100, null=True
                    ),
                ),
            ],
        ),
        migrations.AlterModelOptions(
            name="eventlog",
            options={"verbose_name": "event"},
        ),
        migrations.AddField(
            model_name="eventlog",
            name="action",
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="attempts",
            field=models.IntegerField(db_default=0, default=0, help_text="How often a worker claimed it"),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="body",
            field=models.BinaryField(
                help_text="Exact bytes of the request body, as one zstd frame", null=True
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="delivery",
            field=models.CharField(help_text="X-GitHub-Delivery", max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="finished_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="form_encoded",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="hook_id",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="X-GitHub-Hook-ID; 0 if it was not sent"
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="installation_id",
            field=models.BigIntegerField(help_text="GitHub's id of the installation", null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="lane",
            field=models.BigIntegerField(
                help_text="Events of one lane (an issue or pull request) run in order, one at a time",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="lease_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="lost_leases",
            field=models.SmallIntegerField(
                db_default=0, default=0, help_text="How often its worker disappeared while it ran"
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="next_attempt_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="number",
            field=models.BigIntegerField(
                help_text="Number of the issue, pull request or discussion", null=True
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="published_at",
            field=models.DateTimeField(help_text="When the sweep last published it", null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="repository",
            field=models.CharField(help_text="owner/name when the event was sent", max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="repository_id",
            field=models.BigIntegerField(help_text="GitHub's id of the repository", null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="restored_at",
            field=models.DateTimeField(help_text="When it was brought back from an archive", null=True),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="sender",
            field=models.CharField(
                help_text="Login of the account that caused the event", max_length=100, null=True
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="status",
            field=models.SmallIntegerField(
                choices=[
                    (0, "pending"),
                    (1, "processing"),
                    (2, "retrying"),
                    (10, "done"),
                    (11, "ignored"),
                    (12, "dead"),
                ],
                db_default=10,
                default=10,
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="target_id",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="X-GitHub-Hook-Installation-Target-ID; 0 if it was not sent",
            ),
        ),
        migrations.AddField(
            model_name="eventlog",
            name="worker_type",
            field=models.CharField(db_default="", default="", max_length=16),
        ),
        migrations.AlterField(
            model_name="eventlog",
            name="received_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now, help_text="Date and time event was received"
            ),
        ),
        migrations.AddIndex(
            model_name="eventlog",
            index=models.Index(
                condition=models.Q(("status__lt", 10)),
                fields=["status", "id"],
                name="github_event_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="eventlog",
            index=models.Index(
                condition=models.Q(("lane__isnull", False), ("status__lt", 10)),
                fields=["lane", "id"],
                name="github_event_lane",
            ),
        ),
        migrations.AddIndex(
            model_name="eventlog",
            index=models.Index(condition=models.Q(("status", 12)), fields=["id"], name="github_event_dead"),
        ),
        migrations.AddConstraint(
            model_name="eventlog",
            constraint=models.UniqueConstraint(
                condition=models.Q(("delivery__isnull", False)),
                fields=("delivery", "hook_id"),
                name="github_event_once_per_delivery",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventlog",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lane__isnull", False), ("status", 1)),
                fields=("lane",),
                name="github_event_one_running_per_lane",
            ),
        ),
        migrations.AddField(
            model_name="handlerrun",
            name="event",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="runs",
                to="django_github_app.eventlog",
            ),
        ),
        migrations.AddConstraint(
            model_name="handlerrun",
            constraint=models.UniqueConstraint(
                fields=("event", "handler", "position"), name="github_run_once_per_event_and_handler"
            ),
        ),
        migrations.RunPython(keep_bodies_as_they_are, migrations.RunPython.noop),
    ]
