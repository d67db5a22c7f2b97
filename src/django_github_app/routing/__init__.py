"""Which callbacks an event is for: registering, loading, matching."""

from __future__ import annotations

from .limits import Retry
from .router import (
    GitHubRouter,
    Registration,
    continuation_of,
    error_callbacks,
    handler_modules,
    is_for_nobody,
    limit_to,
    longest_timeout,
    match,
    priorities,
    registrations,
    shadowed_commands,
    unordered,
)

__all__ = [
    "GitHubRouter",
    "Registration",
    "Retry",
    "continuation_of",
    "error_callbacks",
    "handler_modules",
    "is_for_nobody",
    "limit_to",
    "longest_timeout",
    "match",
    "priorities",
    "registrations",
    "shadowed_commands",
    "unordered",
]
