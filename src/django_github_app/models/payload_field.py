"""``payload`` as Django's options know it: a field without a column, for fixtures, and to say what to do instead.

django-github-app has a column of that name. Here it is decoded from the body when it is read, so a database cannot
look into it; what loads rows by their fields' names, as ``loaddata`` does, still finds it.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import NotSupportedError, models

__all__ = ["PayloadField", "PayloadQuerySet"]

_INSTEAD = (
    "EventLog.payload is no column: it is decoded from the body when it is read. Filter by event, action, "
    "installation_id, repository_id, repository, sender, number or delivery, leave it out of values(), and read "
    "row.payload in Python; to change it, assign row.payload and save the row. See docs/migrating.md."
)

M = TypeVar("M", bound=models.Model)


class PayloadField(models.Field):  # type: ignore[type-arg]  # generic in the stubs only
    """Takes a value where fields are named, and refuses queries with the step to take."""

    def __init__(self) -> None:
        super().__init__(editable=False, null=True, blank=True, default=None)

    def get_attname_column(self) -> tuple[str, Any]:
        """Return the name, and no column: the body holds the payload."""
        return self.get_attname(), None

    def to_python(self, value: Any) -> Any:
        """Return the value as it is: fixtures have decoded payloads."""
        return value

    @property
    def path_infos(self) -> NoReturn:
        """What a query asks a field for first. (Django would replace the text of a FieldError.)"""
        raise NotSupportedError(_INSTEAD)

    def get_db_prep_save(self, value: Any, connection: Any) -> NoReturn:
        """Refuse to be updated. Raises NotSupportedError."""
        raise NotSupportedError(_INSTEAD)


class PayloadQuerySet(models.QuerySet[M]):
    """Refuses to update the field: Django 6 does not ask the field itself, and says only that it has no column."""

    def update(self, **values: Any) -> int:
        """Update columns. Raises NotSupportedError for the payload."""
        if "payload" in values:
            raise NotSupportedError(_INSTEAD)
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]  # as Django marks its own, for templates
