"""System checks of the commands that handlers define."""

from __future__ import annotations

import sys
from typing import Any

from django.core.checks import CheckMessage, Warning  # noqa: A004 - Django's name for it

from django_github_app.broker.queues import WORKER_TYPES

from .prefix import PREFIX

__all__ = ["check_commands"]


def check_commands(**kwargs: Any) -> list[CheckMessage]:
    """W010, of the handlers that are loaded: a check imports none, because web processes run checks too."""
    if "django_github_app.routing" not in sys.modules:
        return []
    from django_github_app import routing
    from django_github_app.routing.binding import name_of

    found = [
        Warning(
            f"The command {name!r} of {name_of(hidden.callback)} is never called: {name_of(called.callback)} "
            "has that name in the same place, and was registered first.",
            hint="Rename one, or give them scopes that do not overlap.",
            id=f"{PREFIX}.W010",
        )
        for worker_type in WORKER_TYPES
        for name, hidden, called in routing.shadowed_commands(worker_type)
    ]
    return list({message.msg: message for message in found}.values())
