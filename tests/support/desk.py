"""A GitHub with a repository, the app installed on it, and a person who types comments there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from django_github_app.execution import batches
from django_github_app.models import EventLog, RunStatus
from django_github_app.testing import payloads
from django_github_app.testing.fake_github import FakeGitHub

REPO = "octo/widgets"


@dataclass
class Desk:
    """Types comments on issue 1, has them delivered over HTTP and processed, and reads what the app answered."""

    github: FakeGitHub
    worker_type: str

    def __post_init__(self) -> None:
        self.installation = self.github.add_installation("octo", repositories=[REPO])
        self.repo = self.github.repo(REPO)
        self.issue = self.repo.issue(1)

    def receive(
        self, event: str, payload: dict[str, Any], *, delivery: str, process: bool = True
    ) -> EventLog:
        """Send a signed webhook to the view of the worker type and run the event in this thread."""
        self.sent = (event, payload, delivery)
        body = json.dumps({**payload, "installation": {"id": self.installation.id}}).encode()
        response = Client().post(
            f"/github/{self.worker_type}/",
            body,
            content_type="application/json",
            headers={
                "x-github-event": event,
                "x-github-delivery": delivery,
                "x-github-hook-id": "1",
                "x-hub-signature-256": payloads.sign(self.github.webhook_secret, body),
            },
        )
        assert response.status_code == 202, response.content
        row = EventLog.objects.get(delivery=delivery)
        if process:
            self.process(row)
        return row

    def redeliver(self) -> EventLog:
        """Send the last webhook again, as GitHub's *Redeliver* does."""
        event, payload, delivery = self.sent
        return self.receive(event, payload, delivery=delivery)

    def process(self, row: EventLog) -> EventLog:
        row.refresh_from_db()
        # What took a worker down the sweep publishes so.
        process = batches.process_alone if row.lost_leases else batches.process
        process([row.pk], row.worker_type)
        row.refresh_from_db()
        return row

    def type(
        self,
        text: str,
        *,
        by: str = "octocat",
        role: str | None = "write",
        delivery: str = "delivery-1",
        process: bool = True,
        **overrides: Any,
    ) -> EventLog:
        """Comment on issue 1."""
        if role is not None:
            self.repo.roles[by.lower()] = role
        self.comment = self.issue.comment(text, by)
        return self.receive(
            "issue_comment", self.payload(by=by, **overrides), delivery=delivery, process=process
        )

    def edit(self, text: str, *, by: str = "octocat", delivery: str = "delivery-edit") -> EventLog:
        """Edit the comment that was typed last."""
        before, self.comment.body = self.comment.body, text
        payload = self.payload(by=by, action="edited", changes={"body": {"from": before}})
        return self.receive("issue_comment", payload, delivery=delivery)

    def payload_repository(self) -> dict[str, Any]:
        return {"id": self.repo.id, "full_name": REPO, "name": "widgets", "owner": {"login": "octo"}}

    def payload(self, *, by: str = "octocat", action: str = "created", **overrides: Any) -> dict[str, Any]:
        return {
            "action": action,
            "issue": self.issue.json(),
            "comment": self.comment.json(),
            "repository": self.payload_repository(),
            "sender": self.github.world.user(by).json(),
            **overrides,
        }

    @property
    def said(self) -> list[str]:
        """What the app answered, as a person sees it: without hidden marks."""
        return [
            comment.body.split("\n\n<!--")[0]
            for comment in self.issue.comments
            if comment.user.login == f"{self.github.slug}[bot]"
        ]

    @property
    def reactions(self) -> list[str]:
        return self.comment.emoji


def runs(row: EventLog) -> list[tuple[str | None, str]]:
    """Return command and outcome of each run of an event, in order."""
    return [(run.command, RunStatus(run.status).label) for run in row.runs.order_by("position", "id")]
