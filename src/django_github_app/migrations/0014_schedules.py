"""Until when the calls of each schedule are planned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0013_deaths")]

    operations = [
        migrations.CreateModel(
            name="SchedulePlan",
            fields=[
                (
                    "name",
                    models.CharField(
                        help_text="As the handlers name it",
                        max_length=255,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("planned_until", models.FloatField(help_text="Seconds since the epoch")),
            ],
            options={"base_manager_name": "objects"},
        ),
    ]
