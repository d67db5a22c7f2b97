"""How far a callback got, in its row of the ledger; what it shows of that on GitHub; what is to go on later."""

from django.db import migrations, models
from django.db.models.functions import Now

from ._operations import AddColumns, EnsureModel


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0017_flow")]

    operations = [
        AddColumns(
            "handlerrun",
            [
                (
                    "checkpoint",
                    models.TextField(
                        help_text="How far it got, as JSON: what its next attempt goes on from", null=True
                    ),
                ),
                ("checkpointed_at", models.DateTimeField(null=True)),
            ],
        ),
        EnsureModel(
            name="Continuation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="Of the run that waits, and of what", max_length=64, unique=True
                    ),
                ),
                (
                    "event_id",
                    models.BigIntegerField(db_index=True, help_text="The event whose callback waits"),
                ),
                ("source", models.CharField(help_text="That callback, and its position", max_length=300)),
                ("handler", models.CharField(help_text="Name of the continuation", max_length=255)),
                ("worker_type", models.CharField(max_length=16)),
                ("data", models.TextField(default="null", help_text="What it is given, as JSON")),
                (
                    "due_at",
                    models.DateTimeField(
                        help_text="By the database's clock: when it goes on, or has waited long enough"
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        default="", help_text="What is waited for; empty: the time only", max_length=100
                    ),
                ),
                ("action", models.CharField(default="", max_length=100)),
                ("repository_id", models.BigIntegerField(null=True)),
                ("number", models.BigIntegerField(null=True)),
                ("head_sha", models.CharField(default="", max_length=64)),
                (
                    "seen_id",
                    models.BigIntegerField(
                        default=0, help_text="Up to which event the log was looked through"
                    ),
                ),
                ("came_id", models.BigIntegerField(help_text="The event that was waited for", null=True)),
                ("fired_at", models.DateTimeField(null=True)),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("fired_at__isnull", True)),
                        fields=["due_at"],
                        name="github_continuation_due",
                    ),
                    models.Index(
                        condition=models.Q(("fired_at__isnull", True)),
                        fields=["repository_id", "event"],
                        name="github_continuation_waits",
                    ),
                ],
            },
        ),
        EnsureModel(
            name="Progress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="The external id of its check run", max_length=64, unique=True
                    ),
                ),
                ("event_id", models.BigIntegerField(db_index=True)),
                ("handler", models.CharField(max_length=255)),
                ("position", models.IntegerField(default=0)),
                ("name", models.CharField(max_length=100)),
                ("claim", models.IntegerField(help_text="The attempt at its event that shows it")),
                (
                    "state",
                    models.SmallIntegerField(choices=[(0, "open"), (1, "ending"), (2, "closed")], default=0),
                ),
                ("touched_at", models.DateTimeField(db_default=Now(), help_text="By the database's clock")),
                ("has_check", models.BooleanField(default=True)),
                ("has_comment", models.BooleanField(default=False)),
                ("repository", models.CharField(max_length=255)),
                ("head_sha", models.CharField(db_index=True, default="", max_length=64)),
                ("check_run_id", models.BigIntegerField(null=True)),
                (
                    "conversation",
                    models.CharField(default="", help_text="Where its comment is", max_length=255),
                ),
                ("comment_id", models.CharField(default="", max_length=100)),
                (
                    "outcome",
                    models.JSONField(help_text="How it ended, while GitHub does not know it", null=True),
                ),
                (
                    "tries",
                    models.SmallIntegerField(default=0, help_text="How often the sweep tried to close it"),
                ),
                (
                    "requested_action",
                    models.CharField(default="", help_text="The button that ran it again", max_length=20),
                ),
            ],
            options={
                "verbose_name_plural": "progress",
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__lt", 2)),
                        fields=["touched_at"],
                        name="github_progress_open",
                    )
                ],
            },
        ),
    ]
