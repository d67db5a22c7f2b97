"""Reconciliation: installations and repositories become what GitHub has."""

from __future__ import annotations

import pytest
from django.utils import timezone

from django_github_app.maintenance import locks, reconcile
from django_github_app.models import Installation, InstallationStatus, Repository
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


def repositories() -> list[str]:
    return sorted(Repository.objects.values_list("full_name", flat=True))


def test_both_tables_become_what_github_has(octo: Octo) -> None:
    gone = Installation.objects.create(installation_id=1, data={})
    Repository.objects.create(installation=gone, repository_id=1, repository_node_id="", full_name="a/gone")
    stored = Installation.objects.create_from_gh_data(octo.installation.json())
    Repository.objects.create(
        installation=stored, repository_id=2, repository_node_id="", full_name="octo/gone"
    )
    octo.github.add_installation("acme", repositories=["acme/one", "acme/two"])
    asleep = octo.github.add_installation("asleep", repositories=["asleep/dreams"])
    asleep.suspend()

    done = reconcile.reconcile()

    assert (done.installations, done.removed_installations) == (3, 1)
    assert (done.repositories, done.removed_repositories) == (3, 1)
    assert repositories() == ["acme/one", "acme/two", "octo/widgets"]
    sleeping = Installation.objects.get(installation_id=asleep.id)
    assert sleeping.status == InstallationStatus.INACTIVE


def test_a_rename_that_was_missed_is_found(octo: Octo) -> None:
    reconcile.reconcile()
    octo.github.rename_repo("octo/widgets", "octo/gadgets")
    assert reconcile.reconcile().repositories == 0  # compared a moment ago
    assert reconcile.reconcile(older_than=timezone.now()).repositories == 1
    assert repositories() == ["octo/gadgets"]


def test_a_run_that_has_no_time_leaves_the_rest_to_the_next(octo: Octo) -> None:
    octo.github.add_installation("acme", repositories=["acme/one"])
    assert reconcile.reconcile(seconds=-1).left == 2
    assert reconcile.reconcile().left == 0
    assert repositories() == ["acme/one", "octo/widgets"]


def test_one_installation_that_fails_does_not_stop_the_others(octo: Octo) -> None:
    acme = octo.github.add_installation("acme", repositories=["acme/one"])
    octo.github.fail_next(9, status=500, installation=octo.installation)
    reconcile.reconcile()
    assert repositories() == ["acme/one"]
    octo.github.faults.clear()
    octo.github.fail_next(9, status=500, installation=acme)
    reconcile.reconcile()
    assert repositories() == ["acme/one", "octo/widgets"]


def test_a_rate_limit_ends_the_run_without_an_error(octo: Octo) -> None:
    octo.github.secondary_limit(60)
    assert reconcile.reconcile().installations == 0


def test_an_installation_that_is_limited_is_left_for_later(octo: Octo) -> None:
    octo.github.add_installation("acme", repositories=["acme/one"])
    octo.github.secondary_limit(60, installation=octo.installation)
    done = reconcile.reconcile()
    assert (done.left, repositories()) == (1, ["acme/one"])
    assert done.limited_until is not None


def test_two_runs_at_once_are_one(octo: Octo) -> None:
    with locks.hold(locks.name_of_app("reconcile")) as alone:
        assert alone
        assert reconcile.reconcile().installations == 0
    assert octo.github.requests == []
