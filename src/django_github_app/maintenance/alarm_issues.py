"""An issue for each alarm, in a repository of the project's choice: opened once, closed with the recovery."""

from __future__ import annotations

from django_github_app.github import SyncGitHubAPI
from django_github_app.models import Incident
from django_github_app.observe.alarms import Thresholds

LABEL = "alarm"


def tell(incident: Incident, recovered: bool, limits: Thresholds) -> None:
    """Open or close the issue of an incident; its number is kept in ``incident.reference``."""
    gh = SyncGitHubAPI(installation_id=limits.issue_installation or None)
    place = f"/repos/{limits.issue}/issues"
    if not recovered:
        body = f"{incident.message}\n\n{incident.hint}\n\nSince {incident.opened_at:%Y-%m-%d %H:%M:%S} UTC."
        issue = gh.post(place, data={"title": f"Alarm: {incident.key}", "body": body, "labels": [LABEL]})
        incident.reference = str(issue["number"])
    elif incident.reference:
        number = incident.reference
        gh.post(f"{place}/{number}/comments", data={"body": "It is over."})
        gh.patch(f"{place}/{number}", data={"state": "closed"})
