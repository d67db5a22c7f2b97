"""Realistic webhook payloads, in the shape GitHub documents.

For tests, for samples and for ``manage.py github send``.

Pure: values in, a dict out. The same arguments give the same payload.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from django_github_app import deliveries

from .payload_bodies import EVENTS, _Event
from .payload_objects import Options, Payload, node_id

__all__ = [
    "addressed_to",
    "build",
    "event_names",
    "of_app",
    "sign",
]


GITHUB_API: Final = "https://api.github.com"


def sign(secret: str | bytes, body: str | bytes) -> str:
    """Return the ``X-Hub-Signature-256`` header of a body."""
    return deliveries.sign(body.encode() if isinstance(body, str) else body, secret)


def event_names() -> list[str]:
    """Return the events that `build` knows in full, sorted."""
    return sorted(EVENTS)


def build(event: str, action: str | None = None, **overrides: Any) -> Payload:
    """Return the payload of one delivery.

    ``action`` defaults to the event's most common one. Overrides that everybody needs have short names:
    ``number``, ``repository`` (``"owner/name"``), ``sender`` (a login), ``installation`` (an id, or None to
    leave it out), ``comment`` (the text), ``on_pull_request``, ``title``, ``body`` and
    ``ref``. Any other override replaces a top-level key of the payload; a dict, of these names too, is merged into
    the one that is there. An event that is not known gets what all events share.
    """
    known = EVENTS.get(event, _Event())
    options = Options(overrides)
    payload: Payload = {}
    action = action if action is not None else known.action
    if action is not None:
        payload["action"] = action
    payload |= known.make(options)
    if known.repository:
        payload.setdefault("repository", options.repository)
    if options.installation is not None and known.installation:
        payload.setdefault(
            "installation",
            {"id": options.installation, "node_id": node_id("Installation", options.installation)},
        )
    payload.setdefault("organization", options.organization)
    payload.setdefault("sender", options.sender)
    for key, value in options.rest.items():
        present = payload.get(key)
        payload[key] = (
            {**present, **value} if isinstance(present, dict) and isinstance(value, Mapping) else value
        )
    return payload


def addressed_to(payload: Payload, api_url: str) -> Payload:
    """Return a payload whose addresses in github.com's API lead to another one: handlers call them."""
    if api_url == GITHUB_API:
        return payload
    built: Payload = json.loads(json.dumps(payload).replace(GITHUB_API, api_url.rstrip("/")))
    return built


def of_app(payload: Payload, *, app_id: str, client_id: str = "", slug: str = "") -> Payload:
    """Return a payload whose installation and hook are those of this app, as a site checks it.

    An ``app_id`` that is no number, and what is empty, changes nothing.
    """
    mine = {"app_id": int(app_id)} if app_id.isdigit() else {}
    changed = dict(payload)
    for key, more in (
        ("installation", {"client_id": client_id, "app_slug": slug}),
        ("hook", {}),
    ):
        present = payload.get(key)
        if isinstance(present, dict) and "app_id" in present:
            changed[key] = {**present, **mine, **{name: value for name, value in more.items() if value}}
    return changed
