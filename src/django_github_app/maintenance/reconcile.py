"""Compares installations and repositories with GitHub: for events that never came, and those from before."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus

import gidgethub
from django.db.models import F, Q

from django_github_app.conf import app_settings
from django_github_app.errors import (
    GitHubUnavailable,
    GitHubUnreachable,
    InstallationUnavailable,
    RateLimited,
)
from django_github_app.events import freshness
from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl, SyncGitHubAPI, app_jwt, clocks
from django_github_app.models import Installation, InstallationStatus, Repository
from django_github_app.models.clock import DatabaseNow
from django_github_app.models.installations import is_ours
from django_github_app.process.clock import as_aware, as_field, utc_now
from django_github_app.sql.clock import database_now

from . import locks

logger = logging.getLogger(__name__)

SECONDS = 240.0
"""How long one run works; the next goes on with the installations that have waited longest."""

FRESH = dt.timedelta(minutes=10)
"""For so long after its last change an installation is not taken for deleted."""


@dataclass(slots=True)
class Reconciled:
    """What one run did."""

    installations: int = 0
    removed_installations: int = 0
    repositories: int = 0
    removed_repositories: int = 0
    left: int = 0
    """Installations whose repositories are still to be compared."""
    busy: bool = False
    """Another run was at work, so this one did nothing."""
    limited_until: dt.datetime | None = None
    """When GitHub lets us go on, if a rate limit ended the run."""


def reconcile_if_configured() -> Reconciled | None:
    """Do it, unless the app has no key yet: a site without one is being set up."""
    if not (app_settings.PRIVATE_KEY and (app_settings.CLIENT_ID or app_settings.APP_ID)):
        logger.debug("nothing to reconcile without GITHUB_APP['PRIVATE_KEY']")
        return None
    return reconcile()


def reconcile(*, seconds: float = SECONDS, older_than: dt.datetime | None = None) -> Reconciled:
    """Bring both tables up to date with GitHub; return what was done.

    Safe at any time and beside the handlers: rows that appear meanwhile are left alone. Ends early when
    GitHub limits the app. Compares installations that were not compared for RECONCILE_INTERVAL seconds, or
    not since ``older_than``.
    """
    done = Reconciled()
    with locks.hold(locks.name_of_app("reconcile")) as free:
        if not free:
            done.busy = True
            return done
        try:
            _reconcile(done, time.monotonic() + seconds, older_than)
        except RateLimited as limit:
            done.limited_until = limit.at
            logger.info("reconciliation goes on later", extra={"error": str(limit)})
    return done


def _reconcile(done: Reconciled, deadline: float, older_than: dt.datetime | None) -> None:
    older_than = older_than or database_now() - dt.timedelta(seconds=app_settings.RECONCILE_INTERVAL)
    gh = SyncGitHubAPI()
    known = set(Installation.objects.values_list("installation_id", flat=True))
    listed: set[int] = set()
    for data in gh.getiter("/app/installations?per_page=100", jwt=app_jwt()):
        listed.add(data["id"])
        if not freshness.is_gone("installation", data["id"]):
            Installation.objects.create_from_gh_data(data)
            done.installations += 1
    _remove_installations(sorted(known - listed), gh, done, deadline)
    wanted = Installation.objects.filter(
        Q(reconciled_at=None) | Q(reconciled_at__lt=as_field(older_than)), status=InstallationStatus.ACTIVE
    )
    for installation in wanted.order_by(F("reconciled_at").asc(nulls_first=True), "pk"):
        if time.monotonic() > deadline:
            done.left += 1
            continue
        try:
            reconcile_repositories(installation, done, deadline)
        except RateLimited as limit:
            # Of this installation or of the app: the next one tells.
            done.left += 1
            done.limited_until = max(limit.at, done.limited_until or limit.at)
        except InstallationUnavailable as error:
            logger.info("installation is not available", extra={"error": str(error)})
        except (gidgethub.GitHubException, GitHubUnreachable, GitHubUnavailable) as error:
            # The others are compared all the same.
            logger.warning("installation not reconciled", extra={"error": f"{type(error).__name__}: {error}"})


def _remove_installations(ids: list[int], gh: SyncGitHubAPI, done: Reconciled, deadline: float) -> None:
    """Remove those that GitHub does not know any more.

    Pages shift while they are read: an installation that is in none of them may be there all the same, and
    everything that belongs to it would go with it. So each is asked for by its id.
    """
    for number in ids:
        if time.monotonic() > deadline:
            done.left += 1
            continue
        row = Installation.objects.filter(installation_id=number).first()
        if row is None or not is_ours(row.data) or _is_fresh(row.changed_at):
            continue
        try:
            data = gh.getitem(f"/app/installations/{number}", jwt=app_jwt())
        except gidgethub.HTTPException as error:
            if error.status_code == HTTPStatus.NOT_FOUND:
                done.removed_installations += row.delete()[1].get(row._meta.label, 0)
            else:
                logger.warning("installation not reconciled", extra={"error": str(error)})
        else:
            Installation.objects.create_from_gh_data(data)
            done.installations += 1


def _is_fresh(changed_at: dt.datetime | None) -> bool:
    """Return whether GitHub may not know of it yet: a new installation is answered with 404 for seconds."""
    # GitHub has dated it.
    now = utc_now() + dt.timedelta(seconds=clocks.skew(app_settings.API_URL))
    return changed_at is not None and as_aware(changed_at) > now - FRESH


def reconcile_repositories(
    installation: Installation, done: Reconciled | None = None, deadline: float | None = None
) -> None:
    """Make one installation's repositories those that GitHub lists."""
    done = done or Reconciled()
    known = set(installation.repositories.values_list("repository_id", flat=True))
    url = GitHubAPIUrl(GitHubAPIEndpoint.INSTALLATION_REPOS, params={"per_page": 100}).full_url
    gh = SyncGitHubAPI(installation_id=installation.installation_id)
    listed: set[int] = set()
    page = []
    for data in gh.getiter(url, iterable_key="repositories"):
        listed.add(data["id"])
        if not freshness.is_gone("repository", data["id"]):
            page.append(data)
        if len(page) >= 500:
            Repository.objects.create_from_gh_data(page, installation)
            page = []
    Repository.objects.create_from_gh_data(page, installation)
    done.repositories += len(listed)
    for number in sorted(known - listed):
        if deadline is not None and time.monotonic() > deadline:
            done.left += 1
            return
        _remove_repository(installation, number, gh, done)
    Installation.objects.filter(pk=installation.pk).update(reconciled_at=DatabaseNow())


def _remove_repository(installation: Installation, id: int, gh: SyncGitHubAPI, done: Reconciled) -> None:
    """Remove a repository that no page listed, if GitHub says that this installation does not have it."""
    try:
        data = gh.getitem(f"/repositories/{id}")
        # Anybody may read a public one: the app says whether it is installed there.
        there = gh.getitem(f"/repos/{data['full_name']}/installation", jwt=app_jwt())
        is_gone = there["id"] != installation.installation_id
    except gidgethub.HTTPException as error:
        if error.status_code != HTTPStatus.NOT_FOUND:
            raise
        is_gone = True
    if is_gone:
        done.removed_repositories += installation.repositories.filter(repository_id=id).delete()[0]
    elif not freshness.is_gone("repository", id):
        Repository.objects.create_from_gh_data(data, installation)
        done.repositories += 1
