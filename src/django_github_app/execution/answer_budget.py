"""How much one comment, and one person, makes the app say: GitHub counts it, and others need it too."""

from __future__ import annotations

import logging
from weakref import WeakKeyDictionary

from django_github_app.commands import Match
from django_github_app.conf import app_settings
from django_github_app.github import cache as shared

from .runtimes import EventRuntime

__all__ = ["AnswerBudget"]

logger = logging.getLogger(__name__)

MOST_ANSWERS = 10
"""Mistakes, denials and helps of one person that are answered within `SECONDS`. GitHub takes 80 comments a minute
and 500 an hour of an installation, for all people and all purposes."""
SECONDS = 600
REMEMBERED = 86_400

# Reactions that stand already, for as long as an event is being processed: each command would ask for the same.
_reacted: WeakKeyDictionary[EventRuntime, set[str]] = WeakKeyDictionary()


class AnswerBudget:
    """Whether a command's mistake, denial or help is answered: the first of its comment, and few of a person."""

    def __init__(self, match: Match, runtime: EventRuntime) -> None:
        self.match = match
        self.runtime = runtime
        self._admitted: bool | None = None

    async def admits(self) -> bool:
        """Return whether this command may be answered; the same however often it is tried."""
        if self._admitted is None:
            self._admitted = bool(await self.runtime.invoke(self._admit))
        return self._admitted

    def _admit(self) -> bool:
        cache, identity = shared.backend(), self.match.identity
        first = shared.key(app_settings.API_URL, "answered", self.runtime.event_id)
        if not cache.add(first, identity, REMEMBERED):
            return str(cache.get(first)) == identity
        installation, login = self.runtime.claimed.installation_id, self.match.source.sender.casefold()
        person = shared.key(app_settings.API_URL, "answers", shared.digest(installation, login))
        if shared.add_to(cache, person, 1, SECONDS) <= MOST_ANSWERS:
            return True
        cache.set(first, "", REMEMBERED)
        logger.info(
            "person not answered any more",
            extra={"actor": self.match.source.sender, "event_id": self.runtime.event_id, "seconds": SECONDS},
        )
        return False

    def has_reacted(self, content: str) -> bool:
        """Return whether the reaction stands since an earlier command of the comment."""
        return content in _reacted.get(self.runtime, ())

    def note_reaction(self, content: str) -> None:
        _reacted.setdefault(self.runtime, set()).add(content)
