"""The Celery application of the deployed site, and its sample handlers."""

from __future__ import annotations

from .celery import app as celery_app

__all__ = ["celery_app"]
