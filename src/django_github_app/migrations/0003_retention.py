"""Archive files and retention jobs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0002_event_pipeline")]

    operations: list = []
