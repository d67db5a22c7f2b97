"""Which deliveries some handler of the project wants, told by their event and action alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django_github_app import routing
from django_github_app.comments.places import PLACES
from django_github_app.conf import app_settings
from django_github_app.deliveries.event_names import EVERY
from django_github_app.errors import HandlerLoadError
from django_github_app.observe.redaction import describe
from django_github_app.routing import Registration

__all__ = ["Wants", "everything", "wants", "wants_of"]

logger = logging.getLogger(__name__)

Wants = Callable[[str, str | None], bool]
"""Says of an event and its action whether a handler is for it."""


def everything(event: str, action: str | None) -> bool:
    """Say that any event is wanted."""
    return True


def wants() -> Wants:
    """Return what the handlers of both worker types want; everything where the settings or a broken module say so."""
    if app_settings.RECOVER_MISSED == "all":
        return everything
    try:
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        routing.GitHubRouter.ensure_async_handlers_loaded()
    except HandlerLoadError as error:
        # Nobody knows what its handlers are for: rather too much than too little.
        logger.warning("handlers could not be imported", extra={"error": describe(error)})
        return everything
    return wants_of(routing.registrations())


def _actions_of(registration: Registration) -> set[str] | None:
    place = PLACES.get(registration.event_type)
    if registration.command is None or place is None:
        return registration.actions
    return {place.new, "edited"}  # what brings a text; a box that is ticked in one edits it


def wants_of(registrations: Iterable[Registration]) -> Wants:
    """Return what registrations want. What details other than the action ask for, only the payload could tell."""
    by_event: dict[str, set[str] | None] = {}
    for registration in registrations:
        actions, known = _actions_of(registration), by_event.get(registration.event_type, set())
        by_event[registration.event_type] = None if actions is None or known is None else known | actions

    def is_wanted(event: str, action: str | None) -> bool:
        for name in (event, EVERY):
            actions = by_event.get(name, set())
            if actions is None or action in actions:
                return True
        return False

    return is_wanted
