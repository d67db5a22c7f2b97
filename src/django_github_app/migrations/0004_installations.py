"""What GitHub says of installations and repositories."""

from django.db import migrations, models

CHANGED_AT = "GitHub's time of the latest change that is stored; older news is ignored"


class Migration(migrations.Migration):
    dependencies = [("django_github_app", "0003_retention")]

    operations = [
        migrations.AddField(
            model_name="installation",
            name="changed_at",
            field=models.DateTimeField(help_text=CHANGED_AT, null=True),
        ),
        migrations.AddField(
            model_name="installation",
            name="reconciled_at",
            field=models.DateTimeField(help_text="When its repositories were last compared", null=True),
        ),
        migrations.AddField(
            model_name="repository",
            name="private",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="repository",
            name="archived",
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name="repository",
            name="changed_at",
            field=models.DateTimeField(help_text=CHANGED_AT, null=True),
        ),
    ]
