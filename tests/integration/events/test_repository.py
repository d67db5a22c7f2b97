"""What django-github-app does on ``repository`` events, by its name."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from gidgethub import sansio

from django_github_app.events import arepository, repository
from django_github_app.models import Installation, Repository

pytestmark = pytest.mark.django_db


def renamed(number: int, name: str) -> sansio.Event:
    data: dict[str, Any] = {"action": "renamed", "repository": {"id": number, "full_name": name}}
    return sansio.Event(data, event="repository", delivery_id="1")


@pytest.mark.parametrize(
    "rename", [repository.rename_repository, async_to_sync(arepository.arename_repository)]
)
def test_a_repository_that_is_stored_has_another_name(rename: Any) -> None:
    row = Installation.objects.create(installation_id=9)
    Repository.objects.create(installation=row, repository_id=1, full_name="octo/demo")
    rename(renamed(1, "octo/new"), None)
    rename(renamed(2, "octo/other"), None)
    assert [one.full_name for one in Repository.objects.all()] == ["octo/new"]
