"""The dashboard in Chromium under a strict policy: at every width, light and dark, and it keeps itself up to date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.support.browser import chromium, resize, screenshot, theme
from tests.support.dashboard import a_busy_day

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
WIDTHS = (375, 1280, 2560, 3840)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


def test_the_dashboard_fits_every_width_in_both_colours_and_pauses(
    browser: Chrome, live_server: Any, admin_user: User, settings: Any
) -> None:
    settings.MIDDLEWARE = ["tests.support.browser.strict_csp", *settings.MIDDLEWARE]
    a_busy_day()
    client = Client()
    client.force_login(admin_user)
    browser.get(f"{live_server.url}/static/admin/css/base.css")
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value, "path": "/"})
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    for scheme in ("light", "dark"):
        theme(browser, scheme)
        for width in WIDTHS:
            resize(browser, width)
            browser.get(f"{live_server.url}{reverse('admin:django_github_app_eventlog_dashboard')}?range=24h")
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, (scheme, width)
            if width < 2000:
                screenshot(browser, f"dashboard-{width}-{scheme}")
    bar = browser.execute_script(
        "return getComputedStyle(document.querySelector('.github-charts rect')).fill"
    )
    assert bar == "rgb(88, 166, 255)"
    # Whoever has no mouse reaches ranges and button by keyboard, and hears what is pressed.
    pause = browser.find_element("id", "github-pause")
    pause.send_keys(" ")
    assert pause.get_attribute("aria-pressed") == "true"
    names = browser.execute_script(
        "return [...document.querySelectorAll('.github-charts svg')].map(s => s.getAttribute('aria-labelledby'))"
    )
    assert all(browser.find_element("id", name).text for name in names)
    log: Any = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert [entry for entry in log if entry["level"] == "SEVERE" and "favicon" not in entry["message"]] == []
    browser.get("about:blank")
