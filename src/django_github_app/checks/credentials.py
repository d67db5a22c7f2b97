"""System checks of the app's credentials: secrets, ids, the private key."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

from django_github_app.conf import app_settings

from .prefix import PREFIX

__all__ = ["check_credentials", "check_credentials_for_deployment"]


def check_credentials(**kwargs: Any) -> list[CheckMessage]:
    """E002, W001, W002."""
    found: list[CheckMessage] = []
    if not app_settings.webhook_secrets:
        # Not an error here: it would stop `migrate`, `runserver` and `test` in a fresh checkout.
        found.append(_no_secret(Warning, "W013"))
    found += _questionable_secrets()
    if not app_settings.APP_ID and not app_settings.CLIENT_ID:
        found.append(
            Warning(
                "Neither GITHUB_APP['APP_ID'] nor GITHUB_APP['CLIENT_ID'] is set: handlers cannot call GitHub.",
                hint="Both stand on the settings page of your GitHub App.",
                id=f"{PREFIX}.W001",
            )
        )
    key = app_settings.PRIVATE_KEY
    if "-----BEGIN" not in key:
        found.append(
            Warning(
                "GITHUB_APP['PRIVATE_KEY'] holds no PEM key: handlers cannot call GitHub as an installation.",
                hint="Set it to the text of the .pem file, or to its path.",
                id=f"{PREFIX}.W002",
            )
        )
    elif problem := _problem_of(key):
        found.append(
            Warning(
                f"GITHUB_APP['PRIVATE_KEY'] {problem}: handlers cannot call GitHub as an installation.",
                hint="Generate one on the settings page of your GitHub App, and set it to the path of that file.",
                id=f"{PREFIX}.W014",
            )
        )
    return found


def _no_secret(kind: type[Error] | type[Warning], number: str) -> CheckMessage:
    return kind(
        "GITHUB_APP['WEBHOOK_SECRET'] is empty, so every delivery is refused.",
        hint="Set it to the webhook secret of your GitHub App; a list while you rotate it.",
        id=f"{PREFIX}.{number}",
    )


def check_credentials_for_deployment(**kwargs: Any) -> list[CheckMessage]:
    """E002."""
    return [] if app_settings.webhook_secrets else [_no_secret(Error, "E002")]


def _questionable_secrets() -> list[CheckMessage]:
    for secret in app_settings.webhook_secrets:
        if secret != secret.strip().strip(b"\"'") or len(secret.splitlines()) > 1:
            message = (
                "A secret in GITHUB_APP['WEBHOOK_SECRET'] has blanks, quotes or line ends around or in it."
            )
            hint = "They count as part of it; if they got there by pasting, remove them."
            return [Warning(message, hint=hint, id=f"{PREFIX}.W015")]
    return []


def _problem_of(key: str) -> str:
    from django_github_app.github.jwts import (
        problem_of_key,
    )  # every process imports the checks, not the client

    return problem_of_key(key)
