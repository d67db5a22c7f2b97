"""The admin's list of installations."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    Installation,
    Repository,
)
from tests.support.admin_pages import page

pytestmark = pytest.mark.django_db
LIST = "admin:django_github_app_installation_changelist"


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ({"login": "octo", "id": 1}, "octo"),
        ({"slug": "octo-enterprise", "name": "Octo & Co", "id": 2}, "octo-enterprise"),
        ({"name": "Octo & Co", "id": 3}, "Octo &amp; Co"),
        ({}, "-"),
    ],
)
def test_an_account_is_shown_by_what_it_has(
    account: dict[str, Any], shown: str, admin_client: Client
) -> None:
    Installation.objects.create(installation_id=7, data={"account": account})
    page = admin_client.get(reverse(LIST)).content.decode()
    assert f'class="field-account">{shown}<' in page


@pytest.mark.parametrize(("asked", "found"), [("octo-enterprise", 1), ("octo", 0), ("7", 1)])
def test_an_enterprise_is_found_by_its_slug(asked: str, found: int, admin_client: Client) -> None:
    Installation.objects.create(installation_id=7, data={"account": {"slug": "octo-enterprise"}})
    page = admin_client.get(reverse(LIST), {"q": asked}).content.decode()
    assert page.count('class="field-account"') == found


def test_installations_and_repositories_are_shown(admin: Client) -> None:
    installation = Installation.objects.create(
        installation_id=99, data={"account": {"login": "octo"}, "access_tokens_url": "https://x"}
    )
    repository = Repository.objects.create(
        installation=installation, repository_id=5, repository_node_id="R_5", full_name="octo/hello"
    )
    assert "octo" in page(admin, "admin:django_github_app_installation_changelist")
    assert "octo" in page(admin, "admin:django_github_app_installation_changelist", q="octo")
    assert "access_tokens_url" in page(admin, "admin:django_github_app_installation_change", installation.pk)
    assert "octo/hello" in page(admin, "admin:django_github_app_repository_changelist", q="octo/hello")
    assert "R_5" in page(admin, "admin:django_github_app_repository_change", repository.pk)
