"""``manage.py github send``: a signed sample delivery, as GitHub would send it."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import click

from django_github_app.conf import app_settings
from django_github_app.deliveries import sign
from django_github_app.github import http
from django_github_app.github.messages import Response

from .site import webhook_url


@click.command()
@click.argument("event", required=False)
@click.option("--action", help="The payload's action; by default the event's most common one.")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON payload to send.",
)
@click.option("--comment", help="Text of the comment. Without EVENT it is tried out in this process.")
@click.option("--pr", "on_pull_request", is_flag=True, help="The comment is on a pull request, not an issue.")
@click.option("--number", type=int, help="Number of the issue or pull request.")
@click.option("--repo", "repository", help="Repository as owner/name.")
@click.option("--sender", help="Login of the person.")
@click.option(
    "--role",
    type=click.Choice(["admin", "maintain", "write", "triage", "read", "none"]),
    default="admin",
    show_default=True,
    help="The person's access to the repository, for a comment that is tried out.",
)
@click.option("--installation", type=int, help="Id of the installation.")
@click.option(
    "--delivery", help="X-GitHub-Delivery; a new one by default. The same id again is a redelivery."
)
@click.option(
    "--url", envvar="GITHUB_WEBHOOK_URL", help="Webhook URL. By default that of the site on this machine."
)
@click.option("--here", is_flag=True, help="Process EVENT in this process, with a GitHub of its own.")
@click.option("--form", is_flag=True, help="Send it form-encoded instead of as JSON.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait for the outcome and show it.")
@click.option(
    "--timeout", type=float, default=20.0, show_default=True, help="Seconds to wait for the outcome."
)
def send(
    event: str | None,
    action: str | None,
    path: Path | None,
    comment: str | None,
    on_pull_request: bool,
    role: str,
    delivery: str | None,
    url: str | None,
    here: bool,
    form: bool,
    wait: bool,
    timeout: float,
    **overrides: Any,
) -> None:
    """Build a realistic EVENT payload, sign it with the configured secret and send it.

    Without EVENT, --comment is typed on an issue of a GitHub that runs in this process, and what the app answers
    is shown: no server, no worker and no GitHub App are needed. With --here EVENT is processed in the same way.

    The site's port is found by itself: PORT, .local/environment, .env, the Procfile's web process, or 8000.
    """
    if event is None:
        if here:
            raise click.UsageError("--here needs an EVENT")
        if comment is None:
            raise click.UsageError("name an EVENT, or give a --comment to try out")
        _try_out(comment, on_pull_request, role, overrides)
        return
    if path is not None and comment is not None:
        raise click.UsageError("--file and --comment exclude each other")
    given = {name: value for name, value in overrides.items() if value is not None}
    if comment is not None:
        given["comment"] = comment
    if on_pull_request:
        given["on_pull_request"] = True
    delivery = delivery or str(uuid.uuid4())
    body = path.read_bytes() if path else json.dumps(_payload(event, action, given, delivery)).encode()
    if here:
        _process_here(event, body, delivery, role)
        return
    body = _addressed_to(app_settings.API_URL, body)
    keys = app_settings.webhook_secrets
    if not keys:
        raise click.ClickException("GITHUB_APP['WEBHOOK_SECRET'] is empty: every delivery would be refused")
    response = _post(url or webhook_url(), event, body, keys[0].decode(), delivery, form=form)
    click.echo(f"{response.status} {response.body.decode(errors='replace').strip()}")
    if response.status >= 300:
        raise click.exceptions.Exit(1)
    if wait:
        from .events import wait_and_show

        wait_and_show(int(json.loads(response.body)["event_id"]), timeout)


def _try_out(comment: str, on_pull_request: bool, role: str, overrides: dict[str, Any]) -> None:
    from .events import wait_and_show
    from .trial import try_out

    event_id = try_out(
        comment,
        repository=overrides["repository"] or "octo-org/octo-repo",
        number=overrides["number"] or 1,
        sender=overrides["sender"] or "octocat",
        role=role,
        on_pull_request=on_pull_request,
    )
    click.echo()
    wait_and_show(event_id, 0)


def _process_here(event: str, body: bytes, delivery: str, role: str) -> None:
    from .events import wait_and_show
    from .trial import process_here

    wait_and_show(process_here(event, body, delivery, role), 0)


def _payload(event: str, action: str | None, given: dict[str, Any], delivery: str) -> dict[str, Any]:
    from django_github_app.testing import payloads

    payload = payloads.of_app(
        payloads.build(event, action, **given),
        app_id=app_settings.APP_ID,
        client_id=app_settings.CLIENT_ID,
        slug=app_settings.SLUG,
    )
    if "comment" in given and isinstance(payload.get("comment"), dict):
        # Each delivery brings another comment: the same one would not run its commands again.
        payload["comment"]["id"] = int(hashlib.sha256(delivery.encode()).hexdigest()[:10], 16)
    return payload


def _addressed_to(api_url: str, body: bytes) -> bytes:
    """Return a body whose addresses lead where the site's handlers may go: beside `github dev`, not to GitHub.

    Not decoded for it: with github.com's own API a file is sent byte for byte.
    """
    from django_github_app.testing.payloads import GITHUB_API

    return body.replace(GITHUB_API.encode(), api_url.rstrip("/").encode())


def _post(url: str, event: str, body: bytes, secret: str, delivery: str, *, form: bool) -> Response:
    content_type = "application/json"
    if form:
        from urllib.parse import urlencode

        body = urlencode({"payload": body.decode()}).encode()
        content_type = "application/x-www-form-urlencoded"
    headers = {
        "Content-Type": content_type,
        "User-Agent": "GitHub-Hookshot/local",
        "X-GitHub-Delivery": delivery,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": "1",
        "X-GitHub-Hook-Installation-Target-ID": app_settings.APP_ID if app_settings.APP_ID.isdigit() else "0",
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature-256": sign(body, secret),
    }
    try:
        return http.post(url, content=body, headers=headers, timeout=15)
    except OSError as error:
        raise click.ClickException(f"{url} does not answer ({error}); is the web process running?") from error
