"""The indexes of the event log, built while others write.

With ``status < 10`` PostgreSQL may choose ``github_event_unfinished`` for a look into a lane, and read all of it, when
its statistics were taken while nothing waited. So the lane index gets a condition that no other index answers to;
Django cannot express ``status + 0``, and its state keeps the plain text.
"""

from django.db import migrations, models

from ._operations import AddIndexes


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0005_commands")]

    operations = [
        AddIndexes(
            "eventlog",
            indexes=[
                models.Index(
                    condition=models.Q(("status__lt", 10)),
                    fields=["status", "id"],
                    name="github_event_unfinished",
                ),
                models.Index(
                    condition=models.Q(("lane__isnull", False), ("status__lt", 10)),
                    fields=["lane", "id"],
                    name="github_event_lane",
                ),
                models.Index(condition=models.Q(("status", 12)), fields=["id"], name="github_event_dead"),
                models.Index(
                    condition=models.Q(("archive__isnull", False)),
                    fields=["archive", "id"],
                    name="github_event_archived",
                ),
                models.Index(
                    condition=models.Q(
                        ("body__isnull", True), ("legacy_payload__isnull", False), ("sender__isnull", True)
                    ),
                    fields=["id"],
                    name="github_event_unfilled",
                ),
            ],
            constraints=[
                models.UniqueConstraint(
                    condition=models.Q(("delivery__isnull", False)),
                    fields=("delivery", "hook_id"),
                    name="github_event_once_per_delivery",
                ),
                models.UniqueConstraint(
                    condition=models.Q(("lane__isnull", False), ("status", 1)),
                    fields=("lane",),
                    name="github_event_one_running_per_lane",
                ),
            ],
            conditions={"github_event_lane": "lane IS NOT NULL AND status + 0 < 10"},
        ),
    ]
