"""``Lock``: work that one process at a time may do, and until when its holder may be believed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .writer import WriterManager


class Lock(models.Model):
    """A named lock with a term. `django_github_app.maintenance.locks` takes, renews and releases it.

    A row and not a lock of the database's session: behind a pooler that gives each transaction another connection, a
    session's lock stays where nobody can release it.
    """

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=64, help_text="Made up anew by each holder")
    expires_at = models.DateTimeField(
        default=timezone.now, help_text="By the database's clock; from then on it is free"
    )

    objects = WriterManager["Lock"]()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.name
