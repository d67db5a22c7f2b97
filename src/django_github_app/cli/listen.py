"""``manage.py github listen URL``: GitHub's deliveries for a machine that GitHub cannot reach."""

from __future__ import annotations

import contextlib

import click

from django_github_app.conf import app_settings
from django_github_app.github import http
from django_github_app.setup import relay

from .site import webhook_url


@click.command()
@click.argument("channel")
@click.option("--url", envvar="GITHUB_WEBHOOK_URL", help="Where to. By default the site on this machine.")
@click.option("--count", type=click.IntRange(1), help="Stop after so many deliveries.")
def listen(channel: str, url: str | None, count: int | None) -> None:
    """Take deliveries from CHANNEL, as in https://smee.io/abc123, and post them to the site on this machine.

    GitHub's webhook URL is then that of the channel. Headers and body arrive as GitHub sent them, so the site checks
    the signature. Connects again when the connection ends; Ctrl-C ends it.
    """
    target = url or webhook_url()
    left = count
    try:
        source = relay.Channel(channel, say=lambda text: click.echo(text, err=True))
        with contextlib.closing(source.events()) as events:
            for event in events:
                delivery = relay.relayed(event.data, app_settings.webhook_secrets)
                if delivery is None:
                    continue
                click.echo(_forward(delivery, target))
                if left is not None and (left := left - 1) == 0:
                    return
    except relay.RelayError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("\nStopping.")


def _forward(delivery: relay.Relayed, url: str) -> str:
    """Post a delivery; return one line about it."""
    name, number = (delivery.headers.get(key, "") for key in ("x-github-event", "x-github-delivery"))
    try:
        answer = str(http.post(url, content=delivery.body, headers=delivery.headers, timeout=30).status)
    except OSError as error:
        answer = f"{url} does not answer ({error}); is the web process running?"
    warning = "  (its signature does not fit WEBHOOK_SECRET)" if delivery.intact is False else ""
    return f"{name} {number} {answer}{warning}"
