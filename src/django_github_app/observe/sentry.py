"""Sentry: one issue per callback that failed for good, none for a try that is repeated.

Call `setup` after ``sentry_sdk.init``. The issue has the callback's own exception and traceback, and these tags:
``handler``, ``delivery``, ``event_id``, ``event``, ``action``.
"""

from __future__ import annotations

from typing import Any, Final

from django_github_app import probes

__all__ = ["setup"]

SAID_ALREADY: Final = "callback failed for good"
"""The log line of a final failure, of which Sentry's logging integration would make a second issue."""


def setup() -> None:
    """Report final failures to the Sentry client of this process. Raises ImportError without ``sentry-sdk``."""
    from sentry_sdk.scope import add_global_event_processor

    probes.on_dead = _report
    add_global_event_processor(_without_the_line)


def _report(claimed: Any, handler: str, error: BaseException) -> None:
    import sentry_sdk

    with sentry_sdk.new_scope() as scope:
        tags = {
            "handler": handler,
            "delivery": claimed.delivery,
            "event_id": str(claimed.id),
            "event": claimed.event,
            "action": claimed.action,
        }
        for name, value in tags.items():
            if value is not None:
                scope.set_tag(name, value)
        scope.capture_exception(error)


def _without_the_line(event: Any, hint: Any) -> Any:
    record = (hint or {}).get("log_record")
    return None if record is not None and record.msg == SAID_ALREADY else event
