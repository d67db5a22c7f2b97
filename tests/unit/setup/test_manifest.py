"""github.com, GitHub Enterprise Cloud with its own domain, GitHub Enterprise Server: pages and API of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import override_settings

from django_github_app.github.urls import api_url, graphql_url, web_url
from django_github_app.setup import manifest

ADDRESSES = [
    ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
    ("https://octo.ghe.com", "https://api.octo.ghe.com", "https://api.octo.ghe.com/graphql"),
    ("https://ghes.example", "https://ghes.example/api/v3", "https://ghes.example/api/graphql"),
    ("https://api.ghes.example", "https://api.ghes.example/api/v3", "https://api.ghes.example/api/graphql"),
    ("http://ghes.example:8443", "http://ghes.example:8443/api/v3", "http://ghes.example:8443/api/graphql"),
]


@pytest.mark.parametrize(("web", "api", "graphql"), ADDRESSES)
def test_pages_and_api_belong_together(web: str, api: str, graphql: str) -> None:
    for slash in ("", "/"):
        assert web_url(api + slash) == web
        assert api_url(web + slash) == api
        assert graphql_url(api + slash) == graphql


@pytest.mark.parametrize(("web", "api", "graphql"), ADDRESSES)
@pytest.mark.parametrize("named", ["by the setting", "by the option"])
def test_an_app_is_created_and_its_code_exchanged_on_the_same_github(
    web: str, api: str, graphql: str, named: str, tmp_path: Path
) -> None:
    with override_settings(GITHUB_APP={"API_URL": api} if named == "by the setting" else {}):
        exchange = manifest.Exchange({"name": "app"}, github_url=None if named == "by the setting" else web)
    exchange.server.server_close()
    assert exchange.action.startswith(f"{web}/settings/apps/new?state=")
    assert exchange.api_url == api
    made = {"id": 1, "slug": "app", "pem": "pem"}
    manifest.write_env(tmp_path / ".env", made, exchange.api_url)
    written = (tmp_path / ".env").read_text()
    assert (f'GITHUB_API_URL="{api}"' in written) == (api != "https://api.github.com")
