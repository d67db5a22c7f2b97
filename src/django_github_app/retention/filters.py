"""Which events of which archives are meant: by file, day, and what the events are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db.models import QuerySet

from django_github_app.errors import GitHubAppError
from django_github_app.models import ArchiveFile, ArchiveState

from .records import ArchivedEvent

__all__ = ["Filter", "NothingArchived"]


class NothingArchived(GitHubAppError):
    """No archive file matches what was asked for. ``manage.py github archives`` lists them."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of which archives. Empty: all of them."""

    files: tuple[int, ...] = ()
    paths: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    deliveries: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    text: str = ""

    def to_json(self) -> dict[str, Any]:
        values = asdict(self)
        for name in ("since", "until"):
            if values[name] is not None:
                values[name] = values[name].isoformat()
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        values = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        for name in ("since", "until"):
            if values.get(name):
                values[name] = dt.date.fromisoformat(values[name])
        return cls(**values)

    def archive_files(self, *, damaged: bool = False) -> list[ArchiveFile]:
        """Return the files that may hold such events, the newest state of an event first.

        ``damaged``: those that were found damaged too. Raises NothingArchived.
        """
        found = ArchiveFile.objects.readable().order_by("-id")
        if damaged:
            found |= ArchiveFile.objects.filter(state=ArchiveState.DAMAGED)
        files = list(self._narrowed(found))
        if not files:
            raise NothingArchived
        return files

    def damaged_files(self) -> list[ArchiveFile]:
        """Return the files that may hold such events and were found damaged: what they hold is missing.

        Not those that were given up before they were whole, whose events are still in the database.
        """
        return list(self._narrowed(ArchiveFile.objects.filter(state=ArchiveState.DAMAGED).exclude(sha256="")))

    def _narrowed(self, found: QuerySet[ArchiveFile]) -> QuerySet[ArchiveFile]:
        if self.files:
            found = found.filter(pk__in=self.files)
        if self.paths:
            found = found.filter(path__in=self.paths)
        if self.since is not None:
            found = found.filter(day__gte=self.since)
        if self.until is not None:
            found = found.filter(day__lte=self.until)
        if self.ids:
            found = found.filter(first_id__lte=max(self.ids), last_id__gte=min(self.ids))
        return found

    def matches(self, event: ArchivedEvent) -> bool:
        """Say whether an archived event is meant."""
        if not (
            _among(event.delivery, self.deliveries)
            and _among(event.repository, self.repositories)
            and _among(event.sender, self.senders)
            and _among(event.status, self.statuses)
            and (not self.ids or event.id in self.ids)
        ):
            return False
        names = (event.event, f"{event.event}.{event.action}")
        if self.events and not any(name in self.events for name in names):
            return False
        if not self.text:
            return True
        content = event.body if event.body is not None else (event.legacy or "").encode()
        return self.text.casefold() in content.decode(errors="replace").casefold()


def _among(value: str | None, wanted: Collection[str]) -> bool:
    return not wanted or (value is not None and value.casefold() in {w.casefold() for w in wanted})
