"""What an event's page says beside its columns: what it waits for, where it is on GitHub, its payload."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import zstandard

from django_github_app.conf import app_settings
from django_github_app.github.urls import web_url
from django_github_app.models import EventLog, EventStatus, unfinished
from django_github_app.observe.redaction import without_secrets
from django_github_app.process.clock import as_aware
from django_github_app.sql.clock import database_now

from .bounded import pretty

MOST_AHEAD: Final = 20
# In the order in which a person looks for them: the comment is closer to what happened than its pull request.
_PLACES: Final = ("comment", "review", "issue", "pull_request", "discussion", "check_run", "release")


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an event waits for: a sentence, and the events of its lane that come before it, the next one first."""

    reason: str = ""
    events: tuple[EventLog, ...] = ()
    more: bool = False


def waits_for(event: EventLog) -> Ahead:
    """Return what holds an event back. Reads at most `MOST_AHEAD` rows, by the index of lanes."""
    if event.status == EventStatus.RETRYING and event.next_attempt_at is not None:
        due = as_aware(event.next_attempt_at)
        if due > (now := database_now()):
            return Ahead(f"It is tried again in {_in(due - now)}.")
    if event.status not in (EventStatus.PENDING, EventStatus.RETRYING):
        return Ahead()
    if event.lane is None:
        return Ahead("It takes part in no lane: it waits for a worker only.")
    # Retries do not hold up their lane: that is why those that are merely due are not among them.
    running = EventLog.objects.filter(lane=event.lane, status=EventStatus.PROCESSING).exclude(pk=event.pk)
    before = unfinished.pending_in_lane(event.lane).filter(pk__lt=event.pk)
    found = [
        *running.defer("body", "legacy_payload").order_by("pk")[: MOST_AHEAD + 1],
        *before.defer("body", "legacy_payload")[: MOST_AHEAD + 1],
    ]
    if not found:
        return Ahead("Nothing of its lane is before it: it waits for a worker only.")
    return Ahead("", tuple(found[:MOST_AHEAD]), more=len(found) > MOST_AHEAD)


def _in(left: dt.timedelta) -> str:
    seconds = round(left.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min {seconds % 60} s"


def payload_of(event: EventLog) -> tuple[Any, str]:
    """Return the payload, and why it cannot be shown, or ""."""
    try:
        return event.payload, ""
    except (ValueError, RecursionError, zstandard.ZstdError) as error:
        return None, f"cannot be shown: {type(error).__name__}"


def shown_payload(payload: Any, problem: str) -> str:
    """Return a payload for its page, without secrets."""
    return problem or ("-" if payload is None else pretty(without_secrets(payload)))


def places_on_github(event: EventLog, payload: Any) -> list[tuple[str, str]]:
    """Return what the event is about, as ``(name, address)``: the comment, the issue, the repository."""
    found = dict(_named_in(payload) if isinstance(payload, Mapping) else ())
    if found:
        return list(found.items())
    return [place] if (place := subject_on_github(event)) else []


def _named_in(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in (*_PLACES, "repository"):
        place = payload.get(name)
        address = place.get("html_url") if isinstance(place, Mapping) else None
        if isinstance(address, str) and is_web_address(address):
            yield name.replace("_", " "), address


def subject_on_github(event: EventLog) -> tuple[str, str] | None:
    """Return the issue or pull request that a row names; GitHub leads from one to the other."""
    if not event.repository or event.repository.count("/") != 1:
        return None
    base = f"{web_url(app_settings.API_URL)}/{quote(event.repository)}"
    if event.number is None:
        return event.repository, base
    return f"{event.repository}#{event.number}", f"{base}/issues/{event.number}"


def request_headers(event: EventLog, payload: Any) -> list[tuple[str, str]]:
    """Return the headers that GitHub sent, as far as the row tells them."""
    if event.delivery is None:
        return []
    found = {
        "X-GitHub-Event": event.event or "",
        "X-GitHub-Delivery": event.delivery,
        "X-GitHub-Hook-ID": str(event.hook_id or ""),
        "X-GitHub-Hook-Installation-Target-ID": str(event.target_id or ""),
        "X-GitHub-Hook-Installation-Target-Type": _target_type(event, payload),
    }
    try:
        form = "application/x-www-form-urlencoded" if event.form_encoded else "application/json"
        found |= {"Content-Type": form, "Content-Length": str(len(event.raw_body))}
    except (ValueError, zstandard.ZstdError):
        pass
    return [(name, value) for name, value in found.items() if value]


def _target_type(event: EventLog, payload: Any) -> str:
    """Return what the hook belongs to: the app, or what of the payload has the id that the header named."""
    if not event.target_id:
        return ""
    if str(event.target_id) == app_settings.APP_ID:
        return "integration"
    for key, kind in (
        ("repository", "repository"),
        ("organization", "organization"),
        ("enterprise", "business"),
    ):
        thing = payload.get(key) if isinstance(payload, Mapping) else None
        if isinstance(thing, Mapping) and thing.get("id") == event.target_id:
            return kind
    return ""


def is_web_address(text: str) -> bool:
    """Say whether a link may lead there: nothing that a browser would run."""
    try:
        return urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).netloc)
    except ValueError:
        return False
