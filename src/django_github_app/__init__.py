"""GitHub Apps in Django: webhooks are validated and stored at once, and processed by Celery workers."""

from __future__ import annotations

__version__ = "0.1.0"
