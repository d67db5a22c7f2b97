"""Moments, whatever ``USE_TZ`` says.

With ``USE_TZ = False`` Django's fields take and give naive local times. Calculations here use aware ones, and what
goes into a field, or is compared with one, is converted at that place.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils import timezone

__all__ = ["as_aware", "as_field", "as_utc", "utc_now"]


def utc_now() -> dt.datetime:
    """Return the present moment, aware, in UTC; ``django.utils.timezone.now`` is naive without ``USE_TZ``."""
    return dt.datetime.now(dt.UTC)


def as_aware(moment: dt.datetime) -> dt.datetime:
    """Return a moment that a field gave, aware: a naive one is in the project's time zone."""
    return timezone.make_aware(moment, timezone.get_default_timezone()) if moment.tzinfo is None else moment


def as_utc(moment: dt.datetime | str, zone: dt.tzinfo) -> dt.datetime:
    """Return a moment, or its text, aware and in UTC; one that names no zone is in ``zone``."""
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    elif moment.tzinfo is dt.UTC:
        return moment
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(dt.UTC)


def as_field(moment: dt.datetime) -> dt.datetime:
    """Return a moment as a ``DateTimeField`` of this project takes and gives it."""
    if settings.USE_TZ:
        return as_aware(moment)
    if moment.tzinfo is None:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())
