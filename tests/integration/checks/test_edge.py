"""The check of what stands in front of webhook views under ASGI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import path

from django_github_app import checks, views

PLAIN = "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"
BOUNDED = "from django_github_app.asgi import bounded\n" + PLAIN + "application = bounded(application)\n"


class Urls:
    urlpatterns = [path("hook/", views.AsyncWebhookView.as_view())]


class Without:
    urlpatterns: list[Any] = []


@pytest.mark.parametrize(
    ("source", "urls", "expected"),
    [
        (PLAIN, "tests.support.urls", ["W019"]),
        (PLAIN, f"{__name__}.Urls", ["W019"]),
        (PLAIN, f"{__name__}.Without", []),
        (BOUNDED, "tests.support.urls", []),
        (None, "tests.support.urls", []),
    ],
)
def test_an_asgi_application_that_lets_django_read_bodies_is_reported(
    source: str | None, urls: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"site_asgi_{abs(hash((source, urls)))}"
    if source is not None:
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    conf: Any = {"tests.support.urls": "tests.support.urls", f"{__name__}.Urls": Urls}.get(urls, Without)
    with override_settings(ASGI_APPLICATION=f"{name}.application", ROOT_URLCONF=conf):
        found = [str(message.id).removeprefix("django_github_app.") for message in checks.check_edge()]
    assert found == expected
    assert name not in sys.modules


def test_the_deployed_site_has_something_in_front() -> None:
    with override_settings(ASGI_APPLICATION="deploy.asgi.application"):
        assert checks.check_edge() == []
