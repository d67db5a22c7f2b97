"""A delivery through the whole pipeline inside a test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_github_app.errors import DeliveryConflict
from django_github_app.models import EventLog, EventStatus, RunStatus
from django_github_app.routing import GitHubRouter
from django_github_app.testing.deliver import deliver, process, store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gh() -> Iterator[GitHubRouter]:
    with GitHubRouter.isolated():
        yield GitHubRouter()


def test_what_is_stored_waits_for_a_worker(settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "API_URL": "http://127.0.0.1:9"}
    row = store("issues", "closed", number=7, worker_type="sync", delivery="d-1")
    assert (row.status, row.worker_type, row.delivery) == (EventStatus.PENDING, "sync", "d-1")
    assert (row.action, row.number) == ("closed", 7)
    assert row.lane is not None
    assert row.payload["issue"]["url"].startswith("http://127.0.0.1:9/")
    settings.GITHUB_APP = {**settings.GITHUB_APP, "LANES": False}
    assert store("issues").lane is None


def test_a_payload_of_ones_own_is_taken_as_it_is() -> None:
    assert store("push", payload={"ref": "main"}).payload == {"ref": "main"}


def test_an_id_with_another_body_is_raised() -> None:
    store("push", payload={"n": 1}, delivery="d-1")
    with pytest.raises(DeliveryConflict):
        store("push", payload={"n": 2}, delivery="d-1")


def test_it_is_processed_here_and_an_exception_is_in_the_ledger(gh: GitHubRouter) -> None:
    @gh.event("push")
    async def fails(event: Any) -> None:
        raise ValueError("no such branch")

    row = deliver("push")
    assert row.status == EventStatus.RETRYING
    (run,) = row.runs.all()
    assert (run.status, run.error) == (RunStatus.RETRYING, "ValueError: no such branch")


def test_several_rows_are_processed_and_refreshed(gh: GitHubRouter) -> None:
    gh.event("push")(lambda event: None)
    rows = [store("push", worker_type="sync"), store("push", worker_type="async")]
    process(*rows)
    assert {row.status for row in rows} == {EventStatus.DONE}
    assert EventLog.objects.filter(status=EventStatus.DONE).count() == 2
