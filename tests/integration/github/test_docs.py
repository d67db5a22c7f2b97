"""Every example of docs/github.md, run against the fake GitHub exactly as it is printed."""

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
from gidgethub import sansio

from django_github_app.models import Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver
from django_github_app.testing.fake_github_state import Comment

from .conftest import Octo

PAGE = (Path(__file__).parents[3] / "docs" / "github.md").read_text()
EXAMPLES = dict(re.findall(r"```python\n# (.*?)\n(.*?)```", PAGE, re.DOTALL))

pytestmark = pytest.mark.django_db

Load = Callable[[str], types.ModuleType]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Run an example as a module of its own; its handlers are gone after the test."""

    def run(name: str) -> types.ModuleType:
        module = types.ModuleType("example")
        monkeypatch.setitem(sys.modules, "example", module)
        exec(EXAMPLES[name], module.__dict__)
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
    assert len(re.findall("```python", PAGE)) == len(EXAMPLES) == 8
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
