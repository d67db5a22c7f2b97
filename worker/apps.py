from __future__ import annotations

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """The sample handlers. The app has no tables."""

    name = "worker"
    verbose_name = "Sample handlers"
