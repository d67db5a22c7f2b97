"""Deliveries: who and what, the exact body, status, lane and lease; and the ledger of callbacks.

No transaction around it, and no index: 0006 has those. See `_operations`.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from ._operations import AddColumns, EnsureModel


class Migration(migrations.Migration):
    atomic = False
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
        migrations.AlterModelOptions(
            name="eventlog",
            options={"verbose_name": "event"},
        ),
        AddColumns(
            "eventlog",
            [
                ("action", models.TextField(null=True)),
                (
                    "attempts",
                    models.IntegerField(db_default=0, default=0, help_text="How often a worker claimed it"),
                ),
                (
                    "body",
                    models.BinaryField(help_text="Exact bytes of the request body, compressed", null=True),
                ),
                ("delivery", models.CharField(help_text="X-GitHub-Delivery", max_length=64, null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("form_encoded", models.BooleanField(db_default=False, default=False)),
                (
                    "hook_id",
                    models.BigIntegerField(
                        db_default=0, default=0, help_text="X-GitHub-Hook-ID; 0 if it was not sent"
                    ),
                ),
                (
                    "installation_id",
                    models.BigIntegerField(help_text="GitHub's id of the installation", null=True),
                ),
                (
                    "lane",
                    models.BigIntegerField(
                        help_text="Events of one lane (an issue or pull request) run in order, one at a time",
                        null=True,
                    ),
                ),
                ("lease_expires_at", models.DateTimeField(null=True)),
                (
                    "lost_leases",
                    models.SmallIntegerField(
                        db_default=0, default=0, help_text="How often its worker disappeared while it ran"
                    ),
                ),
                ("next_attempt_at", models.DateTimeField(null=True)),
                (
                    "number",
                    models.BigIntegerField(
                        help_text="Number of the issue, pull request or discussion", null=True
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(help_text="When the sweep last published it", null=True),
                ),
                (
                    "repository",
                    models.CharField(
                        help_text="owner/name when the event was sent", max_length=255, null=True
                    ),
                ),
                (
                    "repository_id",
                    models.BigIntegerField(help_text="GitHub's id of the repository", null=True),
                ),
                (
                    "restored_at",
                    models.DateTimeField(help_text="When it was brought back from an archive", null=True),
                ),
                (
                    "sender",
                    models.CharField(
                        help_text="Login of the account that caused the event", max_length=100, null=True
                    ),
                ),
                (
                    "status",
                    models.SmallIntegerField(
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
                (
                    "target_id",
                    models.BigIntegerField(
                        db_default=0,
                        default=0,
                        help_text="X-GitHub-Hook-Installation-Target-ID; 0 if it was not sent",
                    ),
                ),
                ("worker_type", models.CharField(db_default="", default="", max_length=16)),
            ],
        ),
        # Python's default only: the database has nothing to do.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="eventlog",
                    name="received_at",
                    field=models.DateTimeField(
                        default=django.utils.timezone.now, help_text="Date and time event was received"
                    ),
                ),
            ],
        ),
        EnsureModel(
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
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="django_github_app.eventlog",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "handler", "position"), name="github_run_once_per_event_and_handler"
                    )
                ]
            },
        ),
    ]
