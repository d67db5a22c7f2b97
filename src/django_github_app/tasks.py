"""Celery entry points: each one call into the room that does the work."""

from __future__ import annotations
