"""Creating the app on GitHub from a manifest: a local page, GitHub's form, and the exchange of a code.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import html
import json
import os
import queue
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import gidgethub

from django_github_app import routing
from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError, GitHubUnreachable
from django_github_app.github import SyncGitHubAPI
from django_github_app.github.urls import api_url, web_url
from django_github_app.routing import GitHubRouter

from .needs import Needs, needs_of


class ManifestError(GitHubAppError):
    """The app was not created on GitHub."""


def registered_needs() -> Needs:
    """Return what the handlers of this project need. Raises HandlerLoadError."""
    GitHubRouter.ensure_sync_handlers_loaded()
    GitHubRouter.ensure_async_handlers_loaded()
    return needs_of((one.event_type, one.kind) for one in routing.registrations())


def build(
    name: str,
    webhook_url: str,
    *,
    url: str | None = None,
    public: bool = False,
    description: str = "",
    needs: Needs | None = None,
) -> dict[str, Any]:
    """Return the manifest, without the address that GitHub returns to."""
    needs = needs or Needs()
    parts = urlsplit(webhook_url)
    manifest = {
        "name": name,
        "url": url or f"{parts.scheme}://{parts.netloc}/",
        "hook_attributes": {"url": webhook_url, "active": True},
        "public": public,
        "default_permissions": dict(sorted(needs.permissions.items())),
        "default_events": sorted(needs.events),
    }
    return {**manifest, "description": description} if description else manifest


PAGE = """<!doctype html>
<meta charset="utf-8">
<title>Create {name}</title>
<form action="{action}" method="post">
<input type="hidden" name="manifest" value="{manifest}">
<button>Create {name} on GitHub</button>
</form>
<script>document.forms[0].submit()</script>
"""


DEFAULT_API_URL = "https://api.github.com"


class Exchange:
    """A page on this machine that leads to GitHub, and waits for GitHub to lead back with a code."""

    def __init__(
        self,
        manifest: dict[str, Any],
        *,
        github_url: str | None = None,
        org: str | None = None,
        port: int = 0,
    ) -> None:
        self.state = secrets.token_urlsafe(24)
        self.codes: queue.Queue[str] = queue.Queue()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.manifest = {**manifest, "redirect_url": f"{self.url}created"}
        configured = app_settings.API_URL.rstrip("/")
        base = (github_url or web_url(configured)).rstrip("/")
        # The code is worth something only to the GitHub that gave it.
        self.api_url = configured if web_url(configured) == base else api_url(base)
        owner = f"/organizations/{quote(org)}" if org else ""
        self.action = f"{base}{owner}/settings/apps/new?state={self.state}"

    def __enter__(self) -> Exchange:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def page(self) -> str:
        escaped = {
            "name": html.escape(self.manifest["name"]),
            "action": html.escape(self.action),
            "manifest": html.escape(json.dumps(self.manifest)),
        }
        return PAGE.format(**escaped)

    def wait(self, timeout: float) -> dict[str, Any]:
        """Wait for GitHub's code and exchange it; return id, slug, pem, webhook_secret and more."""
        try:
            code = self.codes.get(timeout=timeout)
        except queue.Empty:
            raise ManifestError(
                f"GitHub did not come back within {timeout:g} s: nothing was created"
            ) from None
        try:
            made: dict[str, Any] = SyncGitHubAPI(base_url=self.api_url).post(
                "/app-manifests/{code}/conversions", {"code": code}, data=b""
            )
        except (gidgethub.GitHubException, GitHubUnreachable) as error:
            raise ManifestError(
                f"GitHub did not exchange the code ({error}); delete the app there and try again"
            ) from error
        return made


def _handler(exchange: Exchange) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            if url.path == "/":
                self._answer(200, exchange.page)
            elif url.path != "/created":
                self._answer(404, "There is nothing here.")
            elif not secrets.compare_digest(query.get("state", "").encode(), exchange.state.encode()):
                # Somebody else's app must not slip in.
                self._answer(400, "This answer does not belong to the question that was asked.")
            elif "code" in query:
                exchange.codes.put(query["code"])
                self._answer(200, "The app is created. You can close this page.")
            else:
                self._answer(400, "GitHub sent no code.")

        def _answer(self, status: int, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the address has the code in it."""

    return Handler


def write_env(path: Path, made: dict[str, Any], api_url: str = DEFAULT_API_URL) -> None:
    """Add the app's settings to an ``.env`` file, which only its owner may read."""
    values = {
        "GITHUB_APP_ID": str(made["id"]),
        "GITHUB_CLIENT_ID": made.get("client_id", ""),
        "GITHUB_APP_NAME": made["slug"],
        "GITHUB_WEBHOOK_SECRET": made.get("webhook_secret") or "",
        "GITHUB_PRIVATE_KEY": made["pem"].strip().replace("\n", "\\n"),
    }
    if api_url != DEFAULT_API_URL:
        values["GITHUB_API_URL"] = api_url
    lines = "".join(f'{name}="{value}"\n' for name, value in values.items())
    before = path.read_text() if path.exists() else ""
    separator = "" if not before or before.endswith("\n") else "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(f"{separator}{lines}")
