"""What GitHub says of installations and repositories."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0003_retention")]

    operations: list = []
