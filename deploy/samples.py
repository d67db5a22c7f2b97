"""The sample deliveries of ``make run`` and ``make demo``: sent over HTTP, and what became of each."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import httpx

from django_github_app.testing import payloads

if TYPE_CHECKING:
    from django_github_app.models import EventLog

HANDLER_MODULES = {"sync": "worker.events.handlers", "async": "worker.events.ahandlers"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One delivery and the sample handler it is for."""

    worker_type: str
    event: str
    handler: str
    overrides: dict[str, Any] = field(default_factory=dict)
    delivery: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def path(self) -> str:
        return f"/github/{self.worker_type}/"

    def payload(self) -> dict[str, Any]:
        """Return its payload: of the site's app, with addresses of the API that the site calls."""
        from django_github_app.conf import app_settings

        made = payloads.of_app(
            payloads.build(self.event, **self.overrides),
            app_id=app_settings.APP_ID,
            client_id=app_settings.CLIENT_ID,
            slug=app_settings.SLUG,
        )
        return payloads.addressed_to(made, app_settings.API_URL)

    @property
    def expected(self) -> str:
        """The ledger's name of the handler."""
        return f"{HANDLER_MODULES[self.worker_type]}.{self.handler}"


def samples(slug: str) -> list[Sample]:
    """Return one delivery of each kind for each worker type."""
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("installation", "welcome", {}),
        ("issues", "label_issue", {"number": 1}),
        ("pull_request", "size_pull_request", {"number": 2, "title": "Correct the spelling"}),
        ("push", "describe_push", {}),
        ("issue_comment", "answer_ping", {"number": 1, "comment": f"@{slug} ping"}),
    ]
    return [
        Sample(worker_type, event, handler, overrides)
        for worker_type in ("sync", "async")
        for event, handler, overrides in kinds
    ]


def send(url: str, secret: str, wanted: Iterable[Sample]) -> list[str]:
    """Send the samples and return what went wrong, one line each."""
    failures = []
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        for sample in wanted:
            body = json.dumps(sample.payload()).encode()
            response = client.post(
                sample.path,
                content=body,
                headers={
                    "Content-Type": "application/json",
                    "X-GitHub-Event": sample.event,
                    "X-GitHub-Delivery": sample.delivery,
                    "X-Hub-Signature-256": payloads.sign(secret, body),
                },
            )
            if response.status_code != 202:
                failures.append(f"{sample.event} to {sample.path}: {response.status_code} {response.text}")
    return failures


def wait(wanted: Sequence[Sample], timeout: float, alive: Callable[[], None]) -> dict[str, EventLog]:
    """Wait until every sample's event is final; return the events by delivery, finished or not.

    ``alive`` is called between looks, and raises when waiting has become pointless.
    """
    from django_github_app.models import EventLog, EventStatus

    deadline = time.monotonic() + timeout
    while True:
        alive()
        found = EventLog.objects.filter(delivery__in=[sample.delivery for sample in wanted])
        events = {event.delivery or "": event for event in found.prefetch_related("runs")}
        finished = sum(EventStatus(event.status).is_final for event in events.values())
        if finished == len(wanted) or time.monotonic() > deadline:
            return events
        time.sleep(0.1)


def report(wanted: Sequence[Sample], events: dict[str, EventLog]) -> bool:
    """Print what happened to each sample; say whether all ended as expected."""
    from django_github_app.models import EventStatus, RunStatus

    rows = [("delivery", "worker", "outcome", "handler", "result", "ms")]
    as_expected = True
    for sample in wanted:
        event = events.get(sample.delivery)
        if event is None:
            rows.append((sample.event, sample.worker_type, "not stored", "", "", ""))
            as_expected = False
            continue
        runs = list(event.runs.order_by("pk"))
        as_expected &= event.status == EventStatus.DONE and any(
            run.handler == sample.expected and run.status == RunStatus.SUCCEEDED for run in runs
        )
        outcome = EventStatus(event.status).label
        head = (sample.event, sample.worker_type, str(outcome))
        for run in runs:
            ms = "" if run.duration_ms is None else f"{run.duration_ms:.1f}"
            rows.append((*head, run.handler, run.error or str(RunStatus(run.status).label), ms))
            head = ("", "", "")
        if not runs:
            rows.append((*head, "", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        click.echo("  ".join([*cells, row[-1].rjust(widths[-1])]).rstrip())
    return as_expected
