from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0010_waiting")]

    operations = [
        migrations.AddField(
            model_name="commandclaim",
            name="owed",
            field=models.CharField(
                db_default="",
                default="",
                help_text="Reaction that tells its author the outcome, until GitHub has taken it",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="commandclaim",
            index=models.Index(
                condition=models.Q(("owed", ""), _negated=True),
                fields=["finished_at"],
                name="github_claim_feedback",
            ),
        ),
    ]
