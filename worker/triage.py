"""What the sample handlers do: small pure functions, the same for both worker types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LABELS = {
    "bug": ("error", "crash", "fails", "broken", "traceback"),
    "documentation": ("docs", "documentation", "readme", "spelling", "typo"),
    "enhancement": ("feature", "please add", "support for", "would be nice"),
}
SIZES = ((10, "XS"), (50, "S"), (250, "M"), (1000, "L"))


def suggest_labels(issue: Mapping[str, Any]) -> list[str]:
    """Return the labels that an issue's words suggest, sorted."""
    text = f"{issue.get('title') or ''} {issue.get('body') or ''}".lower()
    return sorted(label for label, words in LABELS.items() if any(word in text for word in words))


def size_label(pull_request: Mapping[str, Any]) -> str:
    """Return ``size/…`` by the number of changed lines."""
    lines = int(pull_request.get("additions") or 0) + int(pull_request.get("deletions") or 0)
    return "size/" + next((size for limit, size in SIZES if lines < limit), "XL")


def describe_push(push: Mapping[str, Any]) -> str:
    """Return one line about a push."""
    commits = push.get("commits") or []
    branch = str(push.get("ref") or "").removeprefix("refs/heads/")
    return f"{len(commits)} commit{'' if len(commits) == 1 else 's'} to {branch}"


def describe_installation(payload: Mapping[str, Any]) -> str:
    """Return one line about who installed the app where."""
    account = (payload.get("installation") or {}).get("account") or {}
    names = [repository.get("full_name", "?") for repository in payload.get("repositories") or []]
    return f"installed for {account.get('login', '?')}: {', '.join(names) or 'all repositories'}"
