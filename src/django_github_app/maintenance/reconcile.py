"""Compares installations and repositories with GitHub: for events that never came, and those from before."""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass

import gidgethub
import httpx
from django.db.models import F, Q
from django.utils import timezone

from django_github_app.conf import app_settings
from django_github_app.errors import InstallationUnavailable, RateLimited
from django_github_app.events import freshness
from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl, SyncGitHubAPI, app_jwt
from django_github_app.models import Installation, InstallationStatus, Repository

from . import locks

logger = logging.getLogger(__name__)

SECONDS = 240.0
"""How long one run works; the next goes on with the installations that have waited longest."""


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
    older_than = older_than or timezone.now() - dt.timedelta(seconds=app_settings.RECONCILE_INTERVAL)
    gh = SyncGitHubAPI()
    known = set(Installation.objects.values_list("installation_id", flat=True))
    listed: set[int] = set()
    for data in gh.getiter("/app/installations?per_page=100", jwt=app_jwt()):
        listed.add(data["id"])
        if not freshness.is_gone("installation", data["id"]):
            Installation.objects.create_from_gh_data(data)
            done.installations += 1
    gone = known - listed
    if gone:
        Installation.objects.filter(installation_id__in=gone).delete()
        done.removed_installations = len(gone)
    wanted = Installation.objects.filter(
        Q(reconciled_at=None) | Q(reconciled_at__lt=older_than), status=InstallationStatus.ACTIVE
    )
    for installation in wanted.order_by(F("reconciled_at").asc(nulls_first=True), "pk"):
        if time.monotonic() > deadline:
            done.left += 1
            continue
        try:
            reconcile_repositories(installation, done)
        except RateLimited as limit:
            # Of this installation or of the app: the next one tells.
            done.left += 1
            done.limited_until = max(limit.at, done.limited_until or limit.at)
        except InstallationUnavailable as error:
            logger.info("installation is not available", extra={"error": str(error)})
        except (gidgethub.GitHubException, httpx.TransportError) as error:
            # The others are compared all the same.
            logger.warning("installation not reconciled", extra={"error": f"{type(error).__name__}: {error}"})


def reconcile_repositories(installation: Installation, done: Reconciled | None = None) -> None:
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
    gone = known - listed
    if gone:
        installation.repositories.filter(repository_id__in=gone).delete()
    done.repositories += len(listed)
    done.removed_repositories += len(gone)
    Installation.objects.filter(pk=installation.pk).update(reconciled_at=timezone.now())
