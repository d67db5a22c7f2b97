"""The tries of a callback before its latest, kept beside it: a column that is empty for nearly every run."""

from django.db import migrations, models

from ._operations import AddColumns


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0018_long_handlers")]

    operations = [
        AddColumns(
            "handlerrun",
            [
                (
                    "tries",
                    models.TextField(
                        editable=False,
                        help_text="Earlier tries that failed, oldest first, as JSON",
                        null=True,
                    ),
                ),
            ],
        ),
    ]
