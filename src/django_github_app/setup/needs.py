"""What the registered handlers need of the app's settings on GitHub: events, and permissions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django_github_app.comments.places import PLACES
from django_github_app.deliveries.event_names import EVERY, SCHEDULED

# Sent to every app, whatever it subscribes to.
ALWAYS_SENT = frozenset(
    {"github_app_authorization", "installation", "installation_repositories", "installation_target", "ping"}
)
LEVELS = ("none", "read", "write", "admin")

_PERMISSIONS = {
    "actions": ("workflow_dispatch", "workflow_job", "workflow_run"),
    "checks": ("check_run", "check_suite"),
    "contents": ("create", "delete", "fork", "gollum", "merge_group", "push", "release"),
    "deployments": ("deployment", "deployment_review", "deployment_status"),
    "issues": ("issue_dependencies", "label", "milestone", "sub_issues"),
    "members": ("member", "membership", "organization", "team", "team_add"),
    "metadata": ("meta", "public", "repository", "star", "watch"),
    "packages": ("package", "registry_package"),
    "pages": ("page_build",),
    "pull_requests": ("pull_request_review_thread",),
    "statuses": ("status",),
    "vulnerability_alerts": ("dependabot_alert", "repository_vulnerability_alert"),
}
PERMISSION_OF_EVENT = {
    **{event: name for name, events in _PERMISSIONS.items() for event in events},
    **{place.event: place.permissions[0] for place in PLACES.values()},
}
"""Which permission an app must have to subscribe to an event (the GitHub Apps page of GitHub's webhook docs)."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Events to subscribe to, and the least permissions."""

    events: frozenset[str] = frozenset()
    permissions: Mapping[str, str] = field(default_factory=dict)

    def missing_events(self, subscribed: Iterable[str]) -> list[str]:
        return sorted(self.events - set(subscribed))

    def missing_permissions(self, granted: Mapping[str, str]) -> dict[str, str]:
        return {
            name: level
            for name, level in sorted(self.permissions.items())
            if LEVELS.index(level) > _level(granted.get(name, "none"))
        }


def _level(name: str) -> int:
    return LEVELS.index(name) if name in LEVELS else 0


def needs_of(registered: Iterable[tuple[str, str]]) -> Needs:
    """Return what callbacks need that are registered as (event type, kind).

    Mentions and commands answer where they were written, so they need to write there.
    """
    events: set[str] = set()
    permissions: dict[str, str] = {"metadata": "read"}
    for event, kind in registered:
        if event in ALWAYS_SENT or event in (
            EVERY,
            SCHEDULED,
        ):  # sent whatever it subscribes to, or by ourselves
            continue
        events.add(event)
        level = "read" if kind == "event" else "write"
        for permission in _permissions_for(event):
            permissions[permission] = max(permissions.get(permission, "none"), level, key=_level)
    return Needs(frozenset(events), permissions)


def _permissions_for(event: str) -> tuple[str, ...]:
    place = PLACES.get(event)
    if place is not None:
        return place.permissions
    permission = PERMISSION_OF_EVENT.get(event)
    return () if permission is None else (permission,)
