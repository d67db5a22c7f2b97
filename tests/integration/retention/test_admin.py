"""The admin pages, without a browser: what they show, what they enqueue, and whom they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_github_app.admin import EventLogAdmin, bounded
from django_github_app.models import (
    ArchiveFile,
    ArchiveState,
    EventLog,
    EventStatus,
    Installation,
    JobKind,
    JobState,
    Repository,
    RetentionJob,
    RunStatus,
)
from django_github_app.retention import jobs
from tests.support.retention import a_run, an_event, picture

pytestmark = pytest.mark.django_db
CHANGELIST = "admin:django_github_app_eventlog_changelist"
CLEANUP = "admin:django_github_app_eventlog_cleanup"
ARCHIVE = "admin:django_github_app_eventlog_archive"


@pytest.fixture(autouse=True)
def published(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(jobs, "publish", ids.append)
    return ids


def client_with(*permissions: str) -> Client:
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def admin(admin_user: User) -> Client:
    client = Client()
    client.force_login(admin_user)
    return client


def page(client: Client, name: str, *arguments: object, **query: Any) -> str:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200, response
    return response.content.decode()


def test_the_list_shows_what_happened_to_each_event(admin: Client) -> None:
    an_event(event="issues", action="opened", repository="octo/hello", number=7, sender="octocat")
    html = page(admin, CHANGELIST)
    for text in ("issues.opened", "octo/hello#7", "octocat", "github-good", "1 event"):
        assert text in html


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("72d3162e-cc78-11e3-81ab-4c9367dc0958", True),
        ("octo/hello", True),
        ("#7", True),
        ("@octocat", True),
        ("issues", True),
        ("issues.opened", True),
        ("issues.closed", False),
        ("octo", False),
        ("999999999999", False),
    ],
)
def test_search_finds_whole_values(admin: Client, term: str, found: bool) -> None:
    event = an_event(
        action="opened",
        delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
        repository="octo/hello",
        number=7,
        sender="octocat",
    )
    link = reverse("admin:django_github_app_eventlog_change", args=[event.pk])
    assert (link in page(admin, CHANGELIST, q=term)) is found


def test_an_event_is_found_by_its_id(admin: Client) -> None:
    event = an_event()
    assert "1 event" in page(admin, CHANGELIST, q=str(event.pk))


@pytest.mark.parametrize("name", ["event", "repository", "status__exact", "worker_type"])
def test_filters_work(admin: Client, name: str) -> None:
    an_event(event="push", repository="octo/hello", worker_type="sync", status=EventStatus.DONE)
    an_event(event="issues", repository="octo/other", worker_type="async", status=EventStatus.DEAD)
    value = {"event": "push", "repository": "octo/hello", "status__exact": "10", "worker_type": "sync"}[name]
    html = page(admin, CHANGELIST, **{name: value})
    assert "1 event" in html
    assert "octo/hello" in html


def test_the_detail_shows_payload_and_ledger_without_secrets(admin: Client) -> None:
    token = "ghs_" + "a" * 40
    body = {"action": "opened", "hook": {"config": {"secret": "hunter2"}}, "text": f"my {token} <b>"}
    event = an_event(body=json.dumps(body).encode(), action="opened")
    a_run(
        event,
        handler="app.handlers.label",
        status=RunStatus.DEAD,
        error=f"ValueError: {token}",
        traceback="Traceback …",
        duration_ms=12.34,
        command="label",
        arguments="+A",
        actor="octocat",
    )
    html = page(admin, "admin:django_github_app_eventlog_change", event.pk)
    for text in ("app.handlers.label", "label +A (by octocat)", "12.3 ms", "&lt;b&gt;", "Traceback …"):
        assert text in html
    assert token not in html
    assert "hunter2" not in html
    assert 'name="_save"' not in html


@pytest.mark.parametrize("body", [b"not json", b"", b'{"lone":"\\ud800"}', b"[" * 5000 + b"]" * 5000, None])
def test_a_detail_page_opens_whatever_the_body_is(admin: Client, body: bytes | None) -> None:
    event = an_event(body=body)
    page(admin, "admin:django_github_app_eventlog_change", event.pk)
    EventLog.objects.filter(pk=event.pk).update(body=b"damaged")
    assert "cannot be shown" in page(admin, "admin:django_github_app_eventlog_change", event.pk)


def test_a_very_long_payload_is_cut(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "SHOWN_CHARACTERS", 1000)
    event = an_event(body=json.dumps({"x": "y" * 5000}).encode())
    assert "more characters" in page(admin, "admin:django_github_app_eventlog_change", event.pk)


def test_no_page_counts_or_reads_a_big_table_to_its_end(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "COUNT_LIMIT", 3)
    monkeypatch.setattr(bounded, "WINDOW", 3)
    monkeypatch.setattr(EventLogAdmin, "list_per_page", 2)
    oldest, *_ = [an_event(event="push") for _ in range(6)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        html = page(admin, CHANGELIST)
        assert "more than 3 events" in html
        filtered = page(admin, CHANGELIST, event="push")
        assert "Filters look at the newest" in filtered
    assert f"/{oldest.pk}/change/" not in filtered
    for query in queries.captured_queries:
        sql = query["sql"]
        if "COUNT(" in sql.upper():
            assert "django_github_app_eventlog" not in sql
        if sql.startswith("SELECT") and "eventlog" in sql and "MAX(" not in sql:
            assert "LIMIT" in sql
        assert '"django_github_app_eventlog"."body"' not in sql


def test_a_filter_that_an_index_answers_looks_at_all_rows(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "WINDOW", 1)
    dead = an_event(status=EventStatus.DEAD)
    for _ in range(4):
        an_event()
    assert f"/{dead.pk}/change/" in page(admin, CHANGELIST, status__exact="12")


class TestCleanup:
    def test_it_asks_counts_asks_again_and_enqueues(self, admin: Client, published: list[int]) -> None:
        an_event(days=10)
        an_event(days=1)
        assert 'value="7"' in page(admin, CLEANUP)
        due = admin.get(
            reverse("admin:django_github_app_eventlog_due"), {"days_to_keep": "7", "kind": "cleanup"}
        )
        assert due.json() == {"due": "1"}
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": 7})
        assert "Delete <strong>1</strong> events?" in answer.content.decode()
        assert not RetentionJob.objects.exists()
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": 7, "post": "yes"})
        job = RetentionJob.objects.get()
        assert answer.headers["Location"] == reverse(
            "admin:django_github_app_retentionjob_change", args=[job.pk]
        )
        assert (job.kind, job.requested_by, job.source) == (JobKind.CLEANUP, "admin", "admin")
        assert EventLog.objects.count() == 2
        jobs.run(job.pk)
        assert EventLog.objects.count() == 1

    @pytest.mark.parametrize("days", ["", "-1", "x"])
    def test_days_that_make_no_sense_are_refused(self, admin: Client, days: str) -> None:
        answer = admin.post(reverse(CLEANUP), {"days_to_keep": days, "post": "yes"})
        assert "errornote" in answer.content.decode()
        assert not RetentionJob.objects.exists()
        due = admin.get(reverse("admin:django_github_app_eventlog_due"), {"days_to_keep": days})
        assert due.status_code == 400

    def test_dead_events_may_stay_longer(self, admin: Client) -> None:
        admin.post(reverse(CLEANUP), {"days_to_keep": 7, "days_to_keep_dead": 90, "post": "yes"})
        cutoffs = RetentionJob.objects.get().parameters["cutoffs"]
        assert cutoffs["dead"] < cutoffs["done"] == cutoffs["ignored"]


class TestArchive:
    def test_it_says_where_to_and_enqueues(self, admin: Client, folder: Path) -> None:
        an_event(days=10)
        html = page(admin, ARCHIVE)
        assert 'value="archives"' in html
        form = {
            "days_to_keep": 7,
            "delete_after_archive": "on",
            "storage": "archives",
            "location": "github_events",
        }
        confirmation = admin.post(reverse(ARCHIVE), form).content.decode()
        assert str(folder) in confirmation
        assert "once their archive is verified" in confirmation
        admin.post(reverse(ARCHIVE), {**form, "post": "yes"})
        job = RetentionJob.objects.get()
        jobs.run(job.pk)
        job.refresh_from_db()
        assert (job.state, EventLog.objects.count(), ArchiveFile.objects.count()) == (JobState.DONE, 0, 1)

    def test_the_events_may_stay(self, admin: Client, folder: Path) -> None:
        an_event(days=10)
        form = {"days_to_keep": 7, "storage": "archives", "location": "", "post": "yes"}
        admin.post(reverse(ARCHIVE), form)
        jobs.run(RetentionJob.objects.get().pk)
        assert (EventLog.objects.count(), ArchiveFile.objects.count()) == (1, 1)

    def test_a_storage_that_the_project_does_not_have_is_refused(self, admin: Client) -> None:
        answer = admin.post(reverse(ARCHIVE), {"days_to_keep": 7, "storage": "os.path.Evil", "post": "yes"})
        assert "Select a valid choice" in answer.content.decode()
        assert not RetentionJob.objects.exists()

    def test_a_storage_that_cannot_be_used_is_named_before_the_job_is_asked_for(
        self, admin: Client, settings: Any
    ) -> None:
        settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "gone"}
        page(admin, ARCHIVE)
        answer = admin.post(reverse(ARCHIVE), {"days_to_keep": 7, "storage": "gone"})
        assert "gone (cannot be used)" in answer.content.decode()


class TestSelected:
    def select(self, client: Client, action: str, *events: EventLog, **more: str) -> Any:
        data = {"action": action, "_selected_action": [str(e.pk) for e in events], **more}
        return client.post(reverse(CHANGELIST), data)

    @pytest.mark.parametrize("action", ["delete_selected_events", "archive_selected"])
    def test_exactly_the_selected_events_go_when_they_are_finished(
        self, admin: Client, folder: Path, action: str
    ) -> None:
        one, pending, other = an_event(days=0), an_event(status=EventStatus.PENDING), an_event(days=50)
        question = self.select(admin, action, one, pending).content.decode()
        assert "<strong>2</strong> selected events?" in question
        assert not RetentionJob.objects.exists()
        self.select(admin, action, one, pending, confirmed="yes")
        job = RetentionJob.objects.get()
        jobs.run(job.pk)
        assert set(picture()) == {pending.pk, other.pk}
        assert ArchiveFile.objects.exists() is (action == "archive_selected")

    def test_events_can_be_processed_again(self, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_github_app.maintenance.sweep.publish", lambda wanted, most=None: None)
        done, dead = an_event(), an_event(status=EventStatus.DEAD)
        a_run(done)
        self.select(admin, "process_again", done)
        self.select(admin, "run_failed_again", dead)
        assert set(EventLog.objects.values_list("status", flat=True)) == {EventStatus.PENDING}

    def test_too_many_are_refused(self, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django_github_app.admin.events.MOST_SELECTED", 1)
        self.select(admin, "delete_selected_events", an_event(), an_event(), confirmed="yes")
        assert not RetentionJob.objects.exists()


class TestPermissions:
    @pytest.mark.parametrize(
        ("name", "permission"),
        [
            (CLEANUP, "delete_eventlog"),
            (ARCHIVE, "archive_eventlog"),
            ("admin:django_github_app_archivefile_restore", "restore_eventlog"),
        ],
    )
    def test_each_page_has_its_own(self, name: str, permission: str) -> None:
        others = {"delete_eventlog", "archive_eventlog", "restore_eventlog", "view_eventlog"} - {permission}
        refused = client_with(*others)
        assert refused.get(reverse(name)).status_code == 403
        assert refused.post(reverse(name), {"days_to_keep": 0, "post": "yes"}).status_code == 403
        assert not RetentionJob.objects.exists()
        assert client_with(permission).get(reverse(name)).status_code == 200

    def test_the_buttons_are_there_for_those_who_may(self) -> None:
        assert "Clean up old events" not in page(client_with("view_eventlog"), CHANGELIST)
        html = page(client_with("view_eventlog", "delete_eventlog"), CHANGELIST)
        assert "Clean up old events" in html
        assert "Archive old events" not in html
        assert "delete_selected_events" in html
        assert "archive_selected" not in html

    def test_the_count_is_for_those_who_may_act_on_it(self) -> None:
        url = reverse("admin:django_github_app_eventlog_due")
        assert client_with("view_eventlog").get(url, {"days_to_keep": 1}).status_code == 403
        assert client_with("archive_eventlog").get(url, {"days_to_keep": 1}).status_code == 200

    def test_somebody_who_is_not_staff_sees_the_login(self) -> None:
        assert Client().get(reverse(CLEANUP)).status_code == 302

    def test_a_download_needs_the_events_permission_too(self, folder: Path) -> None:
        an_event(days=10)
        EventLog.objects.archive_events(7)
        url = reverse("admin:django_github_app_archivefile_download", args=[ArchiveFile.objects.get().pk])
        assert client_with("view_archivefile").get(url).status_code == 403
        answer: Any = client_with("view_archivefile", "view_eventlog").get(url)
        assert b"".join(answer.streaming_content)


class TestJobPage:
    def test_it_shows_progress_and_can_cancel(self, admin: Client) -> None:
        job = RetentionJob.objects.create(kind=JobKind.CLEANUP, total=200, processed=50)
        html = page(admin, "admin:django_github_app_retentionjob_change", job.pk)
        assert 'value="25"' in html
        assert "Cancel the job" in html
        status = admin.get(reverse("admin:django_github_app_retentionjob_status", args=[job.pk])).json()
        assert (status["state"], status["percent"], status["total"]) == ("queued", 25, "200")
        cancel = reverse("admin:django_github_app_retentionjob_cancel", args=[job.pk])
        assert admin.get(cancel).status_code == 405
        assert client_with("archive_eventlog").post(cancel).status_code == 403
        admin.post(cancel)
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED
        assert "Cancel the job" not in page(admin, "admin:django_github_app_retentionjob_change", job.pk)

    def test_a_failed_one_says_why(self, admin: Client) -> None:
        job = RetentionJob.objects.create(kind=JobKind.ARCHIVE, state=JobState.FAILED, error="StoreError: no")
        assert "StoreError: no" in page(admin, "admin:django_github_app_retentionjob_change", job.pk)
        assert "github-bad" in page(admin, "admin:django_github_app_retentionjob_changelist")


class TestArchives:
    @pytest.fixture(autouse=True)
    def _archived(self, folder: Path) -> None:
        an_event(days=10, repository="octo/hello")
        an_event(days=11, repository="octo/other")
        EventLog.objects.archive_events(7)

    def test_they_are_listed_shown_and_downloaded(self, admin: Client, folder: Path) -> None:
        file = ArchiveFile.objects.first()
        assert file is not None
        html = page(admin, "admin:django_github_app_archivefile_changelist")
        assert file.path in html
        assert file.sha256 in page(admin, "admin:django_github_app_archivefile_change", file.pk)
        url = reverse("admin:django_github_app_archivefile_download", args=[file.pk])
        answer: Any = admin.get(url)
        assert b"".join(answer.streaming_content) == (folder / file.path).read_bytes()
        assert answer.headers["Content-Disposition"].endswith(f'filename="{Path(file.path).name}"')
        (folder / file.path).unlink()
        gone = admin.get(reverse("admin:django_github_app_archivefile_download", args=[file.pk]))
        assert gone.status_code == 404

    @pytest.mark.parametrize("action", ["verify", "restore"])
    def test_actions_enqueue_jobs(self, admin: Client, action: str) -> None:
        data = {"action": action, "_selected_action": [str(f.pk) for f in ArchiveFile.objects.all()]}
        admin.post(reverse("admin:django_github_app_archivefile_changelist"), data)
        job = RetentionJob.objects.get(kind=action)
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == JobState.DONE
        assert EventLog.objects.count() == (2 if action == "restore" else 0)

    def test_an_expired_archive_is_not_restored(self, admin: Client) -> None:
        ArchiveFile.objects.update(state=ArchiveState.EXPIRED)
        data = {"action": "restore", "_selected_action": [str(f.pk) for f in ArchiveFile.objects.all()]}
        admin.post(reverse("admin:django_github_app_archivefile_changelist"), data)
        assert not RetentionJob.objects.filter(kind=JobKind.RESTORE).exists()

    def test_events_are_restored_by_repository(self, admin: Client) -> None:
        url = reverse("admin:django_github_app_archivefile_restore")
        assert "Say which days" in admin.post(url, {}).content.decode()
        assert "No archive" in admin.post(url, {"until": "2020-01-01"}).content.decode()
        admin.post(url, {"repository": "octo/hello"})
        jobs.run(RetentionJob.objects.get(kind=JobKind.RESTORE).pk)
        assert EventLog.objects.get().repository == "octo/hello"


def test_installations_and_repositories_are_shown(admin: Client) -> None:
    installation = Installation.objects.create(
        installation_id=99, data={"account": {"login": "octo"}, "access_tokens_url": "https://x"}
    )
    repository = Repository.objects.create(
        installation=installation, repository_id=5, repository_node_id="R_5", full_name="octo/hello"
    )
    assert "octo" in page(admin, "admin:django_github_app_installation_changelist")
    assert "octo" in page(admin, "admin:django_github_app_installation_changelist", q="octo")
    assert "access_tokens_url" in page(admin, "admin:django_github_app_installation_change", installation.pk)
    assert "octo/hello" in page(admin, "admin:django_github_app_repository_changelist", q="octo/hello")
    assert "R_5" in page(admin, "admin:django_github_app_repository_change", repository.pk)


def test_pages_work_without_inline_scripts_or_styles(admin: Client, folder: Path) -> None:
    job = RetentionJob.objects.create(kind=JobKind.CLEANUP)
    for html in (
        page(admin, CLEANUP),
        page(admin, ARCHIVE),
        page(admin, "admin:django_github_app_archivefile_restore"),
        page(admin, "admin:django_github_app_retentionjob_change", job.pk),
    ):
        content = html[html.index('<div id="content"') :]
        assert "<script>" not in content
        assert " style=" not in content
        assert " onclick=" not in content
