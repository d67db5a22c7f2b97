"""The lane index gets a condition that no other index answers to.

With ``status < 10`` PostgreSQL may choose ``github_event_unfinished`` for a look into a lane, and read all of it, when
its statistics were taken while nothing waited. Django cannot express ``status + 0``, so its state keeps the old text.
"""

from django.db import migrations

CREATE = "CREATE INDEX github_event_lane ON django_github_app_eventlog (lane, id) WHERE lane IS NOT NULL AND status"


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0005_commands")]

    operations = [
        migrations.RunSQL("DROP INDEX github_event_lane", f"{CREATE} < 10"),
        migrations.RunSQL(f"{CREATE} + 0 < 10", "DROP INDEX github_event_lane"),
    ]
