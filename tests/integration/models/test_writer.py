"""What a router of the project says about reads decides nothing here."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connections, models

from django_github_app.models import Installation, Repository
from django_github_app.models.writer import WriterManager

MODELS = list(apps.get_app_config("django_github_app").get_models())


class ReplicaRouter:
    """Sends all reads to a database that is not there: whoever asks it fails."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, *objects: Any, **hints: Any) -> bool:
        return True


@pytest.fixture(autouse=True)
def _replica(settings: Any) -> None:
    settings.DATABASE_ROUTERS = [ReplicaRouter()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_manager_of_every_model_reads_from_the_writer(model: type[models.Model]) -> None:
    for manager in [model._default_manager, model._base_manager, *model._meta.managers]:
        assert isinstance(manager, WriterManager)
        assert manager.db == "default"
        assert manager.all().db == manager.filter(pk=1).values_list("pk").db == "default"


def test_another_database_can_still_be_asked_by_name() -> None:
    assert Installation.objects.using("replica").db == "replica"
    assert Installation.objects.db_manager("replica").all().db == "replica"


@pytest.mark.django_db
def test_related_rows_and_refreshed_ones_come_from_the_writer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # Django asks it for its features, which needs no connection.
    nowhere = {**connections.settings["default"], "NAME": "/nowhere/replica"}
    monkeypatch.setitem(connections.settings, "replica", nowhere)
    installation = Installation.objects.create_from_gh_data({"id": 7, "account": {"login": "octo"}})
    (repository,) = Repository.objects.create_from_gh_data([{"id": 8, "full_name": "octo/one"}], installation)
    installation.refresh_from_db()
    assert list(installation.repositories.all()) == [repository]
    assert Repository.objects.get(repository_id=8).installation == installation
    assert Installation.objects.get_or_create(installation_id=7) == (installation, False)
