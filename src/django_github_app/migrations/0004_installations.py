"""What GitHub says of installations and repositories."""

from django.db import migrations, models

from ._operations import AddColumns

CHANGED_AT = "GitHub's time of the latest change that is stored; older news is ignored"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0003_retention")]

    operations = [
        AddColumns(
            "installation",
            [
                ("changed_at", models.DateTimeField(help_text=CHANGED_AT, null=True)),
                (
                    "reconciled_at",
                    models.DateTimeField(help_text="When its repositories were last compared", null=True),
                ),
            ],
        ),
        AddColumns(
            "repository",
            [
                ("private", models.BooleanField(null=True)),
                ("archived", models.BooleanField(null=True)),
                ("changed_at", models.DateTimeField(help_text=CHANGED_AT, null=True)),
            ],
        ),
    ]
