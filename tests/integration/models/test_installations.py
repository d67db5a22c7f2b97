"""Installation and Repository: the methods of django-github-app, asynchronous and synchronous."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from gidgethub import sansio

from django_github_app import errors
from django_github_app.models import AccountType, Installation, InstallationStatus, Repository
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(octo: Octo) -> Installation:
    return Installation.objects.create_from_gh_data(octo.installation.json())


def event(kind: str, **data: Any) -> sansio.Event:
    return sansio.Event(data, event=kind, delivery_id="d-1")


def test_an_installation_gets_its_token(octo: Octo, stored: Installation) -> None:
    assert stored.get_access_token() == octo.installation.tokens[0].value
    assert stored.get_access_token(stored.get_gh_client()) == octo.installation.tokens[0].value
    assert octo.token_requests == 1


def test_an_unknown_installation_gets_none(octo: Octo) -> None:
    with pytest.raises(errors.InstallationNotFound):
        Installation(installation_id=1).get_access_token()


@pytest.mark.parametrize("asked", [(), (AccountType.ORG, "octo"), ("user", "octo")])
def test_an_installation_is_refreshed(octo: Octo, stored: Installation, asked: tuple[str, ...]) -> None:
    octo.installation.permissions["issues"] = "read"
    octo.installation.suspend()
    stored.refresh_from_gh(*asked)
    stored.refresh_from_db()
    assert stored.data["permissions"]["issues"] == "read"
    assert stored.status == InstallationStatus.INACTIVE


def test_an_unknown_account_type_is_refused(stored: Installation) -> None:
    with pytest.raises(ValueError, match="'org' or 'user'"):
        stored.refresh_from_gh("team", "octo")


def test_repositories_and_issues_are_listed(octo: Octo, stored: Installation) -> None:
    for number in range(150):
        octo.github.repo(f"octo/r{number:03}")
    assert len(stored.get_repos()) == 151
    assert len(stored.get_repos({"per_page": 10})) == 151
    repository = Repository.objects.create_from_gh_data(octo.repo.json(), stored)
    octo.repo.issue(2, state="closed")
    assert [issue["number"] for issue in repository.get_issues()] == [1]
    assert [issue["number"] for issue in repository.get_issues({"state": "all"})] == [2, 1]
    assert (repository.owner, repository.repo, repository.private) == ("octo", "widgets", False)


@pytest.mark.django_db(transaction=True)
async def test_the_asynchronous_methods_do_the_same(octo: Octo) -> None:
    stored = await Installation.objects.acreate_from_gh_data(octo.installation.json())
    await stored.arefresh_from_gh()
    assert [r["full_name"] for r in await stored.aget_repos()] == ["octo/widgets"]
    (repository,) = await Repository.objects.acreate_from_gh_data([octo.repo.json()], stored)
    assert [issue["number"] for issue in await repository.aget_issues()] == [1]
    about = event("issues", installation={"id": octo.installation.id}, repository=octo.repo.json())
    assert await Installation.objects.aget_from_event(about) == stored
    assert await Repository.objects.aget_from_event(about) == repository
    assert await stored.aget_access_token() == octo.installation.tokens[0].value
    await sync_to_async(connections.close_all)()  # the thread's own


def test_storing_twice_keeps_one(octo: Octo, stored: Installation) -> None:
    for _ in range(2):
        Installation.objects.create_from_gh_data(octo.installation.json())
        Repository.objects.create_from_gh_data([octo.repo.json(), octo.repo.short_json()], stored)
    assert (Installation.objects.count(), Repository.objects.count()) == (1, 1)
    assert Repository.objects.get().private is False


def test_events_find_their_installation_and_repository(octo: Octo, stored: Installation) -> None:
    Repository.objects.create_from_gh_data(octo.repo.json(), stored)
    about = event("issues", installation={"id": octo.installation.id}, repository=octo.repo.json())
    assert Installation.objects.get_from_event(about) == stored
    assert Repository.objects.get_from_event(about).full_name == "octo/widgets"  # type: ignore[union-attr]
    nothing = event("ping")
    assert Installation.objects.get_from_event(nothing) is None
    assert Repository.objects.get_from_event(nothing) is None
    assert Installation.objects.get_or_create_from_event(nothing) is None


def test_an_installation_is_made_from_the_little_that_most_events_say(octo: Octo) -> None:
    made = Installation.objects.get_or_create_from_event(
        event("push", installation={"id": 77, "node_id": "x"})
    )
    assert made is not None
    assert (made.installation_id, made.account, made.app_slug) == (77, "", "bot")
    octo.installation.id = 77
    octo.github.installations[77] = octo.installation
    made.refresh_from_gh()
    assert made.account == "octo"


def test_another_event_is_no_repository_list() -> None:
    with pytest.raises(ValueError, match="Expected 'installation_repositories' event, got 'push'"):
        Repository.objects.sync_repositories_from_event(event("push"))
