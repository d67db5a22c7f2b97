"""``manage.py github doctor --migrating`` prints the differences that a project meets, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db.models.signals import post_save
from django.test import override_settings
from django.urls import clear_url_caches, path

from django_github_app.broker import program
from django_github_app.cli import github, worker
from django_github_app.models import EventLog
from django_github_app.routing import GitHubRouter
from django_github_app.setup import migrating
from django_github_app.setup.doctor import examine
from django_github_app.setup.findings import Finding
from django_github_app.views import AsyncWebhookView, SyncWebhookView

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _isolated() -> Iterator[None]:
    with GitHubRouter.isolated():
        GitHubRouter().add(lambda event: None, "push")
        yield
    clear_url_caches()


def mapped(*views: Any) -> Any:
    clear_url_caches()
    patterns = [path(f"{n}/", view.as_view()) for n, view in enumerate(views)]
    return override_settings(ROOT_URLCONF=type("urls", (), {"urlpatterns": patterns}))


def findings(*subjects: str) -> list[Finding]:
    return list(examine({name: migrating.SUBJECTS[name] for name in subjects}))


def test_it_says_which_workers_the_views_need() -> None:
    with mapped(AsyncWebhookView):
        (finding,) = findings("views")
    assert "`manage.py github worker async`" in finding.hint
    with mapped():
        (finding,) = findings("views")
    assert finding.level == "error"


def test_it_names_a_view_with_a_post_or_a_response_of_its_own() -> None:
    class Own(SyncWebhookView):
        def post(self, request: Any) -> Any: ...

        def get_response(self, event_log: Any) -> Any: ...

    with mapped(Own):
        messages = [f.message for f in findings("views")]
    assert any("Own has a post() of its own" in m for m in messages)
    assert any("Own overrides get_response()" in m for m in messages)


def test_an_async_only_project_has_its_maintenance_done_by_the_async_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[str] = []

    def run(*arguments: str) -> int:
        started.extend(one for one in arguments if one.startswith("--queues="))
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(program, "run", run)
        for views in ((AsyncWebhookView,), (AsyncWebhookView, SyncWebhookView)):
            with mapped(*views):
                assert CliRunner().invoke(github, ["worker", "async"]).exit_code == 0
    assert [set(one.removeprefix("--queues=").split(",")) for one in started] == [
        {"github.async", program.default_queue(), "github.maintenance"}
    ] * 2
    with mapped(AsyncWebhookView):
        assert any("github.maintenance" in f.message for f in findings("celery"))
    assert worker.worker.name == "worker"


def test_it_finds_a_celery_app_that_was_not_configured_and_schedules_that_are_missing(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    from celery import Celery, _state

    settings.INSTALLED_APPS = [a for a in settings.INSTALLED_APPS if a != "django_celery_beat"]
    own = Celery("mine", set_as_current=False)
    own.conf.beat_schedule = {"mine": {"task": "mine.task", "schedule": 60}}
    monkeypatch.setattr(_state, "get_current_app", lambda: own)
    with mapped(SyncWebhookView):
        found = findings("celery")
    assert "'mine' is your own" in found[0].message
    assert "configure(app)" in found[0].hint
    assert "sweep" in found[1].message
    from django_github_app.celery import configure

    settings.CELERY_BEAT_SCHEDULE = {}
    good = configure(Celery("good", set_as_current=False))
    monkeypatch.setattr(_state, "get_current_app", lambda: good)
    with mapped(SyncWebhookView):
        assert findings("celery") == []


def test_it_tells_of_receivers_old_rows_and_settings(settings: Any) -> None:
    def receiver(**kwargs: Any) -> None: ...

    settings.GITHUB_APP = {**settings.GITHUB_APP, "WEBHOOK_TYPE": "sync"}
    EventLog.objects.bulk_create([EventLog(event="push", legacy_payload={"ref": "main"})])
    assert not any(f.subject == "signals" for f in findings("rows"))
    post_save.connect(receiver, EventLog)
    try:
        found = {f.subject: f.message for f in findings("rows", "settings")}
    finally:
        post_save.disconnect(receiver, EventLog)
    assert found["signals"].startswith("receivers of post_save")
    assert found["rows"].startswith("1 old rows")
    assert any("WEBHOOK_TYPE" in f.message for f in findings("settings"))


def test_it_points_at_the_lines_that_ask_the_database_for_the_payload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "queries.py"
    module.write_text(
        "rows = EventLog.objects.filter(payload__action='opened')\n"
        "good = EventLog.objects.filter(action='opened')\n"
        "names = rows.values_list('id', 'payload')\n"
    )
    monkeypatch.setattr(migrating, "_own_files", lambda: iter([module]))
    assert [f.message.split(" ")[0] for f in findings("source")] == [f"{module}:1", f"{module}:3"]


def test_it_tells_of_mention_rules_where_there_are_mention_handlers() -> None:
    assert findings("handlers") == []
    GitHubRouter().mention()(lambda event, gh, context: None)
    assert "CommonMark" in findings("handlers")[0].message


def test_the_command_prints_them() -> None:
    with mapped(SyncWebhookView):
        result = CliRunner().invoke(github, ["doctor", "--migrating", "--format", "json"])
    found = json.loads(result.output)
    assert {one["subject"] for one in found} >= {"workers", "settings"}
    assert not any("GitHub is" in one["message"] for one in found)
