"""What KEDA asks the database (deploy/kubernetes/overlays/keda) is asked here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.utils import timezone

from django_github_app.models import EventLog, EventStatus

SCALING = Path(__file__).parents[3] / "deploy/kubernetes/overlays/keda/autoscaling.yaml"
QUERIES = {
    one["metadata"]["name"].rpartition("-")[2]: one["spec"]["triggers"][0]["metadata"]["query"]
    for one in yaml.safe_load_all(SCALING.read_text())
    if one["kind"] == "ScaledObject"
}


def asked(worker_type: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES[worker_type])
        return float(cursor.fetchone()[0])


@pytest.mark.django_db
def test_keda_sees_for_how_long_the_oldest_pending_event_of_a_kind_of_worker_waits() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("KEDA's scaler is for PostgreSQL: unset DATABASE_URL to use a private one")
    assert asked("async") == asked("sync") == 0
    for number, (status, age) in enumerate(
        [(EventStatus.PENDING, 60), (EventStatus.PENDING, 5), (EventStatus.DONE, 900)]
    ):
        EventLog.objects.create(
            event="push",
            delivery=f"keda-{number}",
            status=status,
            worker_type="async",
            received_at=timezone.now() - dt.timedelta(seconds=age),
        )
    assert 59 < asked("async") < 120
    assert asked("sync") == 0
