"""How far a callback got, in its row of the ledger."""

from django.db import migrations, models

from ._operations import AddColumns


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0016_queue")]

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
    ]
