"""What code that was written for django-github-app does with clients, installations and repositories."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand
from gidgethub import abc, sansio

from django_github_app import mentions
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.models import Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


class Foreign(abc.GitHubAPI):
    """Some other client of gidgethub's kind, which notes what it is asked."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("foreign")
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    async def _request(self, method: str, url: str, headers: Any, body: bytes = b"") -> Any:
        self.asked.append((method, url))
        return 201 if method == "POST" else 200, {"content-type": "application/json"}, self.answer

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


# The token inside ``with``


async def test_inside_async_with_the_token_of_the_installation_can_be_read(octo: Octo) -> None:
    async with octo.client() as gh:
        inside = gh.oauth_token
        await gh.getitem("/repos/octo/widgets")
    assert (inside, gh.oauth_token) == (octo.installation.tokens[0].value, None)
    assert octo.token_requests == 1


def test_inside_with_the_token_of_the_installation_can_be_read(octo: Octo) -> None:
    with octo.sync_client() as gh:
        assert gh.oauth_token == octo.installation.tokens[0].value
        gh.getitem("/repos/octo/widgets")
    assert octo.token_requests == 1


async def test_a_token_that_ends_inside_with_is_replaced(octo: Octo) -> None:
    async with octo.client() as gh:
        for token in octo.installation.tokens:
            token.revoked = True
        await gh.getitem("/repos/octo/widgets")
    assert octo.token_requests == 2


async def test_a_token_that_was_given_stays(octo: Octo) -> None:
    async with octo.client(oauth_token="given") as gh:
        assert gh.oauth_token == "given"
    assert gh.oauth_token == "given"
    assert octo.token_requests == 0


async def test_an_installation_that_github_does_not_know_has_none(octo: Octo) -> None:
    async with AsyncGitHubAPI(installation_id=999_999) as gh:
        assert gh.oauth_token is None


def test_a_management_command_works_as_an_installation(
    octo: Octo, capsys: pytest.CaptureFixture[str]
) -> None:
    row = Installation.objects.create(installation_id=octo.installation.id)

    class Command(BaseCommand):
        def handle(self, *args: Any, **options: Any) -> None:
            async_to_sync(self.work)()

        async def work(self) -> None:
            async with AsyncGitHubAPI("my-command", installation=row) as gh:
                self.stdout.write((await gh.getitem("/repos/octo/widgets"))["full_name"])
                assert gh.oauth_token

    Command().execute(
        no_color=True, force_color=False, skip_checks=True, stdout=None, stderr=None, verbosity=1
    )
    assert "octo/widgets" in capsys.readouterr().out


# Models ask the client that they are given


def test_any_client_gets_a_token_and_says_what_github_says() -> None:
    row = Installation.objects.create(installation_id=5)
    client = Foreign(b'{"id": 5, "account": {"login": "octo"}, "app_slug": "bot"}')
    row.refresh_from_gh(gh=client)
    assert row.account == "octo"
    assert client.asked == [("GET", "https://api.github.com/app/installations/5")]


def test_a_client_of_ones_own_needs_no_app_id(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GITHUB_APP = {"WEBHOOK_SECRET": "s", "NAME": "bot"}
    row = Installation.objects.create(installation_id=5)
    client = Foreign(b'{"id": 5, "account": {"login": "octo"}}')
    monkeypatch.setattr(Installation, "get_gh_client", lambda self, requester=None: client)
    row.refresh_from_gh("org", "octo")
    assert row.account == "octo"


def test_any_client_of_gidgethub_gets_a_token(octo: Octo) -> None:
    row = Installation.objects.create(installation_id=5)
    client = Foreign(b'{"token": "ghs_x"}')
    assert row.get_access_token(client) == "ghs_x"
    assert client.asked == [("POST", "https://api.github.com/app/installations/5/access_tokens")]
    real = Installation.objects.create(installation_id=octo.installation.id)
    assert real.get_access_token(AsyncGitHubAPI()) == octo.installation.tokens[0].value
    assert real.get_access_token(SyncGitHubAPI().asynchronous) == octo.installation.tokens[0].value


@pytest.mark.parametrize("is_cached", [True, False])
def test_issues_and_repositories_are_asked_of_the_models_own_client(
    octo: Octo, monkeypatch: pytest.MonkeyPatch, is_cached: bool
) -> None:
    row = Installation.objects.create(installation_id=octo.installation.id)
    widgets = Repository.objects.create(installation=row, repository_id=1, full_name="octo/widgets")
    made: list[str | None] = []
    real = Installation.get_gh_client

    def get_gh_client(self: Installation, requester: str | None = None) -> AsyncGitHubAPI:
        made.append(requester)
        return real(self, requester)

    monkeypatch.setattr(Installation, "get_gh_client", get_gh_client)
    if not is_cached:
        widgets = Repository.objects.get(pk=widgets.pk)
    assert [issue["number"] for issue in widgets.get_issues()] == [octo.issue.number]
    assert [repo["full_name"] for repo in row.get_repos()] == ["octo/widgets"]
    assert made == ["octo/widgets", None]


# Mentions


def test_an_empty_username_means_everybody() -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()
        seen: list[str] = []
        gh.mention(username="")(lambda event, gh, context: seen.append(context.mention.username))
        payload = payloads.build("issue_comment")
        deliver(
            "issue_comment", payload={**payload, "comment": {**payload["comment"], "body": "@alice and @bob"}}
        )
    assert seen == ["alice", "bob"]


def test_raw_mentions_are_matches_in_the_text() -> None:
    text = "Hi @alice, `@code` and\n> @quoted\n\n**@bob** &#64;carol"
    found = mentions.extract_all_mentions(text)
    assert [raw.username for raw in found][:2] == ["alice", "bob"]
    for raw in found[:2]:
        assert isinstance(raw, mentions.RawMention)
        assert text[raw.position : raw.end] == raw.match[0] == f"@{raw.username}"
        assert raw.match[1] == raw.username


# The functions of django-github-app's handlers


def event(name: str, **data: Any) -> sansio.Event:
    return sansio.Event(data, event=name, delivery_id="1")


def test_names_are_where_they_were() -> None:
    import django_github_app
    from django_github_app._sync import async_to_sync_method
    from django_github_app._typing import override
    from django_github_app.admin import EventLogModelAdmin, InstallationModelAdmin, RepositoryModelAdmin
    from django_github_app.management.commands.github import import_app

    assert all((EventLogModelAdmin, InstallationModelAdmin, RepositoryModelAdmin, import_app.callback))
    assert callable(async_to_sync_method)
    assert callable(override)
    assert django_github_app.__version__
    assert GitHubRouter._library_handlers_loaded in (True, False)
