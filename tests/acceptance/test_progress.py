"""A process is killed at each point of ``context.progress``: no check stays in progress, and there is one comment."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from django_github_app.models import EventStatus
from django_github_app.testing import FakeGitHub
from tests.support.site import SECRET, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REPO = "octo/widgets"
LEASE, SWEEP, SLACK = 3, 1, 6
POINTS = {1: "begin", 2: "_check", 3: "_comment", 4: "update", 5: "settle", 6: "show"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def start(github: FakeGitHub, make_site: Callable[..., Site], tmp_path: Path) -> Callable[..., Site]:
    def start(worker: str, **app: Any) -> Site:
        handlers = ["tests.support.dying_handlers"]
        settings = github.settings(
            WEBHOOK_SECRET=SECRET,
            HANDLERS={"sync": handlers, "async": handlers},
            LEASE_SECONDS=LEASE,
            SWEEP_GRACE=2,
            **app,
        )
        environment = {"CALLS_FILE": str(tmp_path / "calls"), "SYNC_CONCURRENCY": "2"}
        site = make_site(app=settings, environment=environment, sweep_every=SWEEP)
        site.start("web", worker, "beat")
        return site

    return start


def open_all(github: FakeGitHub, site: Site, worker_type: str) -> None:
    installation = github.add_installation("octo", repositories=[REPO])
    repo = github.repo(REPO)
    for number in POINTS:
        repo.issue(number)
        pull = {"number": number, "head": {"sha": sha(number), "ref": "topic"}}
        response = site.post(
            worker_type,
            "pull_request",
            "opened" if worker_type == "sync" else "reopened",
            number=number,
            pull_request=pull,
            repository={"id": repo.id, "full_name": REPO, "name": "widgets", "owner": {"login": "octo"}},
            installation={"id": installation.id},
        )
        assert response.status_code == 202


def sha(number: int) -> str:
    return f"{number}" * 40


def assert_shown_once(github: FakeGitHub, conclusions: set[str]) -> None:
    repo = github.repo(REPO)
    for number in POINTS:
        runs = repo.commit(sha(number)).check_runs
        # Where it died before GitHub was told of a check, there is none unless it is tried again.
        assert len(runs) <= 1
        assert {(run["status"], run["conclusion"] in conclusions) for run in runs} <= {("completed", True)}
        comments = [one for one in repo.issue(number).comments if one.user.login == f"{github.slug}[bot]"]
        assert len(comments) <= 1
        if conclusions == {"success"}:
            asked = [one for one in github.requests if "/comments" in one.path]
            assert (number, len(runs), len(comments)) == (number, 1, 1), asked


def killed(tmp_path: Path) -> set[int]:
    return {int(path.name.rpartition("-")[2]) for path in tmp_path.glob("killed-*")}


@pytest.mark.parametrize("worker_type", ["sync", "async"] if "LONG_COUNT" in os.environ else ["sync"])
def test_a_run_that_is_tried_again_goes_on_with_the_same_check_and_comment(
    github: FakeGitHub, start: Callable[..., Site], tmp_path: Path, worker_type: str
) -> None:
    worker = f"worker_{worker_type}"
    site = start(worker, MAX_LOST_LEASES=20)
    open_all(github, site, worker_type)

    def all_done() -> bool:
        if site.running[worker].process.poll() is not None:  # a worker with threads is killed as a whole
            site.running.pop(worker)
            site.start(worker)
        statuses = site.statuses()
        return sum(statuses.values()) == len(POINTS) and all(status >= 10 for status in statuses)

    site.wait_for(all_done, 240, "all events to be final")
    assert killed(tmp_path) == set(POINTS)
    assert site.statuses() == {EventStatus.DONE: len(POINTS)}
    assert_shown_once(github, {"success"})


def test_a_run_that_is_given_up_leaves_no_check_in_progress(
    github: FakeGitHub, start: Callable[..., Site], tmp_path: Path
) -> None:
    site = start("worker_sync", MAX_LOST_LEASES=1)
    open_all(github, site, "sync")
    site.wait_until_final(len(POINTS), 120)
    repo = github.repo(REPO)

    def open_checks() -> list[Any]:
        runs = [run for number in POINTS for run in repo.commit(sha(number)).check_runs]
        return [run for run in runs if run["status"] != "completed"]

    site.wait_for(lambda: not open_checks(), LEASE + SWEEP + SLACK, "every check to be concluded")
    for number in killed(tmp_path):
        died = (tmp_path / f"killed-{number}").stat().st_mtime
        for run in repo.commit(sha(number)).check_runs:
            concluded = dt.datetime.fromisoformat(run["completed_at"]).timestamp()
            assert concluded - died < LEASE + SWEEP + SLACK
    assert_shown_once(github, {"success", "failure"})
