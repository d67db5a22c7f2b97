"""Retention on the running site: beat, a real worker, S3 over HTTP, and a worker that is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.s3 import BUCKET, s3_server
from tests.support.site import ROOT, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def manage(site: Site, *arguments: str) -> Any:
    """Run ``manage.py github …`` on the site and return its JSON."""
    command = [sys.executable, "manage.py", "github", *arguments, "--format", "json"]
    environment = {**os.environ, **site.environment}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def job(site: Site, pk: int) -> dict[str, Any]:
    (row,) = site.rows("SELECT * FROM django_github_app_retentionjob WHERE id = %s", pk)
    return row


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import boto3

    with s3_server("moto", tmp_path_factory.mktemp("moto")) as url:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket=BUCKET)
        yield url


def test_a_worker_archives_to_s3_and_the_events_come_back(make_site: Callable[..., Site], s3: str) -> None:
    environment = {
        "ARCHIVE_BUCKET": BUCKET,
        "ARCHIVE_ENDPOINT_URL": s3,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    site = make_site(environment=environment)
    site.start("web", "worker_sync")
    for _ in range(5):
        assert site.post("sync", "push").status_code == 202
    site.wait_until_final(5)
    columns = "SELECT id, delivery, status, body, attempts FROM django_github_app_eventlog ORDER BY id"
    before = site.rows(columns)
    pk = manage(site, "archive", "--days", "0", "--enqueue")["job"]
    site.wait_for(lambda: job(site, pk)["state"] >= 10, 60, "the archive job")
    assert (job(site, pk)["state"], job(site, pk)["error"]) == (10, "")
    assert site.rows(columns) == []
    assert manage(site, "archives", "verify")["whole"] == 1
    assert manage(site, "restore", "--all")["restored"] == 5
    assert site.rows(columns) == before


def test_a_job_whose_worker_is_killed_goes_on_with_the_next_worker(make_site: Callable[..., Site]) -> None:
    site = make_site(app={"RETENTION_BATCH_SIZE": 20, "RETENTION_TASK_SECONDS": 2})
    total = 40_000
    site.rows(
        "INSERT INTO django_github_app_eventlog (event, received_at, status) SELECT 'push',"
        " now() - interval '20 days', 10 FROM generate_series(1, %s) RETURNING 1 AS one",
        total,
    )
    site.rows(
        "UPDATE django_celery_beat_intervalschedule SET every = 1, period = 'seconds' WHERE id = (SELECT interval_id"
        " FROM django_celery_beat_periodictask WHERE name = 'github: retention jobs') RETURNING id"
    )
    site.start("worker_sync")
    pk = manage(site, "cleanup", "--days", "7", "--enqueue")["job"]
    site.wait_for(lambda: job(site, pk)["processed"] > 0, 60, "the first batches")
    site.kill("worker_sync")
    assert job(site, pk)["state"] < 10
    # As if five minutes had passed.
    site.rows(
        "UPDATE django_github_app_retentionjob SET heartbeat_at = now() - interval '5 minutes' RETURNING id"
    )
    site.rows(
        "UPDATE django_github_app_lock SET expires_at = expires_at - interval '5 minutes' RETURNING name"
    )
    site.start("worker_sync", "beat")
    site.wait_for(lambda: job(site, pk)["state"] >= 10, 200, "the cleanup job")
    assert (job(site, pk)["state"], job(site, pk)["error"]) == (10, "")
    assert site.rows("SELECT count(*) AS n FROM django_github_app_eventlog") == [{"n": 0}]


def test_the_folder_of_the_site_stays_clean() -> None:
    assert not (Path(ROOT) / "github_events").exists()
