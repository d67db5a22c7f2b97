"""Which callbacks an event is for: registering, loading, matching."""

from __future__ import annotations

from .router import (
    GitHubRouter,
    Registration,
    error_callbacks,
    handler_modules,
    is_for_nobody,
    limit_to,
    match,
    priorities,
    registrations,
    shadowed_commands,
    unordered,
)

__all__ = [
    "GitHubRouter",
    "Registration",
    "error_callbacks",
    "handler_modules",
    "is_for_nobody",
    "limit_to",
    "match",
    "priorities",
    "registrations",
    "shadowed_commands",
    "unordered",
]
