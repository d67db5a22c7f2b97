"""When the sweep last ran, as the shared cache and a row know it: the sign that beat and maintenance are alive."""

from __future__ import annotations

import datetime as dt
import logging
import time

from django_github_app.conf import app_settings
from django_github_app.github import cache as shared
from django_github_app.observe import pulses

logger = logging.getLogger(__name__)

KEPT = 7 * 24 * 3600


def note() -> None:
    """Note that the sweep ran, in a row and in the cache. One that is down costs a line in the log."""
    pulses.note(pulses.SWEEP)
    try:
        shared.backend().set(_key(), time.time(), KEPT)
    except Exception as error:  # noqa: BLE001 - whatever the cache's client raises
        logger.debug("the sweep could not be noted", extra={"error": type(error).__name__})


def latest() -> dt.datetime | None:
    """Return when the sweep last ran; None if that is not known. Raises what the cache's client raises."""
    noted = shared.backend().get(_key())
    return dt.datetime.fromtimestamp(noted, dt.UTC) if isinstance(noted, float) else None


def _key() -> str:
    return shared.key(app_settings.API_URL, "swept")
