"""What the deployed site answers beside the webhooks: headers, cookies, policies."""

from __future__ import annotations

import importlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import django
import pytest
from django.test import Client, RequestFactory

from deploy import settings as deployed
from django_github_app.views import SyncWebhookView

PACKAGE = Path(__file__).parents[3] / "src/django_github_app"
NEW_IN_DJANGO_6 = "django.middleware.csp.ContentSecurityPolicyMiddleware"


@pytest.mark.parametrize("path", ["/github/sync/", "/github/async/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_webhook_paths_set_no_cookie_and_start_no_session(method: str, path: str, settings: Any) -> None:
    settings.MIDDLEWARE = [one for one in deployed.MIDDLEWARE if "whitenoise" not in one]
    settings.ROOT_URLCONF = "deploy.urls"
    settings.SECURE_SSL_REDIRECT = False
    client = Client()
    client.cookies["sessionid"] = "somebody's"
    response = client.generic(method, path, b"{}", content_type="application/json")
    assert response.status_code in (401, 403, 405)
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


def test_the_view_itself_touches_no_session_and_no_csrf_token() -> None:
    request = RequestFactory().post("/", b"{}", content_type="application/json")
    SyncWebhookView.as_view()(request)
    assert not hasattr(request, "session")
    assert "CSRF_COOKIE" not in request.META


class Inline(HTMLParser):
    """Finds what a policy without 'unsafe-inline' forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        if tag == "style" or "style" in names or any(name.startswith("on") for name in names):
            self.found.append(f"<{tag} {attrs}>")
        if tag == "script" and "src" not in names and ("type", "application/json") not in attrs:
            self.found.append(f"<{tag} {attrs}>")


# Those of `github dev` have a policy of their own, with a nonce: tests/unit/cli/test_dev_pages.py.
PAGES = [path for path in sorted(PACKAGE.rglob("*.html")) if path.parent.name != "dev"]


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.name)
def test_our_pages_need_no_exception_from_the_policy(template: Path) -> None:
    parser = Inline()
    parser.feed(template.read_text())
    assert parser.found == []


def test_our_code_makes_no_inline_styles_and_scripts() -> None:
    for module in (PACKAGE / "admin").glob("*.py"):
        assert not re.search(r"style=|onclick=|<script", module.read_text()), module.name


def test_the_policy_is_sent_where_django_can() -> None:
    assert (NEW_IN_DJANGO_6 in deployed.MIDDLEWARE) == (django.VERSION >= (6, 0))
    if django.VERSION < (6, 0):
        pytest.skip("Django 6.0 sends SECURE_CSP; this is older. `make matrix` runs this on 6.0 and 6.1")
    policy = importlib.import_module("django.utils.csp").build_policy(deployed.SECURE_CSP)
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
