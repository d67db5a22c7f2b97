"""``Installation`` and ``Repository``: where the app is installed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from gidgethub import sansio


class InstallationManager(models.Manager["Installation"]):
    pass


class InstallationStatus(models.IntegerChoices):
    ACTIVE = 1, "Active"
    INACTIVE = 2, "Inactive"

    @classmethod
    def from_event(cls, event: sansio.Event) -> InstallationStatus:
        """Return the status that an ``installation`` event leaves. Raises ValueError for an unknown action."""
        match event.data["action"]:
            case "deleted" | "suspend":
                return cls.INACTIVE
            case "created" | "unsuspend" | "new_permissions_accepted":
                return cls.ACTIVE
            case unknown:
                raise ValueError(f"Unknown installation action: {unknown}")


class AccountType(StrEnum):
    ORG = "org"
    USER = "user"


class Installation(models.Model):
    """One installation of the app on an organisation or user account."""

    id: int
    installation_id = models.PositiveBigIntegerField(unique=True)
    data = models.JSONField(default=dict)
    status = models.SmallIntegerField(choices=InstallationStatus.choices, default=InstallationStatus.ACTIVE)

    objects = InstallationManager()

    def __str__(self) -> str:
        return str(self.installation_id)


class RepositoryManager(models.Manager["Repository"]):
    pass


class Repository(models.Model):
    """A repository that an installation gives access to."""

    id: int
    installation = models.ForeignKey(
        "django_github_app.Installation", on_delete=models.CASCADE, related_name="repositories"
    )
    repository_id = models.PositiveBigIntegerField(unique=True)
    repository_node_id = models.CharField(max_length=255)
    full_name = models.CharField(max_length=255)

    objects = RepositoryManager()

    class Meta:
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.full_name

    @property
    def owner(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def repo(self) -> str:
        return self.full_name.split("/")[1]
