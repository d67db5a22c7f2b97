"""Commands run once."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0004_installations")]

    operations: list = []
