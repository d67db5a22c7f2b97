"""What the events about installations and repositories change. Any order, any number of times.

Synchronous, because Django's transactions are; asynchronous workers run them in a thread.
"""

from __future__ import annotations

from typing import Any

from django.db import router, transaction
from gidgethub import sansio

from django_github_app.conf import app_settings
from django_github_app.github import tokens
from django_github_app.models import Installation, InstallationStatus, Repository
from django_github_app.models.installations import github_time, is_ours
from django_github_app.routing import GitHubRouter

from . import freshness


def store_installation(event: sansio.Event) -> None:
    """The app was installed, suspended, unsuspended, or given other permissions."""
    data = event.data["installation"]
    if not is_ours(data) or freshness.is_gone("installation", data["id"]):
        return
    status = InstallationStatus.from_event(event)
    installation = Installation.objects.create_from_gh_data(data, status)
    if status == InstallationStatus.ACTIVE:
        tokens.forget_refusal(app_settings.API_URL, data["id"])
    added = event.data.get("repositories") or []
    at = github_time(data.get("updated_at"))
    added = [one for one in added if freshness.note_access(data["id"], one["id"], at, lost=False)]
    Repository.objects.create_from_gh_data(_known(installation, added), installation)


def remove_installation(event: sansio.Event) -> None:
    """The app was uninstalled."""
    data = event.data["installation"]
    if is_ours(data):
        freshness.note_gone("installation", data["id"])
        Installation.objects.filter(installation_id=data["id"]).delete()


def store_repositories(event: sansio.Event) -> None:
    """Repositories were added to an installation, or removed from it."""
    data = event.data["installation"]
    if not is_ours(data) or freshness.is_gone("installation", data["id"]):
        return
    at = github_time(data.get("updated_at"))
    latest = {
        name: [
            one
            for one in event.data.get(name) or ()
            if freshness.note_access(data["id"], one["id"], at, lost=name == "repositories_removed")
        ]
        for name in ("repositories_added", "repositories_removed")
    }
    installation = Installation.objects.get_or_create_from_event(event)
    if installation is not None:
        latest["repositories_added"] = _known(installation, latest["repositories_added"])
    Repository.objects.sync_repositories_from_event(
        sansio.Event({**event.data, **latest}, event=event.event, delivery_id=event.delivery_id)
    )


def _known(installation: Installation, repositories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take repositories that are stored with a date of their own into an installation; return the others.

    What their own events said of them stays: an event about the installation is dated by that.
    """
    dated = Repository.objects.filter(
        repository_id__in=[one["id"] for one in repositories], changed_at__isnull=False
    )
    ids = set(dated.values_list("repository_id", flat=True))
    dated.update(installation=installation)
    return [one for one in repositories if one["id"] not in ids]


def rename_account(event: sansio.Event) -> None:
    """The account that the app is installed on has another name; so have all its repositories.

    An enterprise has a slug and no login, and owns no repositories: those are its organisations'.
    """
    installation = _installation_of(event)
    if installation is None:
        return
    account = event.data.get("account") or {}
    key = "login" if account.get("login") else "slug"
    old, new = _old_name(event, key), account.get(key)
    if not new or installation.account not in ("", old, new):
        # Renamed more than once, and the events change places, or this one does not say: only GitHub knows.
        installation.refresh_from_gh()
        account = installation.data.get("account") or {}
        key = "login" if account.get("login") else "slug"
        new = account.get(key)
    with transaction.atomic(using=router.db_for_write(Installation)):
        locked = Installation.objects.select_for_update().get(pk=installation.pk)
        locked.data = {
            **installation.data,
            "account": {**(installation.data.get("account") or account), key: new},
        }
        locked.save(update_fields=["data"])
        if key == "slug" or not new:
            return
        for repository in locked.repositories.select_for_update():
            repository.full_name = f"{new}/{repository.repo}"
            repository.save(update_fields=["full_name"])


def _old_name(event: sansio.Event, key: str) -> str | None:
    """Return the name before; an event may say it as ``login``, as ``slug``, or not at all."""
    changes = event.data.get("changes") or {}
    for name in (key, "login", "slug"):
        if isinstance(changes.get(name), dict):
            old: str | None = changes[name].get("from")
            return old
    return None


def store_repository(event: sansio.Event) -> None:
    """A repository was renamed, transferred, archived or unarchived, made private or public."""
    data: dict[str, Any] = event.data["repository"]
    at = github_time(data.get("updated_at"))
    installation = _installation_of(event)
    if installation is None or not freshness.note("repository", data["id"], at):
        return
    with transaction.atomic(using=router.db_for_write(Repository)):
        known = Repository.objects.select_for_update().filter(repository_id=data["id"]).first()
        if known is not None and known.is_newer_than(at):
            return
        if known is None and freshness.is_lost(installation.installation_id, data["id"]):
            return
        Repository.objects.create_from_gh_data(data, installation)


def _installation_of(event: sansio.Event) -> Installation | None:
    data = event.data.get("installation")
    if not data or freshness.is_gone("installation", data["id"]):
        return None
    return Installation.objects.get_or_create_from_event(event)


def remove_repository(event: sansio.Event) -> None:
    """A repository was deleted."""
    freshness.note_gone("repository", event.data["repository"]["id"])
    Repository.objects.filter(repository_id=event.data["repository"]["id"]).delete()


INSTALLATION_CHANGES = ["created", "suspend", "unsuspend", "new_permissions_accepted"]
REPOSITORY_CHANGES = ["renamed", "transferred", "privatized", "publicized", "archived", "unarchived"]


def register(router: GitHubRouter) -> None:
    """Register these callbacks: once for each worker type."""
    router.add(store_installation, "installation", action=INSTALLATION_CHANGES)
    router.add(remove_installation, "installation", action="deleted")
    router.add(store_repositories, "installation_repositories")
    router.add(rename_account, "installation_target", action="renamed")
    router.add(store_repository, "repository", action=REPOSITORY_CHANGES)
    router.add(remove_repository, "repository", action="deleted")
