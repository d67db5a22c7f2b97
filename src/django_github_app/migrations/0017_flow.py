"""Flow control: two small tables of their own, and two more ways in which a run ends. No row is touched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_github_app", "0016_queue"),
    ]

    operations = [
        migrations.AlterField(
            model_name="handlerrun",
            name="status",
            field=models.SmallIntegerField(
                choices=[
                    (0, "started"),
                    (2, "retrying"),
                    (10, "succeeded"),
                    (11, "rejected"),
                    (12, "dead"),
                    (13, "superseded"),
                    (14, "cancelled"),
                ]
            ),
        ),
        migrations.CreateModel(
            name="FlowKeyState",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=255)),
                ("state", models.TextField()),
                ("touched_at", models.DateTimeField()),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["touched_at"], name="github_flow_key_touched")],
            },
        ),
        migrations.CreateModel(
            name="FlowPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.BigIntegerField()),
                ("event_id", models.BigIntegerField()),
                ("handler", models.CharField(max_length=255)),
                ("position", models.IntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("label", models.CharField(help_text="The key, as people read it", max_length=255)),
                ("attempt", models.IntegerField(help_text="The event's, in which it runs")),
                (
                    "tries",
                    models.SmallIntegerField(
                        help_text="How often the callback was called, this time included"
                    ),
                ),
                ("state", models.SmallIntegerField()),
                ("most", models.IntegerField(help_text="How many of its key may run at once")),
                ("counts", models.BooleanField(help_text="Whether its event replaces others")),
                (
                    "happened_at",
                    models.FloatField(help_text="By GitHub's clock, in seconds since 1970", null=True),
                ),
                ("head", models.CharField(max_length=64, null=True)),
                (
                    "due",
                    models.FloatField(help_text="Until when it waits for quiet or for its rate", null=True),
                ),
                ("since", models.FloatField(help_text="When it began to run or to wait")),
            ],
            options={
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["key"], name="github_flow_place_key")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event_id", "handler", "position"), name="github_flow_place_of_run"
                    )
                ],
            },
        ),
    ]
