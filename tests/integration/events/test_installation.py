"""What django-github-app does on ``installation`` events, by its names."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from gidgethub import sansio

from django_github_app.events import ainstallation, installation, repository
from django_github_app.models import Installation, InstallationStatus, Repository

pytestmark = pytest.mark.django_db


def event(name: str, **data: Any) -> sansio.Event:
    return sansio.Event(data, event=name, delivery_id="1")


def test_the_functions_of_its_handlers_do_what_they_did() -> None:
    added = [{"id": 1, "node_id": "R", "full_name": "octo/demo"}]
    made = event("installation", action="created", installation={"id": 9}, repositories=added)
    async_to_sync(ainstallation.acreate_installation)(made, None)
    row = Installation.objects.get(installation_id=9)
    made = event("installation", action="suspend", installation={"id": 9})
    async_to_sync(ainstallation.atoggle_installation_status)(made, None)
    row.refresh_from_db()
    assert row.status == InstallationStatus.INACTIVE
    new = {"id": 9, "app_slug": "b"}
    made = event("installation", action="new_permissions_accepted", installation=new)
    async_to_sync(ainstallation.async_installation_data)(made, None)
    row.refresh_from_db()
    assert (row.data, row.status) == (new, InstallationStatus.INACTIVE)


def test_renaming_and_deleting_by_its_functions() -> None:
    row = Installation.objects.create(installation_id=9)
    Repository.objects.create(installation=row, repository_id=1, full_name="octo/demo")
    repository.rename_repository(
        event("repository", action="renamed", repository={"id": 1, "full_name": "octo/new"}), None
    )
    assert Repository.objects.get().full_name == "octo/new"
    installation.delete_installation(event("installation", action="deleted", installation={"id": 9}), None)
    assert not Repository.objects.exists()
