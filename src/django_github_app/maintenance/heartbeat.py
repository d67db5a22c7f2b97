"""When the sweep last ran, as the shared cache and a row know it: the sign that beat and maintenance are alive."""

from __future__ import annotations

import datetime as dt
import logging

from django_github_app.conf import app_settings
from django_github_app.github import cache as shared
from django_github_app.observe import pulses
from django_github_app.process.clock import utc_now
from django_github_app.sql.clock import database_now

logger = logging.getLogger(__name__)

KEPT = 7 * 24 * 3600


def note() -> None:
    """Note that the sweep ran, in a row and in the cache. One that is down costs a line in the log."""
    pulses.note(pulses.SWEEP)
    try:
        shared.backend().set(_key(), database_now().timestamp(), KEPT)
    except Exception as error:  # noqa: BLE001 - whatever the cache's client raises
        logger.debug("the sweep could not be noted", extra={"error": type(error).__name__})


def latest() -> dt.datetime | None:
    """Return when the sweep last ran by this host's clock; None if that is not known.

    Raises what the clients of the cache and of the database raise.
    """
    noted = shared.backend().get(_key())
    if not isinstance(noted, float):
        return None
    return utc_now() - (database_now() - dt.datetime.fromtimestamp(noted, dt.UTC))


def _key() -> str:
    return shared.key(app_settings.API_URL, "swept")
