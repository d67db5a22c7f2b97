"""``Installation`` and ``Repository``: where the app is installed, as far as GitHub has told us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, overload

from django.db import connections, models, router, transaction

from django_github_app.conf import app_settings
from django_github_app.process.clock import as_aware, as_field
from django_github_app.process.sync import async_to_sync_method, sync_to_async_method

from .writer import WriterManager

if TYPE_CHECKING:
    from gidgethub import abc, sansio

    from django_github_app.github import AsyncGitHubAPI

Data = Mapping[str, Any]


def github_time(value: Any) -> dt.datetime | None:
    """Read a time of GitHub's, which is text or, in some payloads, seconds since the epoch, as fields take it."""
    if isinstance(value, int | float):
        return as_field(dt.datetime.fromtimestamp(value, dt.UTC))
    try:
        return as_field(dt.datetime.fromisoformat(value)) if value else None
    except (TypeError, ValueError):
        return None


def is_ours(data: Data) -> bool:
    """Return whether an installation's data name our app; most payloads do not say."""
    app_id, client_id = data.get("app_id"), data.get("client_id")
    if app_id is not None and app_settings.APP_ID:
        return str(app_id) == app_settings.APP_ID
    if client_id is not None and app_settings.CLIENT_ID:
        return str(client_id) == app_settings.CLIENT_ID
    return True


def _is_older(news: dt.datetime | None, known: dt.datetime | None) -> bool:
    return news is not None and known is not None and as_aware(news) < as_aware(known)


def _as_the_app(client: abc.GitHubAPI) -> dict[str, Any]:
    """Return the argument that makes a call the app's; none for a foreign client where there are no credentials."""
    from django_github_app.github import AsyncGitHubAPI, app_jwt

    configured = app_settings.PRIVATE_KEY and (app_settings.CLIENT_ID or app_settings.APP_ID)
    if not configured and type(client) is not AsyncGitHubAPI:
        return {}
    return {"jwt": app_jwt()}


class InstallationStatus(models.IntegerChoices):
    """Whether an installation may be used, or is suspended."""

    ACTIVE = 1, "Active"
    INACTIVE = 2, "Inactive"

    @classmethod
    def from_event(cls, event: sansio.Event) -> InstallationStatus:
        """Return the status that an ``installation`` event leaves. Raises ValueError for an unknown action."""
        match event.data["action"]:
            case "deleted" | "suspend":
                return cls.INACTIVE
            case "created" | "unsuspend" | "new_permissions_accepted":
                return cls.ACTIVE
            case unknown:
                raise ValueError(f"Unknown installation action: {unknown}")

    @classmethod
    def from_gh_data(cls, data: Data) -> InstallationStatus:
        """Return the status that GitHub's data of an installation show."""
        return cls.INACTIVE if data.get("suspended_at") else cls.ACTIVE


class InstallationManager(WriterManager["Installation"]):
    """Finds the installation of an event, and stores what GitHub says of one."""

    def create_from_gh_data(self, data: Data, status: InstallationStatus | None = None) -> Installation:
        """Store what GitHub says of an installation and return it; ``status`` when an event has said it.

        An installation that is there already is brought up to date, unless it is newer than ``data``.
        """
        status = status or InstallationStatus.from_gh_data(data)
        changed_at = github_time(data.get("updated_at"))
        with transaction.atomic(using=router.db_for_write(self.model)):
            installation, created = self.select_for_update().get_or_create(
                installation_id=data["id"],
                defaults={
                    "data": dict(data),
                    "status": status,
                    "changed_at": changed_at,
                },
            )
            # {"id", "node_id"} is all that most events say of their installation.
            if not created and "account" in data and not installation.is_newer_than(changed_at):
                installation.take(data, status)
                installation.save()
        return installation

    def create_from_event(self, event: sansio.Event) -> Installation | None:
        """Store the installation of an ``installation`` event with its repositories.

        Returns None when it is another app's.
        """
        if not is_ours(event.data["installation"]):
            return None
        installation = self.create_from_gh_data(event.data["installation"])
        Repository.objects.create_from_gh_data(event.data.get("repositories") or [], installation)
        return installation

    def get_from_event(self, event: sansio.Event) -> Installation | None:
        """Return the stored installation that an event belongs to, None if there is none."""
        installation_id = (event.data.get("installation") or {}).get("id")
        return self.filter(installation_id=installation_id).first() if installation_id is not None else None

    def get_or_create_from_event(self, event: sansio.Event) -> Installation | None:
        """Return the installation that an event belongs to, stored now if it was not known.

        Returns None when the event has none, or another app's.
        """
        installation = self.get_from_event(event)
        data = event.data.get("installation")
        if installation is None and data and is_ours(data):
            installation = self.create_from_gh_data(data)
        return installation

    acreate_from_gh_data = sync_to_async_method(create_from_gh_data)
    acreate_from_event = sync_to_async_method(create_from_event)
    aget_from_event = sync_to_async_method(get_from_event)
    aget_or_create_from_event = sync_to_async_method(get_or_create_from_event)


class AccountType(StrEnum):
    """The kinds of accounts that an app is installed on."""

    ORG = "org"
    USER = "user"


class Installation(models.Model):
    """One installation of the app on an organisation or user account."""

    id: int
    installation_id = models.PositiveBigIntegerField(unique=True)
    data = models.JSONField(default=dict)
    status = models.SmallIntegerField(choices=InstallationStatus.choices, default=InstallationStatus.ACTIVE)
    changed_at = models.DateTimeField(
        null=True, help_text="GitHub's time of the latest change that is stored; older news is ignored"
    )
    reconciled_at = models.DateTimeField(null=True, help_text="When its repositories were last compared")

    objects = InstallationManager()

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return str(self.installation_id)

    @property
    def app_slug(self) -> str:
        """The app's slug as GitHub says, or as configured."""
        slug: str = self.data.get("app_slug") or app_settings.SLUG
        return slug

    @property
    def account(self) -> str:
        """Login of the organisation or user, slug of the enterprise; empty when no event has said it yet."""
        account = self.data.get("account") or {}
        return str(account.get("login") or account.get("slug") or "")

    def is_newer_than(self, changed_at: dt.datetime | None) -> bool:
        """Return whether news of that time is older than what is stored."""
        return _is_older(changed_at, self.changed_at)

    def take(self, data: Data, status: InstallationStatus | None = None) -> None:
        """Take over what GitHub says of it, without saving."""
        self.data = dict(data)
        self.status = status or InstallationStatus.from_gh_data(data)
        self.changed_at = github_time(data.get("updated_at")) or self.changed_at

    def get_gh_client(self, requester: str | None = None) -> AsyncGitHubAPI:
        """Return a client for this installation."""
        from django_github_app.github import AsyncGitHubAPI

        return AsyncGitHubAPI(requester or self.app_slug, installation_id=self.installation_id)

    async def aget_access_token(self, gh: abc.GitHubAPI | None = None) -> str:
        """Return a token of this installation: the one that all workers use, unless ``gh`` is a foreign client.

        Raises errors.InstallationSuspended or errors.InstallationNotFound.
        """
        from django_github_app.github import AsyncGitHubAPI, app_jwt

        client = self.get_gh_client() if gh is None else gh
        if isinstance(client, AsyncGitHubAPI):
            return await client.aget_installation_token(self.installation_id)
        made = await client.post(
            f"/app/installations/{self.installation_id}/access_tokens", data={}, jwt=app_jwt()
        )
        return str(made["token"])

    async def arefresh_from_gh(
        self,
        account_type: AccountType | str | None = None,
        account_name: str | None = None,
        *,
        gh: abc.GitHubAPI | None = None,
    ) -> None:
        """Fetch what GitHub says of this installation and save it.

        Asks by its id, or for the installation on an account if one is named. ``gh``, or a client of the project's
        own that `get_gh_client` returns, is asked with its own credentials when the settings hold none.
        """
        from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl

        url = GitHubAPIUrl("/app/installations/{id}", {"id": str(self.installation_id)})
        if account_type is not None:
            match account_type:
                case AccountType.ORG:
                    url = GitHubAPIUrl(GitHubAPIEndpoint.ORG_APP_INSTALLATION, {"org": account_name})
                case AccountType.USER:
                    url = GitHubAPIUrl(GitHubAPIEndpoint.USER_APP_INSTALLATION, {"username": account_name})
                case _:
                    raise ValueError(
                        f"`account_type` must be either 'org' or 'user', received: {account_type}"
                    )
        client = self.get_gh_client() if gh is None else gh
        self.take(await client.getitem(url.full_url, **_as_the_app(client)))
        await self.asave()

    async def aget_repos(self, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return GitHub's data of all repositories that this installation gives access to."""
        from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl

        url = GitHubAPIUrl(GitHubAPIEndpoint.INSTALLATION_REPOS, params={"per_page": 100, **(params or {})})
        async with self.get_gh_client() as gh:
            return [one async for one in gh.getiter(url.full_url, iterable_key="repositories")]

    get_access_token = async_to_sync_method(aget_access_token)
    refresh_from_gh = async_to_sync_method(arefresh_from_gh)
    get_repos = async_to_sync_method(aget_repos)


class RepositoryManager(WriterManager["Repository"]):
    """Finds the repository of an event, and stores what GitHub says of repositories."""

    @overload
    def create_from_gh_data(self, data: Data, installation: Installation) -> Repository: ...
    @overload
    def create_from_gh_data(self, data: Sequence[Data], installation: Installation) -> list[Repository]: ...
    def create_from_gh_data(
        self, data: Data | Sequence[Data], installation: Installation
    ) -> Repository | list[Repository]:
        """Store what GitHub says of one repository or several; those that are there are brought up to date."""
        if isinstance(data, Mapping):
            return self.create_from_gh_data([data], installation)[0]
        rows = {one["id"]: Repository.from_gh_data(one, installation) for one in data}
        known = {"private": False, "archived": False, "changed_at": False}
        for one in data:
            known["private"] |= "private" in one
            known["archived"] |= "archived" in one
            known["changed_at"] |= bool(one.get("updated_at"))
        if rows:
            features = connections[router.db_for_write(self.model)].features
            self.bulk_create(
                rows.values(),
                batch_size=500,
                update_conflicts=True,
                # MySQL updates on any conflict and takes no target.
                unique_fields=["repository_id"] if features.supports_update_conflicts_with_target else None,
                update_fields=[
                    "installation",
                    "repository_node_id",
                    "full_name",
                    *(name for name, is_known in known.items() if is_known),
                ],
            )
        return list(rows.values())

    def get_from_event(self, event: sansio.Event) -> Repository | None:
        """Return the stored repository that an event is about, None if there is none."""
        repository_id = (event.data.get("repository") or {}).get("id")
        return self.filter(repository_id=repository_id).first() if repository_id is not None else None

    def sync_repositories_from_event(self, event: sansio.Event) -> None:
        """Store and remove the repositories of an ``installation_repositories`` event."""
        if event.event != "installation_repositories":
            raise ValueError(f"Expected 'installation_repositories' event, got '{event.event}'")
        installation = Installation.objects.get_or_create_from_event(event)
        if installation is None:
            return
        removed = [one["id"] for one in event.data.get("repositories_removed") or ()]
        with transaction.atomic(using=router.db_for_write(self.model)):
            self.create_from_gh_data(event.data.get("repositories_added") or [], installation)
            # One that moved to another installation meanwhile is not this one's to remove.
            self.filter(repository_id__in=removed, installation=installation).delete()

    acreate_from_gh_data = sync_to_async_method(create_from_gh_data)
    aget_from_event = sync_to_async_method(get_from_event)
    async_repositories_from_event = sync_to_async_method(sync_repositories_from_event)


class Repository(models.Model):
    """A repository that an installation gives access to."""

    id: int
    installation = models.ForeignKey(
        "django_github_app.Installation", on_delete=models.CASCADE, related_name="repositories"
    )
    repository_id = models.PositiveBigIntegerField(unique=True)
    repository_node_id = models.CharField(max_length=255)
    full_name = models.CharField(max_length=255)
    private = models.BooleanField(null=True)
    archived = models.BooleanField(null=True)
    changed_at = models.DateTimeField(
        null=True, help_text="GitHub's time of the latest change that is stored; older news is ignored"
    )

    objects = RepositoryManager()

    class Meta:
        base_manager_name = "objects"
        verbose_name_plural = "repositories"

    def __str__(self) -> str:
        return self.full_name

    @classmethod
    def from_gh_data(cls, data: Data, installation: Installation) -> Repository:
        """Return an unsaved repository with what GitHub says of it."""
        return cls(
            installation=installation,
            repository_id=data["id"],
            repository_node_id=data.get("node_id") or "",
            full_name=data["full_name"],
            private=data.get("private"),
            archived=data.get("archived"),
            changed_at=github_time(data.get("updated_at")),
        )

    def is_newer_than(self, changed_at: dt.datetime | None) -> bool:
        """Return whether news of that time is older than what is stored."""
        return _is_older(changed_at, self.changed_at)

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        return self.full_name.split("/")[0]

    @property
    def repo(self) -> str:
        """Its name without the owner."""
        return self.full_name.split("/")[1]

    def get_gh_client(self) -> AsyncGitHubAPI:
        """Return a client for its installation."""
        return self.installation.get_gh_client(self.full_name)

    async def aget_issues(self, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return GitHub's data of its issues and pull requests; open ones unless ``params`` say otherwise."""
        from django_github_app.github import GitHubAPIEndpoint, GitHubAPIUrl

        url = GitHubAPIUrl(
            GitHubAPIEndpoint.REPO_ISSUES,
            {"owner": self.owner, "repo": self.repo},
            {"per_page": 100, **(params or {})},
        )
        if not Repository._meta.get_field("installation").is_cached(self):
            # `get_gh_client` looks at it, where no query may be made.
            self.installation = await Installation.objects.aget(pk=self.installation_id)
        async with self.get_gh_client() as gh:
            return [issue async for issue in gh.getiter(url.full_url)]

    get_issues = async_to_sync_method(aget_issues)
