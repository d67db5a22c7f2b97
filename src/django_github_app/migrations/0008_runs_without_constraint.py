"""The way back starts here, and says what it would lose.

The database does not check that a run's event exists: whoever deletes events deletes their runs in the same statement.
The check made each new run lock its event's row, and was most of what deleting an event took.
"""

from django.db import migrations

from ._operations import SayWhatWouldBeLost


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("django_github_app", "0007_vacuum")]

    operations = [SayWhatWouldBeLost()]
