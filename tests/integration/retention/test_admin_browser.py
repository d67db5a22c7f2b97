"""The admin pages in Chromium, under a policy that allows no inline script or style."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_github_app.maintenance import publishing
from django_github_app.models import ArchiveFile, EventLog, EventStatus, RetentionJob, RunStatus
from django_github_app.retention import jobs, requesting
from django_github_app.testing import payloads
from tests.support.browser import chromium, screenshot
from tests.support.retention import a_run, an_event

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


class Visitor:
    """Somebody who looks at the site with a browser."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def log_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        self.browser.get(f"{self.url}/static/admin/css/base.css")
        self.browser.delete_all_cookies()
        self.browser.add_cookie(
            {"name": "sessionid", "value": client.cookies["sessionid"].value, "path": "/"}
        )

    def open(self, name: str, *arguments: object) -> None:
        self.browser.get(f"{self.url}{reverse(f'admin:django_github_app_{name}', args=arguments)}")

    def text(self, selector: str) -> str:
        return str(self.browser.find_element("css selector", selector).text)

    def click(self, selector: str) -> None:
        self.browser.find_element("css selector", selector).click()

    def follow(self, selector: str) -> None:
        """Click on what leads to another page, and wait for that."""
        from selenium.webdriver.support.expected_conditions import staleness_of

        old = self.browser.find_element("tag name", "html")
        self.click(selector)
        self.wait(lambda: staleness_of(old)(self.browser))
        self.wait(lambda: self.browser.execute_script("return document.readyState") == "complete")

    def fill(self, name: str, value: str) -> None:
        field = self.browser.find_element("name", name)
        field.clear()
        field.send_keys(value)

    def wait(self, condition: Any) -> Any:
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.ui import WebDriverWait

        # A page that is being replaced answers with errors of several kinds: asked again, it is gone.
        patience = WebDriverWait(
            self.browser, 20, poll_frequency=0.05, ignored_exceptions=[WebDriverException]
        )
        return patience.until(lambda _: condition())

    @property
    def bar(self) -> int:
        return int(float(self.browser.find_element("tag name", "progress").get_attribute("value") or -1))

    def errors(self) -> list[str]:
        """Return what the browser complained of since it was asked last."""
        log: Any = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        messages = [entry["message"] for entry in log if entry["level"] == "SEVERE"]
        return [message for message in messages if "favicon.ico" not in message]


@pytest.fixture
def visitor(
    browser: Chrome, live_server: Any, admin_user: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visitor]:
    settings.MIDDLEWARE = ["tests.support.browser.strict_csp", *settings.MIDDLEWARE]
    monkeypatch.setattr(requesting, "publish", lambda pk: None)
    one = Visitor(browser, live_server.url)
    one.log_in(admin_user)
    one.errors()
    yield one
    browser.get("about:blank")


def last_job() -> RetentionJob:
    job = RetentionJob.objects.last()
    assert job is not None
    return job


def sample_log() -> EventLog:
    """Store events as a day brings them; return one whose command failed."""
    chosen = [
        ("push", "octo/hello", None, EventStatus.DONE),
        ("issues", "octo/hello", 41, EventStatus.DONE),
        ("pull_request", "octo/website", 7, EventStatus.IGNORED),
        ("check_run", "octo/website", None, EventStatus.IGNORED),
        ("issue_comment", "octo/hello", 41, EventStatus.DEAD),
        ("installation", None, None, EventStatus.DONE),
        ("pull_request", "octo/hello", 42, EventStatus.RETRYING),
        ("issues", "octo/website", 8, EventStatus.PROCESSING),
    ]
    for number, (event, repository, issue, status) in enumerate(chosen):
        payload = payloads.build(event)
        row = an_event(
            days=0.2 - number / 100,
            body=json.dumps(payload).encode(),
            event=event,
            action=payload.get("action"),
            repository=repository,
            number=issue,
            status=status,
            sender="octocat",
            worker_type="async" if number % 2 else "sync",
            attempts=5 if status is EventStatus.DEAD else 1,
        )
        a_run(row, handler=f"backports.events.ahandlers.on_{event}", duration_ms=8.5 + number)
        if status is EventStatus.DEAD:
            failed = row
            a_run(
                row,
                kind="command",
                handler="backports.events.ahandlers.backport",
                position=12,
                status=RunStatus.DEAD,
                attempts=5,
                duration_ms=412.7,
                error="GitHubBroken: 502 Server Error for POST /repos/octo/hello/git/refs",
                traceback="Traceback (most recent call last):\n  …\ngidgethub.GitHubBroken: 502 Server Error",
                command="backport",
                arguments="stable/3.0",
                actor="octocat",
            )
    return failed


def test_the_event_log_and_an_event_with_its_ledger(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "publish", lambda refs, most=None: None)
    failed = sample_log()
    visitor.open("eventlog_changelist")
    assert "issue_comment.created" in visitor.text("#result_list")
    screenshot(visitor.browser, "event-log")
    visitor.open("eventlog_change", failed.pk)
    assert "backport stable/3.0 (by octocat)" in visitor.text("#runs-group")
    assert '"action": "created"' in visitor.text(".github-payload")
    visitor.click("#runs-group summary")
    assert "gidgethub.GitHubBroken" in visitor.text("#runs-group details pre")
    screenshot(visitor.browser, "event")
    visitor.follow("button[value=failed]")
    assert "The event is queued" in visitor.text(".messagelist")
    failed.refresh_from_db()
    assert failed.status == EventStatus.PENDING
    assert visitor.errors() == []


def test_the_count_follows_what_is_typed_and_the_progress_bar_moves(visitor: Visitor, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "RETENTION_BATCH_SIZE": 25}
    EventLog.objects.bulk_create(
        EventLog(event="push", received_at=timezone.now() - dt.timedelta(days=10 + n % 3)) for n in range(100)
    )
    visitor.open("eventlog_changelist")
    visitor.follow("a[href$='/cleanup/']")
    visitor.wait(lambda: visitor.text(".github-due-count") == "100")
    visitor.fill("days_to_keep", "11")
    visitor.fill("days_to_keep_dead", "")
    visitor.wait(lambda: visitor.text(".github-due-count") not in ("100", "…", "?"))
    visitor.fill("days_to_keep", "7")
    visitor.wait(lambda: visitor.text(".github-due-count") == "100")
    screenshot(visitor.browser, "cleanup")
    visitor.follow("input[type=submit][value=Continue]")
    assert "Delete 100 events?" in visitor.text("#content-main")
    screenshot(visitor.browser, "cleanup-confirm")
    visitor.follow("input[value='Yes, delete them']")

    job = last_job()
    assert visitor.browser.current_url.endswith(f"/retentionjob/{job.pk}/change/")
    assert visitor.text("[data-field=state]") == "queued"
    seen = []
    for expected in (25, 50, 75):
        jobs.run(job.pk, seconds=0)
        visitor.wait(lambda expected=expected: visitor.bar == expected)
        seen.append(visitor.bar)
    assert seen == [25, 50, 75]
    screenshot(visitor.browser, "job")
    jobs.run(job.pk)
    visitor.wait(lambda: visitor.text("[data-field=state]") == "done")
    assert visitor.bar == 100
    assert not visitor.browser.find_elements("css selector", "[data-while-running]")
    assert not EventLog.objects.exists()
    assert visitor.errors() == []


def test_a_job_is_cancelled_with_a_button(visitor: Visitor) -> None:
    an_event(days=10)
    visitor.open("eventlog_cleanup")
    visitor.follow("input[type=submit][value=Continue]")
    visitor.follow("input[value='Yes, delete them']")
    visitor.follow("input[value='Cancel the job']")
    visitor.wait(lambda: visitor.text("[data-field=state]") == "cancelled")
    assert EventLog.objects.count() == 1
    assert visitor.errors() == []


def test_events_are_archived_and_restored(visitor: Visitor, folder: Path) -> None:
    for day in (9, 9, 10, 11, 12):
        an_event(days=day, repository="octo/hello")
    visitor.open("eventlog_archive")
    visitor.wait(lambda: visitor.text(".github-due-count") == "5")
    screenshot(visitor.browser, "archive")
    visitor.follow("input[type=submit][value=Continue]")
    assert str(folder) in visitor.text(".github-facts")
    visitor.follow("input[value='Yes, archive them']")
    jobs.run(last_job().pk)
    visitor.wait(lambda: visitor.text("[data-field=state]") == "done")
    assert not EventLog.objects.exists()
    visitor.open("archivefile_changelist")
    assert visitor.text("#result_list").count("stored") == ArchiveFile.objects.count() == 4
    screenshot(visitor.browser, "archives")
    visitor.follow("a[href$='/restore/']")
    visitor.fill("repository", "octo/hello")
    screenshot(visitor.browser, "restore")
    visitor.follow("input[value=Restore]")
    jobs.run(last_job().pk)
    visitor.wait(lambda: visitor.text("[data-field=state]") == "done")
    assert EventLog.objects.count() == 5
    assert visitor.errors() == []


def test_somebody_without_the_permission_gets_403(visitor: Visitor) -> None:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_eventlog"))
    visitor.log_in(user)
    visitor.open("eventlog_changelist")
    assert not visitor.browser.find_elements("css selector", "a[href$='/cleanup/'], a[href$='/archive/']")
    for name in ("eventlog_cleanup", "eventlog_archive", "archivefile_restore"):
        visitor.open(name)
        assert re.search(r"403|Forbidden", visitor.browser.page_source)
