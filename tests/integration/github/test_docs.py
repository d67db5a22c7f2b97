"""The examples of the pages, run against the fake GitHub exactly as they are printed."""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.urls.resolvers import RegexPattern, URLResolver
from gidgethub import sansio

from django_github_app.broker.celery_app import current_app
from django_github_app.conf import app_settings
from django_github_app.errors import PermanentError
from django_github_app.maintenance import continuing
from django_github_app.models import EventLog, Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver, process
from django_github_app.testing.fake_github_conversations import Comment
from django_github_app.views import AsyncWebhookView, SyncWebhookView
from tests.support.octo import Octo

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "github.md").read_text()
EXAMPLES = dict(re.findall(r"```python\n# (.*?)\n(.*?)```", PAGE, re.DOTALL))

pytestmark = pytest.mark.django_db

Load = Callable[[str], types.ModuleType]


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Run an example as a module of its own; its handlers are gone after the test."""

    def run(name: str) -> types.ModuleType:
        module = types.ModuleType("example")
        monkeypatch.setitem(sys.modules, "example", module)
        exec(EXAMPLES.get(name, name), module.__dict__)
        return module

    with GitHubRouter.isolated():
        yield run


def happens(
    octo: Octo, event: str, action: str, number: int, delivery: str | None = None, **merged: Any
) -> str:
    where = {"repository": "octo/widgets", "installation": octo.installation.id}
    text = json.dumps(payloads.build(event, action, number=number, **where))
    payload = json.loads(text.replace("https://api.github.com", octo.github.url))
    for name, values in merged.items():
        payload[name] |= values
    row = deliver(event, payload=payload, delivery=delivery)
    errors = [run.error for run in row.runs.all() if run.error]
    assert errors == []
    return str(row.get_status_display())


def sansio_event(octo: Octo, comment: Comment) -> sansio.Event:
    data = {"issue": octo.issue.json(), "comment": comment.json(), "repository": octo.repo.json()}
    return sansio.Event(data, event="issue_comment", delivery_id="d-1")


def test_every_example_is_tested_here() -> None:
    source = Path(__file__).read_text()
    assert len(re.findall("```python", PAGE)) == len(EXAMPLES) == 10
    assert [name for name in EXAMPLES if f'load("{name}")' not in source] == []


def test_an_asynchronous_handler_labels_new_issues(octo: Octo, load: Load) -> None:
    load("your_app/events/ahandlers.py")
    octo.repo.issue(7)
    octo.repo.issue(8, labels=["bug"])
    for number in (7, 8):
        assert happens(octo, "issues", "opened", number) == "done"
    assert octo.repo.issue(7).labels == ["triage"]
    assert octo.repo.issue(8).labels == ["bug"]


def test_a_synchronous_handler_counts_pull_requests(octo: Octo, load: Load) -> None:
    load("your_app/events/handlers.py")
    pull = octo.repo.pull(2)
    octo.repo.pull(3)
    assert happens(octo, "pull_request", "opened", 2) == "done"
    assert pull.bodies == ["2 open"]


def test_a_client_of_ones_own_is_made_for_an_installation(octo: Octo, load: Load) -> None:
    example = load("anywhere, synchronous")
    Installation.objects.create_from_gh_data(octo.installation.json())
    assert example.default_branch("octo", "octo/widgets") == "main"


def test_calls_are_made_as_the_app_and_over_graphql(octo: Octo, load: Load) -> None:
    example = load("anywhere, asynchronous")
    assert async_to_sync(example.where_installed)() == ["octo"]
    assert async_to_sync(example.stars)(octo.installation.id, "octo", "widgets") == "octo/widgets"


def test_what_is_written_twice_is_there_once(octo: Octo, load: Load) -> None:
    example = load("your_app/events/ahandlers.py, writing")
    comment = octo.issue.comment("please", by="alice")
    event = sansio_event(octo, comment)
    for _ in range(2):
        async_to_sync(example.answer)(event, octo.client())
    assert [body.split("\n")[0] for body in octo.issue.bodies] == ["please", "I am on it."]
    assert comment.emoji == ["eyes"]
    pull = octo.repo.pull(2)
    for sha in ("a" * 40, "b" * 40):
        octo.repo.commit(sha)
        happens(octo, "pull_request", "synchronize", 2, pull_request={"head": {"sha": sha}})
    assert [body.split("\n")[0] for body in pull.bodies] == ["Checked bbbbbbb."]
    assert [status["context"] for status in octo.repo.commit("b" * 40).statuses] == ["style"]
    assert [run["conclusion"] for run in octo.repo.commit("b" * 40).check_runs] == ["success"]


def test_installations_are_audited(octo: Octo, load: Load) -> None:
    example = load("anywhere, about installations")
    stored = Installation.objects.create_from_gh_data(octo.installation.json())
    Repository.objects.create_from_gh_data(octo.repo.json(), stored)
    assert example.audit() == {"octo/widgets": 1}


def test_the_example_of_a_test_passes(fake_github: Any, load: Load) -> None:
    load("your_app/events/ahandlers.py")
    load("tests/test_labels.py").test_new_issues_get_a_label(fake_github)


def test_the_example_of_trouble_passes(fake_github: Any, load: Load) -> None:
    load("tests/test_trouble.py").test_trouble(fake_github)


def test_the_example_of_a_github_alone_starts_one(load: Load) -> None:
    example = load("scripts/fake_github.py")
    with example.FakeGitHub() as github:
        assert github.add_installation("octo", repositories=["octo/widgets"]).repos[0].name == "widgets"


def test_the_example_of_an_error_says_which_request_was_refused(octo: Octo, load: Load) -> None:
    example = load("anywhere, to look at an error")
    url = f"{octo.github.url}/repos/octo/widgets/issues/999"
    assert example.close(octo.installation.id, url) == f"PATCH {url} was refused with 404"


# The pages beside this one; README.md and docs/commands.md have tests of their own.


def test_the_handlers_of_the_handlers_page_work(
    octo: Octo, load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    first, welcome, typed, on_error, told, mentioned = blocks("docs/handlers.md")
    example = load(
        "\n".join(
            (
                "import types",
                first,
                welcome,
                typed,
                "sentry_sdk = types.SimpleNamespace()",
                on_error,
                told,
                mentioned,
            )
        )
    )
    captured: list[BaseException] = []
    example.sentry_sdk.capture_exception = captured.append
    pull = octo.repo.pull(2)
    assert happens(octo, "pull_request", "opened", 2, pull_request={"draft": True}) == "ignored"
    assert pull.reviewers == []
    assert happens(octo, "pull_request", "opened", 2, pull_request={"draft": False}) == "done"
    assert pull.reviewers == ["octocat"]
    for ref, status in (("refs/heads/main", "ignored"), ("refs/tags/v1", "done")):
        row = deliver("push", ref=ref, repository="octo/widgets", installation=octo.installation.id)
        assert row.get_status_display() == status
    assert "released refs/tags/v1" in capsys.readouterr().out
    happens(octo, "issue_comment", "created", 1, comment={"body": "Hi,\n\nhelp @my-bot please"})
    assert octo.issue.bodies == ["line 3"]
    assert happens(octo, "issues", "opened", 1) == "done"
    assert octo.issue.bodies[1].startswith("Hello ")

    assert happens(octo, "pull_request", "labeled", 2) == "done"
    assert "2 labeled" in capsys.readouterr().out

    gh: GitHubRouter = example.gh

    @gh.event("push", ref="refs/heads/broken")
    def broken(event: Any) -> None:
        raise PermanentError("no good")

    row = deliver(
        "push", ref="refs/heads/broken", repository="octo/widgets", installation=octo.installation.id
    )
    assert row.get_status_display() == "dead"
    assert [str(error) for error in captured] == ["no good"]


def test_the_review_of_the_page_about_long_handlers_shows_goes_on_and_reports(octo: Octo, load: Load) -> None:
    (code,) = blocks("docs/long-running-handlers.md")
    example: Any = load(code)
    looked: list[str] = []

    async def look_at(file: str) -> str:
        looked.append(file)
        if looked == ["a.py", "b.py"]:
            raise OSError
        return "fine"

    example.look_at = look_at
    sha = "c" * 40
    about = {"repository": "octo/widgets", "installation": octo.installation.id}
    row = deliver(
        "pull_request", "opened", number=1, pull_request={"number": 1, "head": {"sha": sha}}, **about
    )
    row.runs.update(next_attempt_at=None)
    EventLog.objects.filter(pk=row.pk).update(next_attempt_at="2020-01-01T00:00:00Z")
    process(row)
    assert row.get_status_display() == "done"
    assert looked == ["a.py", "b.py", "b.py", "c.py"]
    (check,) = octo.repo.commit(sha).check_runs
    assert (check["conclusion"], check["output"]["title"]) == ("success", "3 files")
    suite = deliver(
        "check_suite", "completed", check_suite={"head_sha": sha, "conclusion": "success"}, **about
    )
    assert suite.get_status_display() == "done"
    process(*(EventLog.objects.get(pk=pk) for _, pk in continuing.fire()))
    said = [body.split("\n\n<!--")[0] for body in octo.issue.bodies]
    assert said == ["**review**: 3 files\n\nNothing to complain about.", "Checks: success, files: 3"]


def test_rows_are_read_as_the_migrating_page_says() -> None:
    (code,) = blocks("docs/migrating.md")
    EventLog.objects.create(
        event="issues", action="labeled", legacy_payload={"action": "labeled", "label": {"name": "old"}}
    )
    deliver("issues", "labeled", label={"name": "new"})
    names: dict[str, Any] = {}
    exec(code, names)
    assert sorted(names["labels"]) == ["new", "old"]


def test_a_projects_celery_app_has_what_it_needs() -> None:
    (code,) = blocks("docs/celery.md")
    names: dict[str, Any] = {}
    before = current_app()
    try:
        exec(code, names)
        assert names["app"].conf.task_acks_late is True
        assert names["app"].conf.task_reject_on_worker_lost is True
    finally:
        before.set_current()
        before.set_default()


def test_the_test_of_the_testing_page_passes(fake_github: Any, load: Load) -> None:
    (code,) = blocks("docs/testing.md")
    handlers = "from django_github_app.routing.router import GitHubRouter\ngh = GitHubRouter()\n"
    handlers += "@gh.event('issues')\nasync def welcome(event): ...\n"
    handlers += "welcome.__module__ = 'your_app.events.ahandlers'\n"
    load(handlers)
    load(code).test_new_issues_are_welcomed(fake_github)


def test_the_urls_of_the_readme_lead_to_the_views() -> None:
    settings_block, urls_block = blocks("README.md")[:2]
    names: dict[str, Any] = {}
    exec(settings_block, names)
    assert names["INSTALLED_APPS"][-1] == "django_github_app"
    unknown = [name for name in names["GITHUB_APP"] if not hasattr(type(app_settings), name)]
    assert unknown == []
    urlconf = types.ModuleType("readme_urls")
    exec(urls_block, urlconf.__dict__)
    resolver = URLResolver(RegexPattern(r"^/"), urlconf)
    views = [resolver.resolve(f"/github/{kind}/").func.__dict__["view_class"] for kind in ("async", "sync")]
    assert views == [AsyncWebhookView, SyncWebhookView]
