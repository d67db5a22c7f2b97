"""What django-github-app does on ``installation`` events, callable by its names. Importing it registers nothing.

The package's own handlers are in `changes`; these are for projects that call django-github-app's by hand.
"""

from __future__ import annotations

from typing import Any

from gidgethub import sansio

from django_github_app.models import Installation, InstallationStatus, Repository

from . import changes


def create_installation(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """The app was installed."""
    Installation.objects.create_from_event(event)


def delete_installation(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """The app was uninstalled."""
    changes.remove_installation(event)


def toggle_installation_status(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """The app was suspended, or works again."""
    installation = Installation.objects.get_or_create_from_event(event)
    if installation is not None:
        installation.status = InstallationStatus.from_event(event)
        installation.save(update_fields=["status"])


def sync_installation_data(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """The app was given other permissions."""
    installation = Installation.objects.get_or_create_from_event(event)
    if installation is not None:
        installation.take(event.data["installation"], InstallationStatus(installation.status))
        installation.save()


def sync_installation_repositories(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """Repositories were added to an installation, or removed from it."""
    Repository.objects.sync_repositories_from_event(event)
