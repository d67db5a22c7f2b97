"""What django-github-app does on ``repository`` events, callable by its name. Importing it registers nothing."""

from __future__ import annotations

from typing import Any

from gidgethub import sansio

from django_github_app.models import Repository


def rename_repository(event: sansio.Event, gh: Any = None, *args: Any, **kwargs: Any) -> None:
    """A repository has another name."""
    repository = Repository.objects.get_from_event(event)
    if repository is not None:
        repository.full_name = event.data["repository"]["full_name"]
        repository.save(update_fields=["full_name"])
