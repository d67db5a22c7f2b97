"""What the tests of system checks share."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage

PREFIX = "django_github_app."


def ids(found: Iterable[CheckMessage]) -> list[str]:
    """Return the numbers of messages: ``W013``."""
    return [str(message.id).removeprefix(PREFIX) for message in found]
