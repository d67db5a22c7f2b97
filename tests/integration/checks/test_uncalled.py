"""Handlers that would never be called are told by ``check``: with file and line, and without importing them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app import checks
from django_github_app.routing import GitHubRouter
from django_github_app.routing.misnamed import misnamed
from tests.integration.routing.test_loading import project, run

__all__ = ["project"]

CHECK = """
from django_github_app import checks
found = [(one.id.partition(".")[2], one.msg) for one in checks.check_handlers()]
print(json.dumps([found, sorted(m for m in sys.modules if m.startswith("one."))]))
"""


def write(path: Path, *lines: str) -> None:
    path.write_text(
        "\n".join(["from django_github_app.routing import GitHubRouter", "gh = GitHubRouter()", *lines, ""])
    )


def views(project: Path, *names: str) -> None:
    """Map webhook views of these classes only."""
    patterns = ", ".join(f"path('{name}/', {name}.as_view())" for name in names)
    (project / "site_urls.py").write_text(
        f"from django.urls import path\nfrom django_github_app.views import {', '.join(names)}\n"
        f"urlpatterns = [{patterns}]\n"
    )


def test_names_that_do_not_exist_are_told_with_file_line_and_neighbour(project: Path) -> None:
    handlers = project / "one" / "events" / "handlers.py"
    write(
        handlers,
        "from one.triage import sort",
        "from . import nothing",
        "raise RuntimeError('a check imports no handler')",
        "@gh.event('isues', action='opened')",
        "def welcome(event): ...",
        "@gh.event(['issues.open', 'push'])",
        "@gh.event(NAME, action=['edited'])",
        "def several(event): ...",
    )
    write(
        project / "one" / "triage.py",
        "@gh.event('pull_request', action=('opened', 'synchronized'))",
        "async def sort(event): ...",
    )
    (found, imported) = run(project, CHECK)
    triage = project / "one" / "triage.py"
    assert found == [
        ["W042", f"{handlers}:6, welcome: GitHub sends no event 'isues': did you mean 'issues'?"],
        ["W042", f"{handlers}:8, several: 'issues' has no action 'open': did you mean 'opened'?"],
        [
            "W042",
            f"{triage}:3, sort: 'pull_request' has no action 'synchronized': did you mean 'synchronize'?",
        ],
    ]
    assert imported == []


def test_handlers_beside_the_only_view_are_told(project: Path) -> None:
    (project / "two" / "events" / "ahandlers.py").write_text("")
    (project / "one" / "events" / "ahandlers.py").write_text("")
    views(project, "AsyncWebhookView")
    found, imported = run(project, CHECK)
    handlers = project / "one" / "events" / "handlers.py"
    assert found == [
        [
            "W043",
            f"{handlers} registers handlers for the sync worker, and only the view of the async worker is mapped: "
            "they are never called.",
        ]
    ]
    assert imported == []


@pytest.mark.parametrize(
    ("mapped", "kept", "found"),
    [
        (("SyncWebhookView",), "handlers", []),
        (("SyncWebhookView",), "ahandlers", ["W043"]),
        (("AsyncWebhookView", "SyncWebhookView"), "handlers", []),
    ],
)
def test_handlers_of_a_mapped_view_are_not(
    project: Path, mapped: tuple[str, ...], kept: str, found: list[str]
) -> None:
    for app in ("one", "two"):
        for module in {"handlers", "ahandlers"} - {kept}:
            (project / app / "events" / f"{module}.py").unlink()
    views(project, *mapped)
    assert [number for number, _ in run(project, CHECK)[0]] == found


def test_a_site_that_receives_in_front_of_django_is_left_alone(project: Path) -> None:
    views(project, "AsyncWebhookView")
    (project / "site_wsgi.py").write_text("from django_github_app.wsgi import mount\n")
    with (project / "site_settings.py").open("a") as settings:
        settings.write("WSGI_APPLICATION = 'site_wsgi.application'\n")
    assert run(project, CHECK)[0] == []


def test_callbacks_that_are_registered_elsewhere_are_found_too() -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()

        @gh.event("issue_coment")
        def answer(event: Any) -> None: ...

        (one,) = misnamed(with_sources=False)
        assert (one.file, one.line) == (__file__, answer.__code__.co_firstlineno)
        assert one.problem == "GitHub sends no event 'issue_coment': did you mean 'issue_comment'?"
        assert [message.id for message in checks.check_handlers()] == ["django_github_app.W042"]
