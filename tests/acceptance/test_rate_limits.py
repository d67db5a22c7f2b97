"""GitHub limits the app while hundreds of events want to comment: real processes, one fake GitHub."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator

import httpx
import pytest

from django_github_app.models import EventStatus
from django_github_app.testing import FakeGitHub, payloads
from tests.support.site import SECRET, Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EVENTS = int(os.environ.get("COMMENTS", "250"))  # `make faults` tries 500
ISSUES = EVENTS // 2
LIMIT, PERIOD = EVENTS * 3 // 5, 8.0


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        fake.limit_requests(LIMIT, per=PERIOD)
        yield fake


@pytest.fixture
def site(github: FakeGitHub, make_site: Callable[..., Site]) -> Site:
    handlers = ["tests.support.commenting_handlers"]
    app = github.settings(
        WEBHOOK_SECRET=SECRET,
        HANDLERS={"sync": handlers, "async": handlers},
        CONTENT_PER_MINUTE=0,  # what is measured here is the reaction to GitHub's own limit
        CONTENT_PER_HOUR=0,
        POINTS_PER_MINUTE=0,
        SWEEP_GRACE=3,
        LEASE_SECONDS=3,
        RETRY_BACKOFF=0.5,
    )
    return make_site(app=app)


async def post_all(site: Site, github: FakeGitHub, events: int = EVENTS) -> dict[str, int]:
    """Post the events, four in five for the async workers; return issue numbers by delivery."""
    installation = github.add_installation("octo", repositories=["octo/widgets"])
    sent: dict[str, int] = {}
    gate = asyncio.Semaphore(20)
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:

        async def post(index: int) -> None:
            number, guid = index % ISSUES + 1, str(uuid.uuid4())
            github.repo("octo/widgets").issue(number)
            worker_type, event = ("sync", "issues") if index % 5 == 0 else ("async", "issue_comment")
            payload = payloads.build(
                event, number=number, repository="octo/widgets", installation=installation.id
            )
            payload["action"] = {"issues": "opened", "issue_comment": "created"}[event]
            sent[guid] = number
            async with gate:
                response = await client.post(**site.request(worker_type, event, payload, guid))
            assert response.status_code == 202, response.text

        await asyncio.gather(*map(post, range(events)))
    return sent


def assert_each_commented_once(site: Site, github: FakeGitHub, sent: dict[str, int]) -> None:
    assert site.statuses() == {EventStatus.DONE: len(sent)}
    repo = github.repo("octo/widgets")
    posted = Counter(
        (comment.body.split()[1], number)
        for number, issue in repo.issues.items()
        for comment in issue.comments
    )
    assert posted == Counter(sent.items())


def seconds_for_a_star(site: Site, worker_type: str) -> float:
    """Return how long an event takes whose handler asks GitHub for nothing."""
    before, guid = time.monotonic(), str(uuid.uuid4())
    site.post(worker_type, "star", delivery=guid)
    query = "SELECT status FROM django_github_app_eventlog WHERE delivery = %s AND status >= 10"
    site.wait_for(lambda: bool(site.rows(query, guid)), 20, "a star")
    return time.monotonic() - before


def comments(github: FakeGitHub) -> int:
    return sum(len(issue.comments) for issue in github.repo("octo/widgets").issues.values())


async def test_hundreds_of_comments_under_a_limit_are_all_posted_once_and_nothing_is_asked_while_limited(
    site: Site, github: FakeGitHub
) -> None:
    site.start("web", "worker_sync", "worker_async", "worker_async.2", "beat")
    started = time.monotonic()
    sent = await post_all(site, github)

    # While they wait for GitHub, the workers are free: an event that needs nothing of it is done at once.
    site.wait_for(lambda: EventStatus.RETRYING in site.statuses(), 30, "the limit to be felt")
    waited = [seconds_for_a_star(site, worker_type) for worker_type in ("sync", "async")]
    assert max(waited) < PERIOD
    site.rows("DELETE FROM django_github_app_handlerrun WHERE handler LIKE '%%starred' RETURNING id")
    site.rows("DELETE FROM django_github_app_eventlog WHERE event = 'star' RETURNING id")

    site.wait_until_final(EVENTS, timeout=200)
    took = time.monotonic() - started
    assert_each_commented_once(site, github, sent)
    assert [request for request in github.requests if request.limited] == []
    posts = github.requests_to("/repos/octo/widgets/issues/*/comments", "POST")
    assert [request.status for request in posts] == [201] * EVENTS
    print(f"{EVENTS} events in {took:.1f} s, at best {2 * EVENTS / LIMIT * PERIOD:.1f}; stars {waited}")
    durations = [
        run["duration_ms"] for run in site.rows("SELECT duration_ms FROM django_github_app_handlerrun")
    ]
    assert statistics.median(durations) < PERIOD * 1000 / 2, "callbacks waited for the limit to end"
    assert len(github.requests_to("/app/installations/*/access_tokens")) == 1


async def test_no_comment_is_posted_twice_when_a_worker_is_killed_halfway(
    site: Site, github: FakeGitHub
) -> None:
    site.start("web", "worker_sync", "worker_async", "beat")
    events = EVENTS // 2
    sent = await post_all(site, github, events)
    for posted in (events // 6, events // 2):
        site.wait_for(lambda posted=posted: comments(github) >= posted, 60, f"{posted} comments")  # type: ignore[misc]
        site.kill("worker_async", signal.SIGKILL)
        site.kill("worker_sync", signal.SIGKILL)
        assert comments(github) < events, "killed too late to show anything"
        site.start("worker_async", "worker_sync")
    site.wait_until_final(events, timeout=200)
    assert_each_commented_once(site, github, sent)
    assert [request for request in github.requests if request.limited] == []
