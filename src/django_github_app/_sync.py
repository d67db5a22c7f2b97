"""``async_to_sync_method``, under the import path that django-github-app has for it."""

from __future__ import annotations

from .process.sync import async_to_sync_method

__all__ = ["async_to_sync_method"]
