"""A project that receives webhooks in every way that is compared: ours, and by hand."""

from __future__ import annotations

from .celery import app as celery_app

__all__ = ["celery_app"]
