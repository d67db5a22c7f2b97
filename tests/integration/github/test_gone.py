"""What no page lists may be there all the same: GitHub's pages shift while they are read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone
from gidgethub import sansio

from django_github_app.events import changes
from django_github_app.maintenance import missed, reconcile
from django_github_app.models import EventLog, Installation, Repository
from django_github_app.testing import FakeGitHub
from django_github_app.testing.fake_github_server import Context
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db

PAST = timezone.now() + dt.timedelta(days=1)


def names() -> list[str]:
    return sorted(Repository.objects.values_list("full_name", flat=True))


@pytest.fixture
def shifting(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Ids that are in no page of a list, as if they had moved to one that was read before."""
    hidden: set[int] = set()
    page = Context.page

    def shifted(self: Context, items: list[Any], key: str | None = None) -> Any:
        return page(self, [one for one in items if one["id"] not in hidden], key)

    monkeypatch.setattr(Context, "page", shifted)
    return hidden


def test_a_live_installation_that_no_page_lists_is_kept_with_its_repositories(
    octo: Octo, shifting: set[int]
) -> None:
    reconcile.reconcile()
    Installation.objects.update(changed_at=None)
    shifting.add(octo.installation.id)
    done = reconcile.reconcile(older_than=PAST)
    assert done.removed_installations == 0
    assert names() == ["octo/widgets"]


def test_a_deleted_one_is_removed(octo: Octo) -> None:
    reconcile.reconcile()
    Installation.objects.update(changed_at=None)
    octo.github.delete_installation(octo.installation)
    assert reconcile.reconcile().removed_installations == 1
    assert (Installation.objects.count(), names()) == (0, [])


@pytest.mark.parametrize("status", [500, 401, 403])
def test_an_installation_of_which_github_does_not_tell_is_kept(
    octo: Octo, shifting: set[int], status: int
) -> None:
    reconcile.reconcile()
    Installation.objects.update(changed_at=None)
    shifting.add(octo.installation.id)
    octo.github.fail_next(9, status=status, path=rf"/app/installations/{octo.installation.id}$")
    assert reconcile.reconcile().removed_installations == 0
    assert Installation.objects.count() == 1


def test_what_is_new_or_another_apps_is_kept(octo: Octo) -> None:
    Installation.objects.create(installation_id=1, data={}, changed_at=timezone.now())
    Installation.objects.create(installation_id=2, data={"app_id": octo.github.app_id + 1})
    assert reconcile.reconcile().removed_installations == 0
    assert Installation.objects.count() == 3


def test_a_run_without_time_removes_nothing(octo: Octo) -> None:
    Installation.objects.create(installation_id=1, data={})
    done = reconcile.reconcile(seconds=-1)
    assert (done.removed_installations, done.left) == (0, 3)


def test_a_repository_that_no_page_lists_is_kept(octo: Octo, shifting: set[int]) -> None:
    reconcile.reconcile()
    shifting.add(octo.repo.id)
    assert reconcile.reconcile(older_than=PAST).removed_repositories == 0
    assert names() == ["octo/widgets"]


def test_a_public_repository_that_anybody_may_read_is_no_proof(octo: Octo) -> None:
    other = octo.github.add_installation("acme", repositories=["acme/open"])
    stored = Installation.objects.create_from_gh_data(octo.installation.json())
    Repository.objects.create_from_gh_data(octo.github.repo("acme/open").json(), stored)
    reconcile.reconcile()
    assert Repository.objects.get(full_name="acme/open").installation.installation_id == other.id


# Renamed accounts


def renamed(account: dict[str, Any], change: dict[str, Any]) -> None:
    data = {
        "action": "renamed",
        "account": account,
        "installation": {"id": 7001},
        "target_type": "Enterprise",
    }
    changes.rename_account(
        sansio.Event({**data, "changes": change}, event="installation_target", delivery_id="1")
    )


def stored(account: dict[str, Any]) -> Installation:
    row = Installation.objects.create(installation_id=7001, data={"account": account})
    Repository.objects.create(installation=row, repository_id=1, repository_node_id="", full_name="octo/a")
    return row


def test_a_rename_that_says_only_the_slug_is_a_rename() -> None:
    row = stored({"login": "octo", "id": 9})
    renamed({"login": "octopus", "id": 9}, {"slug": {"from": "octo"}})
    row.refresh_from_db()
    assert (row.account, names()) == ("octopus", ["octopus/a"])


def test_an_enterprise_has_a_slug_and_owns_no_repository() -> None:
    row = stored({"slug": "big", "id": 9})
    assert row.account == "big"
    renamed({"slug": "bigger", "id": 9}, {"slug": {"from": "big"}})
    row.refresh_from_db()
    assert (row.account, names()) == ("bigger", ["octo/a"])


@pytest.mark.parametrize("account", [{}, {"id": 9}, None])
def test_an_event_that_does_not_say_the_name_has_it_asked_for(octo: Octo, account: Any) -> None:
    row = stored({"login": "octo", "id": 9})
    octo.github.add_installation("kraken", id=7001)
    renamed(account, {})
    row.refresh_from_db()
    assert (row.account, names()) == ("kraken", ["kraken/a"])


# Hooks of one event share its GUID


@pytest.mark.parametrize("configured", ["app id", "client id only"])
@pytest.mark.parametrize(("own", "failed"), [(True, 0), (False, 1)])
def test_a_delivery_through_another_hook_is_not_the_apps(
    fake_github: FakeGitHub, configured: str, own: bool, failed: int
) -> None:
    lost = fake_github.deliver("push", {}, send=False)
    target = fake_github.app_id if own else 4711
    EventLog.objects.create(event="push", delivery=lost.guid, hook_id=5, target_id=target)
    app = {"RECOVER_MISSED": "all", **({} if configured == "app id" else {"APP_ID": ""})}
    when = dt.datetime.fromtimestamp(fake_github.now(), dt.UTC) + dt.timedelta(minutes=2)
    with override_settings(GITHUB_APP={**settings.GITHUB_APP, **app}):
        assert missed.recover_missed(when).failed == failed
