"""The live tail in Chromium under a strict policy: it follows, it can be paused, and it leaves a reader alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from django_github_app.admin import tail_page
from django_github_app.models import EventLog, EventStatus, RunStatus
from tests.support.browser import chromium, resize, screenshot
from tests.support.retention import a_run, an_event

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture
def log_in(browser: Chrome, live_server: Any, admin_user: User, settings: Any) -> Callable[[str], None]:
    settings.MIDDLEWARE = ["tests.support.browser.strict_csp", *settings.MIDDLEWARE]
    client = Client()
    client.force_login(admin_user)
    browser.get(f"{live_server.url}/static/admin/css/base.css")
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value, "path": "/"})
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    address = f"{live_server.url}{reverse('admin:django_github_app_eventlog_tail')}"
    return lambda query: browser.get(f"{address}{query}")


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lately(number: int, **values: Any) -> EventLog:
    return an_event(
        days=0.001, event="issues", action="opened", repository="octo/hello", number=number, **values
    )


def test_it_follows_can_be_paused_and_leaves_a_reader_alone(
    browser: Chrome, log_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail_page, "EVERY_MS", 100)
    for number in range(1, 9):
        event = lately(number, sender="octocat", status=EventStatus.DEAD if number == 5 else EventStatus.DONE)
        dead = number == 5
        a_run(
            event,
            handler="backports.events.ahandlers.label",
            duration_ms=12.5 * number,
            status=RunStatus.DEAD if dead else RunStatus.SUCCEEDED,
            attempts=5 if dead else 1,
            error="GitHubBroken: 502 Server Error for POST /repos/octo/hello/issues/5/labels"
            if dead
            else None,
        )
    resize(browser, 1280, 900)
    log_in("")

    def rows() -> int:
        found = browser.execute_script(
            "return document.querySelectorAll('#github-tail-rows tr[data-id]').length"
        )
        return int(found)

    assert rows() == 8
    screenshot(browser, "tail")
    lately(10, status=EventStatus.PENDING)
    wait(lambda: rows() == 9)
    assert browser.execute_script("return document.querySelectorAll('.github-new').length") == 1
    # A state that changes is seen as well.
    EventLog.objects.filter(number=10).update(status=EventStatus.DONE)
    first = "return document.querySelector('#github-tail-rows tr .github-badge').textContent"
    wait(lambda: browser.execute_script(first) == "done")

    pause = browser.find_element("id", "github-pause")
    pause.send_keys(" ")
    assert pause.get_attribute("aria-pressed") == "true"
    lately(11)
    time.sleep(0.6)
    assert rows() == 9
    pause.send_keys(" ")
    wait(lambda: rows() == 10)

    # Whoever has gone into the rows by keyboard does not lose the place.
    browser.execute_script("document.querySelector('#github-tail-rows a').focus()")
    lately(12)
    time.sleep(0.6)
    assert rows() == 10
    assert browser.execute_script("return document.activeElement.isConnected") is True
    browser.execute_script("document.activeElement.blur()")
    wait(lambda: rows() == 11)

    log_in("?state=failed")
    assert rows() == 1
    log: Any = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE" and "favicon" not in entry["message"]] == []
    browser.get("about:blank")
