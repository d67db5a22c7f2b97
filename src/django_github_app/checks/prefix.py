"""What the ids of all checks begin with."""

from __future__ import annotations

__all__ = ["PREFIX"]

PREFIX = "django_github_app"
