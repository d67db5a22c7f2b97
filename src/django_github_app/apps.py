from __future__ import annotations

import warnings

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class GitHubAppConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "django_github_app"
    verbose_name = "GitHub App"

    def ready(self) -> None:
        from . import checks, queues, schedules
        from .conf import DEPRECATED_SETTINGS, GITHUB_APP_SETTINGS_NAME

        checks.register()
        queues.ensure_celery_app()
        post_migrate.connect(schedules.create_schedules, sender=self)

        configured = getattr(settings, GITHUB_APP_SETTINGS_NAME, None) or {}
        for setting, message in DEPRECATED_SETTINGS.items():
            if setting in configured:
                warnings.warn(message, DeprecationWarning, stacklevel=1)
