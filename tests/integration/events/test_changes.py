"""The built-in handlers: any order, any number of times, and rows that are missing are made."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from django.core.cache import cache
from gidgethub import sansio

from django_github_app import routing
from django_github_app.events import ahandlers, changes, handlers
from django_github_app.github import requests
from django_github_app.models import Installation, InstallationStatus, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.testing import FakeGitHub
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db

ID = 7001
_guids = itertools.count()


@pytest.fixture(autouse=True)
def _no_news() -> None:
    cache.clear()


def at(minute: int) -> str:
    return f"2026-03-01T10:{minute:02}:00Z"


def installation_data(minute: int = 0, login: str = "octo", **more: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "app_id": 12345,
        "account": {"id": 9, "login": login},
        "updated_at": at(minute),
        "suspended_at": None,
        "permissions": {},
        **more,
    }


def repo(number: int, name: str) -> dict[str, Any]:
    return {"id": number, "node_id": f"R_{number}", "full_name": name, "private": False}


def event(kind: str, action: str, **data: Any) -> sansio.Event:
    return sansio.Event({"action": action, **data}, event=kind, delivery_id=f"guid-{next(_guids)}")


def installation(action: str, minute: int = 0, **more: Any) -> sansio.Event:
    data = {"suspended_at": at(minute)} if action == "suspend" else {}
    return event("installation", action, installation=installation_data(minute, **data), **more)


def repositories(minute: int, added: Any = (), removed: Any = ()) -> sansio.Event:
    return event(
        "installation_repositories",
        "added" if added else "removed",
        installation=installation_data(minute),
        repositories_added=list(added),
        repositories_removed=list(removed),
    )


def repository(action: str, minute: int, name: str, number: int = 1, **more: Any) -> sansio.Event:
    data = {**repo(number, name), "updated_at": at(minute), "archived": False, **more}
    return event("repository", action, repository=data, installation={"id": ID, "node_id": "MDI"})


def handle(worker_type: str, *events: sansio.Event) -> None:
    with GitHubRouter.isolated():
        changes.register(GitHubRouter())
        for one in events:
            for call in routing.match(one, worker_type):
                call.callback(one)


def state() -> dict[str, Any]:
    found = Installation.objects.filter(installation_id=ID).first()
    return {
        "status": found.status if found else None,
        "account": found.account if found else None,
        "repositories": sorted(Repository.objects.values_list("repository_id", "full_name")),
    }


def test_both_worker_types_have_the_same_handlers() -> None:
    registered = [[(r.event_type, r.callback) for r in m.gh.registrations] for m in (handlers, ahandlers)]
    assert registered[0] == registered[1] != []


@pytest.mark.parametrize("worker_type", ["sync", "async"])
def test_installing_and_uninstalling(worker_type: str) -> None:
    handle(worker_type, installation("created", repositories=[repo(1, "octo/a"), repo(2, "octo/b")]))
    assert state() == {
        "status": InstallationStatus.ACTIVE,
        "account": "octo",
        "repositories": [(1, "octo/a"), (2, "octo/b")],
    }
    handle(worker_type, installation("deleted", 1))
    assert state() == {"status": None, "account": None, "repositories": []}


@pytest.mark.parametrize(
    ("action", "status"),
    [
        ("suspend", InstallationStatus.INACTIVE),
        ("unsuspend", InstallationStatus.ACTIVE),
        ("new_permissions_accepted", InstallationStatus.ACTIVE),
    ],
)
def test_an_installation_that_is_missing_is_made(action: str, status: InstallationStatus) -> None:
    handle("sync", installation(action))
    assert state()["status"] == status


def test_another_apps_installation_is_none_of_ours() -> None:
    other = installation_data(app_id=99)
    handle("sync", event("installation", "created", installation=other, repositories=[repo(1, "octo/a")]))
    assert not Installation.objects.exists()


def test_new_permissions_are_stored() -> None:
    data = installation_data(permissions={"issues": "write"})
    handle(
        "sync", installation("created"), event("installation", "new_permissions_accepted", installation=data)
    )
    assert Installation.objects.get().data["permissions"] == {"issues": "write"}


LIFE = [
    installation("created", 0, repositories=[repo(1, "octo/a"), repo(2, "octo/b")]),
    installation("suspend", 1),
    installation("unsuspend", 2),
    repositories(3, removed=[repo(1, "octo/a")]),
    repositories(4, added=[repo(3, "octo/c")]),
    repositories(5, added=[repo(1, "octo/a")]),
    repositories(6, removed=[repo(2, "octo/b")]),
    installation("new_permissions_accepted", 7),
    repository("renamed", 8, "octo/c2", 3),
    repository("renamed", 9, "octo/c3", 3),
    repository("archived", 10, "octo/c3", 3, archived=True),
]


@pytest.mark.parametrize("seed", range(25))
def test_the_events_of_a_life_end_the_same_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    events = [*LIFE, *chance.sample(LIFE, 3)]
    chance.shuffle(events)
    handle(chance.choice(["sync", "async"]), *events)
    assert state() == {
        "status": InstallationStatus.ACTIVE,
        "account": "octo",
        "repositories": [(1, "octo/a"), (3, "octo/c3")],
    }
    assert Repository.objects.get(repository_id=3).archived is True


@pytest.mark.parametrize("seed", range(10))
def test_what_is_deleted_stays_deleted_in_any_order(seed: int) -> None:
    events = [*LIFE, installation("deleted", 8)]
    random.Random(seed).shuffle(events)
    handle("sync", *events)
    assert not Installation.objects.exists()


def test_a_repository_that_is_missing_is_made_with_its_installation() -> None:
    handle("sync", repository("renamed", 0, "octo/new"))
    assert state()["repositories"] == [(1, "octo/new")]
    assert Installation.objects.get().installation_id == ID


def test_a_repository_is_removed_however_late_its_own_latest_change_was() -> None:
    handle("sync", installation("created", 0, repositories=[repo(1, "octo/a")]))
    # GitHub does not move the installation's date when its repositories change.
    handle("sync", repository("renamed", 50, "octo/b"), repositories(0, removed=[repo(1, "octo/b")]))
    assert state()["repositories"] == []
    handle("sync", repository("archived", 40, "octo/b", archived=True))
    assert state()["repositories"] == []
    handle("sync", repositories(0, added=[repo(1, "octo/b")]))
    assert state()["repositories"] == [(1, "octo/b")]


def test_a_deleted_repository_does_not_come_back() -> None:
    handle("sync", repository("renamed", 0, "octo/a"), repository("deleted", 1, "octo/a"))
    handle("sync", repository("renamed", 0, "octo/a"))
    assert state()["repositories"] == []


def test_a_transferred_repository_belongs_to_its_new_owner() -> None:
    other = Installation.objects.create(installation_id=5, data={"account": {"login": "acme"}})
    Repository.objects.create(
        installation=other, repository_id=1, repository_node_id="R_1", full_name="acme/a"
    )
    handle("sync", installation("created"), repository("transferred", 2, "octo/a"))
    moved = Repository.objects.get()
    assert (moved.full_name, moved.installation.installation_id) == ("octo/a", ID)
    late = event(
        "installation_repositories",
        "removed",
        installation={**installation_data(3, "acme"), "id": 5},
        repositories_removed=[repo(1, "acme/a")],
    )
    handle("sync", late)
    assert Repository.objects.get().installation.installation_id == ID


def test_visibility_and_archiving_are_stored() -> None:
    for minute, (action, more) in enumerate(
        [
            ("privatized", {"private": True}),
            ("archived", {"private": True, "archived": True}),
            ("unarchived", {"private": True}),
            ("publicized", {"private": False}),
        ]
    ):
        handle("sync", repository(action, minute, "octo/a", **more))
        found = Repository.objects.get()
        assert found.private is more.get("private", False)
        assert found.archived is more.get("archived", False)


def renamed_account(old: str, new: str) -> sansio.Event:
    return event(
        "installation_target",
        "renamed",
        account={"id": 9, "login": new},
        changes={"login": {"from": old}},
        installation={"id": ID, "node_id": "MDI"},
        target_type="Organization",
    )


def test_a_renamed_account_renames_its_repositories() -> None:
    handle("sync", installation("created", repositories=[repo(1, "octo/a"), repo(2, "octo/b")]))
    handle("sync", renamed_account("octo", "octopus"), renamed_account("octo", "octopus"))
    assert state()["account"] == "octopus"
    assert state()["repositories"] == [(1, "octopus/a"), (2, "octopus/b")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_github_is_asked_when_renames_change_places(fake_github: FakeGitHub, order: tuple[int, int]) -> None:
    app_id = fake_github.app_id
    data = installation_data(app_id=app_id)
    created = event("installation", "created", installation=data, repositories=[repo(1, "octo/a")])
    renames = [renamed_account("octo", "octopus"), renamed_account("octopus", "kraken")]
    fake_github.add_installation("kraken", id=ID)
    handle("sync", created, *(renames[i] for i in order))
    assert state()["account"] == "kraken"
    assert state()["repositories"] == [(1, "kraken/a")]


def test_an_unsuspended_installation_works_again_at_once(octo: Octo) -> None:
    from django_github_app import errors

    octo.installation.suspend()
    with pytest.raises(errors.InstallationSuspended):
        octo.sync_client().getitem("/repos/octo/widgets")
    octo.installation.unsuspend()
    handle("sync", event("installation", "unsuspend", installation=octo.installation.json()))
    requests.store.forget()
    assert octo.sync_client().getitem("/repos/octo/widgets")["name"] == "widgets"
