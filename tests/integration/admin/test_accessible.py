"""Every page of the admin in Chromium: axe-core finds nothing, nothing is cut off, and no policy is broken.

With ``AXE=all`` (``make axe``) each page at every width in both colours; otherwise each page once, by turns.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from django_github_app.models import (
    ArchiveFile,
    EventLog,
    EventStatus,
    Installation,
    Repository,
    RetentionJob,
    RunStatus,
)
from tests.support import axe
from tests.support.browser import chromium, resize, theme
from tests.support.dashboard import a_busy_day
from tests.support.retention import TRIES, a_run, an_event

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

LOOKS = [(width, scheme) for width in (375, 1280, 2560) for scheme in ("light", "dark")]


@pytest.fixture
def addresses(tmp_path: Any, settings: Any) -> list[str]:
    """Store something for every page; return the addresses of all of them."""
    storage = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "own": {"BACKEND": storage, "OPTIONS": {"location": str(tmp_path)}},
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "own"}
    an_event(days=400, repository="octo/hello")
    EventLog.objects.archive_events(300)
    failed = a_busy_day()
    a_run(
        failed,
        handler="app.handlers.with.a.very.long.dotted.name.that.somebody.wrote",
        status=RunStatus.RETRYING,
        error="ConnectError: refused",
        traceback="Traceback …",
        tries=TRIES,
    )
    waiting = an_event(days=0.1, repository="octo/hello", number=7, lane=5, status=EventStatus.PROCESSING)
    behind = an_event(days=0.1, repository="octo/hello", number=7, lane=5, status=EventStatus.PENDING)
    EventLog.objects.filter(pk__in=[waiting.pk, behind.pk]).update(worker_type="sync")
    installation = Installation.objects.create(installation_id=7, data={"account": {"login": "octo"}})
    repository = Repository.objects.create(
        installation=installation, repository_id=8, repository_node_id="n", full_name="octo/hello"
    )
    rows = {
        "eventlog": (failed, behind),
        "archivefile": ArchiveFile.objects.all()[:1],
        "retentionjob": RetentionJob.objects.all()[:1],
        "installation": (installation,),
        "repository": (repository,),
    }
    found = [
        *(f"eventlog_{name}" for name in ("dashboard", "tail", "replay_many", "cleanup", "archive")),
        "archivefile_restore",
        *(f"{model}_changelist" for model in rows),
    ]
    addresses = [reverse(f"admin:django_github_app_{name}") for name in found]
    for model, some in rows.items():
        addresses += [reverse(f"admin:django_github_app_{model}_change", args=[one.pk]) for one in some]
    return [*addresses, f"{addresses[1]}?state=failed&actor=nobody", f"{addresses[1]}?state=odd"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as started:
        yield started


@pytest.fixture
def logged_in(browser: Chrome, live_server: Any, admin_user: User) -> Iterator[Chrome]:
    client = Client()
    client.force_login(admin_user)
    browser.get(f"{live_server.url}/static/admin/css/base.css")
    browser.add_cookie({"name": "sessionid", "value": client.cookies["sessionid"].value, "path": "/"})
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    yield browser
    browser.get("about:blank")


def complaints(browser: Chrome) -> list[str]:
    log: Any = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [one["message"] for one in log if one["level"] == "SEVERE" and "favicon" not in one["message"]]


@pytest.mark.skipif(
    apps.is_installed("unfold"), reason="what django-unfold puts around our pages is its own affair"
)
def test_axe_finds_nothing_wrong_with_any_page(
    logged_in: Chrome, live_server: Any, addresses: list[str], settings: Any
) -> None:
    browser, script = logged_in, axe.script()
    settings.MIDDLEWARE = ["tests.support.browser.strict_csp", *settings.MIDDLEWARE]
    wrong: dict[str, list[dict[str, Any]]] = {}
    for number, address in enumerate(addresses):
        looks = LOOKS if os.environ.get("AXE") == "all" else [LOOKS[number % len(LOOKS)]]
        for at, (width, scheme) in enumerate(looks):
            resize(browser, width)
            theme(browser, scheme)
            if at == 0:
                browser.get(f"{live_server.url}{address}")
            if found := axe.violations(browser, script):
                wrong[f"{address} {width} {scheme}"] = found
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            if wide > width:
                too_wide = {"rule": "cut off", "nodes": [f"{wide} pixels"]}
                wrong.setdefault(f"{address} {width} {scheme}", []).append(too_wide)
    assert complaints(browser) == []
    in_short = _in_short(wrong)
    assert not in_short, "\n".join(in_short)


def _in_short(wrong: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return each thing that is wrong once, with the first page on which it is."""
    found: dict[tuple[str, str], str] = {}
    for page, some in wrong.items():
        for one in some:
            for node in one["nodes"]:
                found.setdefault((one["rule"], node), page)
    return [f"{rule}: {node} ({page})" for (rule, node), page in found.items()]


@pytest.mark.skipif(
    not apps.is_installed("unfold"), reason="django-unfold is not installed: make unfold runs this with it"
)
def test_every_page_fits_under_django_unfold_and_its_fields_can_be_seen(
    logged_in: Chrome, live_server: Any, addresses: list[str]
) -> None:
    seen = "return [...document.querySelectorAll('#content-main input[type=text], #content-main select')]"
    wrong = []
    for address in addresses:
        for width in (375, 1280):
            resize(logged_in, width)
            logged_in.get(f"{live_server.url}{address}")
            wide = logged_in.execute_script("return document.documentElement.scrollWidth")
            bare = logged_in.execute_script(
                f"{seen}.filter(one => one.offsetWidth && getComputedStyle(one).borderTopWidth === '0px').length"
            )
            text = logged_in.find_element("id", "content").text
            if wide > width or bare or len(text) < 20:
                wrong.append((address, width, wide, bare, text[:50]))
    assert not wrong, "\n".join(map(str, wrong))
    assert complaints(logged_in) == []
