"""Managers that read where they write."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class WriterManager(models.Manager[M]):
    """Reads from the database that is written to, whatever ``db_for_read`` of a project's router says.

    What is read here decides what runs, is deleted or is answered, and a replica that lags would have callbacks that
    succeeded run again. ``using()`` asks another database all the same.
    """

    @property
    def db(self) -> str:
        """The alias that is asked: the writer's, unless somebody named another."""
        return self._db or router.db_for_write(self.model, **self._hints)  # type: ignore[attr-defined]  # Django's

    def get_queryset(self) -> QuerySet[M]:
        """Return all rows, as the writer has them."""
        found = super().get_queryset()
        return found if self._db else found.using(self.db)
