"""What waits, what runs and what is to be tried again have an index each, and nothing in them depends on what is over.

The new ones are there before the old ones go, and are built beside the running site: no delivery waits for them.
"""

from django.db import migrations, models
from django.db.models.functions import Coalesce

from ._operations import AddColumns, AddIndexes, DropIndexes


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0015_replay_jobs")]

    operations = [
        AddColumns(
            "eventlog",
            [
                (
                    "priority",
                    models.IntegerField(
                        help_text="While it waits: above 0 it is claimed before others, and says since when. None is 0",
                        null=True,
                    ),
                ),
                (
                    "claimed_in",
                    models.IntegerField(
                        editable=False,
                        help_text="While it runs: when it was claimed, in units of the lanes' guard",
                        null=True,
                    ),
                ),
            ],
        ),
        AddIndexes(
            "eventlog",
            indexes=[
                models.Index(
                    models.F("worker_type"),
                    Coalesce("priority", 0),
                    models.F("id"),
                    condition=models.Q(("status", 0)),
                    name="github_event_pending",
                ),
                models.Index(
                    condition=models.Q(("lane__isnull", False), ("status", 0)),
                    fields=["lane", "id"],
                    name="github_event_lane_pending",
                ),
                models.Index(
                    condition=models.Q(("status", 2)),
                    fields=["worker_type", "next_attempt_at"],
                    name="github_event_retry",
                ),
                models.Index(
                    condition=models.Q(("status", 1)),
                    fields=["lease_expires_at"],
                    name="github_event_lease",
                ),
            ],
            constraints=[
                models.UniqueConstraint(
                    models.F("lane"),
                    Coalesce("claimed_in", 0) / 2,
                    condition=models.Q(("lane__isnull", False), ("status", 1)),
                    name="github_event_running_in_lane",
                ),
                models.UniqueConstraint(
                    models.F("lane"),
                    (Coalesce("claimed_in", 0) + 1) / 2,
                    condition=models.Q(("lane__isnull", False), ("status", 1)),
                    name="github_event_running_in_lane_2",
                ),
            ],
            conditions={
                "github_event_lane_pending": "lane IS NOT NULL AND status + 0 = 0",
                "github_event_lease": "status - 1 = 0",
            },
        ),
        DropIndexes(
            "eventlog",
            ["github_event_waiting", "github_event_lane", "github_event_one_running_per_lane"],
            conditions={"github_event_lane": "lane IS NOT NULL AND status + 0 < 10"},
        ),
    ]
