"""Sends the signals of deaths: from the worker where they happened, and from the sweep for those that were killed."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.db import connections
from django.dispatch import Signal

from django_github_app.conf import app_settings
from django_github_app.models import EventLog, HandlerRun
from django_github_app.observe.redaction import describe
from django_github_app.signals import event_dead, handler_failed
from django_github_app.sql import deaths

__all__ = ["MOST", "tell_deaths", "tell_left"]

logger = logging.getLogger(__name__)

MOST = 100
"""Deaths that are told at a time: those that are left are told by the next sweep."""
WAIT = 5.0
"""Seconds that the sweep waits for it."""
GRACE = 60.0
"""Seconds beyond the time limit of callbacks after which who tells a death is taken to be dead itself."""


def tell_deaths(most: int = MOST) -> int:
    """Send the signals of deaths that nobody has told; return of how many."""
    for told in range(most):
        due = deaths.take(app_settings.HANDLER_TIMEOUT + GRACE)
        if due is None:
            return told
        _tell(due)
        deaths.forget(due)
    return most


def tell_left() -> None:
    """Tell what no worker has told, beside the sweep: a receiver that hangs keeps no event from being published."""
    global _telling
    if (_telling is not None and _telling.is_alive()) or not deaths.are_due():
        return
    _telling = threading.Thread(target=_tell_in_thread, name="github-deaths", daemon=True)
    _telling.start()
    _telling.join(WAIT)


_telling: threading.Thread | None = None


def _tell_in_thread() -> None:
    try:
        tell_deaths()
    except Exception:  # the next sweep goes on
        logger.exception("signals are left to the next sweep")
    finally:
        connections.close_all()  # those of this thread


def _tell(due: deaths.Due) -> None:
    event = EventLog.objects.filter(pk=due.event_id).first()
    if event is None:
        return  # deleted since: nobody can look at it any more
    if not due.handler:
        _send(event_dead, EventLog, event=event)
        return
    run = HandlerRun.objects.filter(event_id=due.event_id, handler=due.handler, position=due.position).first()
    if run is not None:
        _send(handler_failed, HandlerRun, run=run, event=event)


def _send(signal: Signal, sender: Any, *, event: EventLog, **what: Any) -> None:
    for receiver, answer in signal.send_robust(sender=sender, event=event, **what):
        if isinstance(answer, Exception):
            name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
            logger.error(
                "a receiver of a signal failed",
                exc_info=answer,
                extra={"event_id": event.pk, "receiver": name, "error": describe(answer)},
            )
