"""Which callbacks an event is for: registering, loading, matching."""

from __future__ import annotations

from .limits import Retry
from .router import (
    GitHubRouter,
    Registration,
    error_callbacks,
    handler_modules,
    limit_to,
    longest_timeout,
    match,
    registrations,
    shadowed_commands,
    unordered,
)

__all__ = [
    "GitHubRouter",
    "Registration",
    "Retry",
    "error_callbacks",
    "handler_modules",
    "limit_to",
    "longest_timeout",
    "match",
    "registrations",
    "shadowed_commands",
    "unordered",
]
