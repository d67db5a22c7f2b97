"""The admin's list of installations."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from django_github_app.models import Installation

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
