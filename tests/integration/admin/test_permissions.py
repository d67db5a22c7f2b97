"""Every address, action and parameter of the admin, and which permission it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission, User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from django_github_app.maintenance import cancelling, publishing
from django_github_app.models import ArchiveFile, EventLog, JobKind, JobState, RetentionJob
from django_github_app.models.retention import create_job
from django_github_app.retention import requesting
from django_github_app.sql.cancelling import Cancelled
from tests.support.retention import an_event

pytestmark = pytest.mark.django_db

RIGHTS = ("view", "change", "delete", "archive", "restore")
EVENTS, FILES, JOBS = (
    f"admin:django_github_app_{name}_" for name in ("eventlog", "archivefile", "retentionjob")
)
DAYS = {"days_to_keep": "0", "post": "yes"}
NUL, HUGE = "\x00", "9" * 30


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> list[int]:
    """Two stores, one configured; an event in an archive, one in the database; what is replayed is noted."""
    storage = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        **{
            name: {"BACKEND": storage, "OPTIONS": {"location": str(tmp_path / name)}}
            for name in ("own", "other")
        },
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "own"}
    replayed: list[int] = []
    monkeypatch.setattr(requesting, "publish", lambda pk: None)

    def replay(ids: list[int], **named: Any) -> list[int]:
        replayed.extend(ids)
        return list(ids)

    def cancel(ids: list[int], by: str) -> Cancelled:
        replayed.extend(ids)
        return Cancelled(events=list(ids))

    monkeypatch.setattr(publishing, "replay", replay)
    monkeypatch.setattr(cancelling, "cancel", cancel)
    an_event(delivery="archived")
    EventLog.objects.archive_events(0)
    RetentionJob.objects.all().delete()
    an_event(delivery="here")
    return replayed


def client_with(*rights: str, superuser: bool = False) -> Client:
    user = User.objects.create_user(f"user{User.objects.count()}", is_staff=True, is_superuser=superuser)
    names = [f"{right}_eventlog" for right in rights] + ["view_archivefile", "view_retentionjob"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def post(client: Client, name: str, **values: Any) -> HttpResponseBase:
    return client.post(reverse(name), values)


def act(client: Client, name: str, action: str, **values: Any) -> HttpResponseBase:
    model = EventLog if name == EVENTS else ArchiveFile
    chosen = {"action": action, "_selected_action": [model.objects.get().pk], "confirmed": "yes"}
    return client.post(reverse(f"{name}changelist"), {**chosen, **values})


def address_of(name: str) -> str:
    return reverse(f"{EVENTS}{name}", args=[EventLog.objects.get().pk])


# What is asked for → the rights that it takes, each of which is missing once.
DOES: dict[str, tuple[Any, set[str]]] = {
    "clean up": (lambda c: post(c, f"{EVENTS}cleanup", **DAYS), {"delete"}),
    "archive, keep": (lambda c: post(c, f"{EVENTS}archive", storage="own", **DAYS), {"archive"}),
    "archive, delete": (
        lambda c: post(c, f"{EVENTS}archive", storage="own", delete_after_archive="on", **DAYS),
        {"archive", "delete"},
    ),
    "restore": (lambda c: post(c, f"{FILES}restore", delivery="archived"), {"restore"}),
    "restore, reprocess": (
        lambda c: post(c, f"{FILES}restore", delivery="archived", reprocess="on"),
        {"restore", "change"},
    ),
    "action: delete": (lambda c: act(c, EVENTS, "delete_selected_events"), {"view", "delete"}),
    "action: archive": (lambda c: act(c, EVENTS, "archive_selected"), {"view", "archive"}),
    "action: process again": (lambda c: act(c, EVENTS, "process_again"), {"view", "change"}),
    "action: failed again": (lambda c: act(c, EVENTS, "run_failed_again"), {"view", "change"}),
    "action: cancel": (lambda c: act(c, EVENTS, "cancel_selected"), {"view", "change"}),
    "replay an event": (lambda c: c.post(address_of("replay"), {"what": "all"}), {"view", "change"}),
    "cancel an event": (lambda c: c.post(address_of("cancel")), {"view", "change"}),
    "replay many": (
        lambda c: post(c, f"{EVENTS}replay_many", hours="1", rate="50", post="yes"),
        {"change"},
    ),
    "action: verify": (lambda c: act(c, FILES, "verify"), {"archive"}),
    "action: restore": (lambda c: act(c, FILES, "restore"), {"restore"}),
}


@pytest.mark.parametrize("name", DOES)
def test_each_deed_takes_its_rights_and_no_other_will_do(name: str, world: list[int]) -> None:
    do, needed = DOES[name]
    for missing in needed:
        # Django's own rule: who may change may view.
        others = [
            right for right in RIGHTS if right != missing and not (missing == "view" and right == "change")
        ]
        response = do(client_with(*others))
        assert response.status_code in (200, 302, 403), response
        assert not RetentionJob.objects.exists(), missing
        assert world == []
    response = do(client_with(*needed))
    assert response.status_code == 302, response
    assert RetentionJob.objects.count() + len(world) == 1


def test_whoever_may_not_delete_archives_selected_events_and_keeps_them() -> None:
    act(client_with("view", "archive"), EVENTS, "archive_selected")
    assert RetentionJob.objects.get().parameters["delete_after_archive"] is False
    RetentionJob.objects.all().delete()
    act(client_with("view", "archive", "delete"), EVENTS, "archive_selected")
    assert RetentionJob.objects.get().parameters["delete_after_archive"] is True


@pytest.mark.parametrize("where", [{"storage": "other"}, {"storage": "own", "location": "public"}])
def test_archives_go_where_the_settings_say_unless_a_superuser_says_otherwise(where: dict[str, str]) -> None:
    response = post(client_with(*RIGHTS), f"{EVENTS}archive", **DAYS, **where)
    assert response.status_code == 403
    assert not RetentionJob.objects.exists()
    assert post(client_with(superuser=True), f"{EVENTS}archive", **DAYS, **where).status_code == 302
    parameters = RetentionJob.objects.get().parameters
    assert {name: parameters[name] for name in where} == where


def test_forms_offer_only_what_a_person_may_do() -> None:
    page = client_with("archive").get(reverse(f"{EVENTS}archive")).content.decode()
    assert "delete_after_archive" not in page
    assert 'value="other"' not in page
    page = client_with("restore").get(reverse(f"{FILES}restore")).content.decode()
    assert "reprocess" not in page
    page = client_with("restore", "change").get(reverse(f"{FILES}restore")).content.decode()
    assert "reprocess" in page


PAGES = {
    "events": (f"{EVENTS}changelist", (), {"view"}),
    "clean-up page": (f"{EVENTS}cleanup", (), {"delete"}),
    "archive page": (f"{EVENTS}archive", (), {"archive"}),
    "restore page": (f"{FILES}restore", (), {"restore"}),
    "dashboard": (f"{EVENTS}dashboard", (), {"view"}),
    "live tail": (f"{EVENTS}tail", (), {"view"}),
    "rows of the live tail": (f"{EVENTS}tail_rows", (), {"view"}),
    "replay page": (f"{EVENTS}replay_many", (), {"change"}),
}
ELSEWHERE = {
    f"{FILES}download": "test_an_archive_is_downloaded_by_those_who_may_view_events",
    f"{EVENTS}due": "test_the_number_that_is_due_is_told_to_those_who_may_act_on_it",
    f"{EVENTS}replay": "DOES",
    f"{EVENTS}cancel": "DOES",
    f"{JOBS}status": "test_a_job_is_looked_at_and_cancelled_by_those_who_may_start_one",
    f"{JOBS}cancel": "test_a_job_is_looked_at_and_cancelled_by_those_who_may_start_one",
}
ACTIONS = {
    EventLog: {
        "process_again",
        "run_failed_again",
        "cancel_selected",
        "archive_selected",
        "delete_selected_events",
    },
    ArchiveFile: {"verify", "restore"},
}
DJANGOS_OWN = ("changelist", "add", "change", "delete", "history")


def test_no_page_and_no_action_is_missing_here() -> None:
    for model, page in site._registry.items():
        if model._meta.app_label != "django_github_app":
            continue
        prefix = f"admin:django_github_app_{model._meta.model_name}_"
        own = {f"admin:{one.name}" for one in page.get_urls() if one.name}
        own -= {f"{prefix}{name}" for name in DJANGOS_OWN}
        assert own <= {name for name, *_ in PAGES.values()} | ELSEWHERE.keys()
        assert set(page.actions or ()) == ACTIONS.get(model, set())


@pytest.mark.parametrize("kind", JobKind)
def test_a_job_is_looked_at_and_cancelled_by_those_who_may_start_one(kind: JobKind) -> None:
    job = create_job(kind, {})
    needed = {
        JobKind.CLEANUP: "delete", JobKind.ARCHIVE: "archive", JobKind.RESTORE: "restore",
        JobKind.VERIFY: "archive", JobKind.EXPIRE: "archive", JobKind.REPLAY: "change",
    }[kind]  # fmt: skip
    cancel, status = (reverse(f"{JOBS}{name}", args=[job.pk]) for name in ("cancel", "status"))
    others = [right for right in RIGHTS if right != needed]
    assert client_with(*others).post(cancel).status_code == 403
    stranger = User.objects.create_user("stranger", is_staff=True)
    client = Client(raise_request_exception=False)
    client.force_login(stranger)
    assert client.get(status).status_code == client.post(cancel).status_code == 403
    assert client_with(needed).get(status).status_code == 200
    assert client_with(needed).get(cancel).status_code == 405
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert client_with(needed).post(cancel).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


@pytest.mark.parametrize("name", PAGES)
def test_each_page_takes_its_right(name: str) -> None:
    url, arguments, needed = PAGES[name]
    address = reverse(url, args=arguments)
    # Whoever may change may view, as Django says.
    others = [r for r in RIGHTS if r not in needed and not (needed == {"view"} and r == "change")]
    assert client_with(*others).get(address).status_code == 403
    assert client_with(*needed).get(address).status_code == 200
    assert Client().get(address).status_code == 302


def test_an_archive_is_downloaded_by_those_who_may_view_events() -> None:
    address = reverse(f"{FILES}download", args=[ArchiveFile.objects.get().pk])
    assert client_with("restore", "archive").get(address).status_code == 403
    response = client_with("view").get(address)
    assert response.status_code == 200
    response.close()


@pytest.mark.parametrize("right", ["delete", "archive"])
def test_the_number_that_is_due_is_told_to_those_who_may_act_on_it(right: str) -> None:
    address = reverse(f"{EVENTS}due")
    assert client_with("view", "restore", "change").get(address).status_code == 403
    assert client_with(right).get(address, {"days_to_keep": "1"}).status_code == 200


# Whatever stands in an address

QUERIES = [
    {name: value}
    for value in (
        NUL,
        HUGE,
        "-" + HUGE,
        "²",
        "%",
        "'\"",
        "\ud800".encode("utf-8", "replace").decode(),
        "a" * 5000,
    )
    for name in (
        *(
            "event",
            "repository",
            "worker_type",
            "status__exact",
            "state__exact",
            "kind",
            "q",
            "p",
            "o",
            "id__exact",
        ),
        *(
            "installation_id",
            "number__gte",
            "received_at__year",
            "received_at__gte",
            "delivery__regex",
            "nowhere",
        ),
    )
] + [{"delivery__regex": "("}, {"received_at__year": "0"}, {"q": "#" + "٣" * 5}, {"all": ""}, {"e": "1"}]


@pytest.mark.parametrize("name", [EVENTS, FILES, JOBS])
def test_no_address_is_a_server_error(name: str) -> None:
    client = client_with(superuser=True)
    address = reverse(f"{name}changelist")
    wrong = {
        str(query): status
        for query in QUERIES
        if (status := client.get(address, query).status_code) not in (200, 302, 400)
    }
    assert wrong == {}


def test_no_object_or_parameter_is_a_server_error() -> None:
    client = client_with(superuser=True)
    for value in (HUGE, "0", "-1", "x", "1e5"):
        for address in (
            *(f"/admin/django_github_app/{model}/{value}/change/" for model in ("eventlog", "archivefile")),
            f"/admin/django_github_app/archivefile/{value}/download/",
            f"/admin/django_github_app/retentionjob/{value}/status/",
        ):
            assert client.get(address).status_code in (302, 404), address
        for days in ("days_to_keep", "days_to_keep_dead"):
            found = client.get(reverse(f"{EVENTS}due"), {"days_to_keep": "1", days: value})
            assert found.status_code in (200, 400)
        for field in ("since", "until", "delivery", "repository"):
            assert post(client, f"{FILES}restore", **{field: value}).status_code in (200, 302)
        for values in ({"_selected_action": value}, {"action": value}, {"index": value}):
            answer = client.post(
                reverse(f"{EVENTS}changelist"), {"action": "process_again", "_selected_action": "1", **values}
            )
            assert answer.status_code in (200, 302, 400)
        archived = post(client, f"{EVENTS}archive", storage=value, location=value + NUL, **DAYS)
        assert archived.status_code in (200, 302)
