"""The public names: those that docs/api.md lists, and every import path of django-github-app 0.11."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from importlib.resources import files

import pytest

from tests.support.generated_docs import PUBLIC, public_names
from tests.support.source import PACKAGE, ROOT

# django-github-app 0.11: its modules, what they define, and of the classes that projects use, the methods.
OF_0_11 = {
    "admin": [],
    "apps": ["GitHubAppConfig"],
    "checks": [],
    "conf": ["AppSettings", "DEPRECATED_SETTINGS", "GITHUB_APP_SETTINGS_NAME", "app_settings"],
    "events": [],
    "events.ahandlers": [],
    "events.handlers": [],
    "github": [
        "AsyncGitHubAPI",
        "AsyncGitHubAPI.getitem",
        "AsyncGitHubAPI.getiter",
        "AsyncGitHubAPI.post",
        "AsyncGitHubAPI.sleep",
        "GitHubAPIEndpoint",
        "GitHubAPIUrl",
        "GitHubAPIUrl.full_url",
        "SyncGitHubAPI",
        "SyncGitHubAPI.getitem",
        "SyncGitHubAPI.getiter",
        "SyncGitHubAPI.sleep",
    ],
    "management.commands.github": ["Command"],
    "mentions": [
        "EventAction",
        "LineInfo",
        "LineInfo.for_mention_in_comment",
        "Mention",
        "Mention.from_event",
        "MentionScope",
        "MentionScope.all_events",
        "MentionScope.from_event",
        "MentionScope.get_events",
        "ParsedMention",
        "extract_mentions_from_event",
        "matches_pattern",
    ],
    "models": [
        "AccountType",
        "EventLog",
        "EventLog.action",
        "EventLogManager",
        "EventLogManager.acleanup_events",
        "EventLogManager.acreate_from_event",
        "EventLogManager.cleanup_events",
        "EventLogManager.create_from_event",
        "Installation",
        "Installation.aget_access_token",
        "Installation.aget_repos",
        "Installation.app_slug",
        "Installation.arefresh_from_gh",
        "Installation.get_access_token",
        "Installation.get_gh_client",
        "Installation.get_repos",
        "Installation.refresh_from_gh",
        "InstallationManager",
        "InstallationManager.acreate_from_event",
        "InstallationManager.acreate_from_gh_data",
        "InstallationManager.aget_from_event",
        "InstallationManager.aget_or_create_from_event",
        "InstallationManager.create_from_event",
        "InstallationManager.create_from_gh_data",
        "InstallationManager.get_from_event",
        "InstallationManager.get_or_create_from_event",
        "InstallationStatus",
        "InstallationStatus.from_event",
        "Repository",
        "Repository.aget_issues",
        "Repository.get_gh_client",
        "Repository.get_issues",
        "Repository.owner",
        "Repository.repo",
        "RepositoryManager",
        "RepositoryManager.acreate_from_gh_data",
        "RepositoryManager.aget_from_event",
        "RepositoryManager.async_repositories_from_event",
        "RepositoryManager.create_from_gh_data",
        "RepositoryManager.get_from_event",
        "RepositoryManager.sync_repositories_from_event",
    ],
    "routing": [
        "GitHubRouter",
        "GitHubRouter.add",
        "GitHubRouter.adispatch",
        "GitHubRouter.dispatch",
        "GitHubRouter.event",
        "GitHubRouter.mention",
        "GitHubRouter.routers",
    ],
    "views": ["AsyncWebhookView", "BaseWebhookView", "SyncWebhookView"],
}


@pytest.mark.parametrize("module", OF_0_11)
def test_a_module_of_django_github_app_is_there_with_its_names(module: str) -> None:
    loaded = importlib.import_module(f"django_github_app.{module}")
    for path in OF_0_11[module]:
        found: object = loaded
        for part in path.split("."):
            assert hasattr(found, part), f"django_github_app.{module} has no {path}"
            found = getattr(found, part)


@pytest.mark.parametrize("module", PUBLIC)
def test_every_name_of_a_list_can_be_imported_and_a_star_brings_no_other(module: str) -> None:
    loaded = importlib.import_module(f"django_github_app.{module}")
    assert [name for name in loaded.__all__ if not hasattr(loaded, name)] == []
    namespace: dict[str, object] = {}
    exec(f"from django_github_app.{module} import *", namespace)
    assert namespace.keys() - {"__builtins__"} == set(loaded.__all__)


def test_the_page_of_public_names_has_those_of_the_lists() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    listed = set()
    for section in page.split("\n## django_github_app.")[1:]:
        module, _, table = section.partition("\n")
        listed |= {(module, name) for name in re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)}
    assert listed == {(name.module, name.name) for name in public_names()}


def test_every_import_that_the_docs_show_works() -> None:
    """What a page tells people to write is there: as a public name, or as a module of its own."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    shown: set[tuple[str, str]] = set()
    for page in pages:
        for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django_github_app"):
                    shown |= {(str(node.module), alias.name) for alias in node.names}
                elif isinstance(node, ast.Import):
                    shown |= {(a.name, "") for a in node.names if a.name.startswith("django_github_app")}
    assert len(shown) > 10
    for module, name in sorted(shown):
        loaded = importlib.import_module(module)
        if name and not hasattr(loaded, name):
            importlib.import_module(f"{module}.{name}")


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_can_be_the_first_that_is_imported(module: str) -> None:
    with_models = {"models", "retention", "views", "asgi", "wsgi", "urls"}
    with_models |= {"testing.deliver", "testing.recorded"}
    with_models |= {"observe.health_check", "observe.rollups", "observe.urls", "observe.views"}
    # Models can be imported once apps are ready.
    setup = "import django; django.setup(); " if module in with_models else ""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{setup}import django_github_app.{module}"],
        env={
            "DJANGO_SETTINGS_MODULE": "tests.support.bare_settings",
            "PYTHONPATH": f"{ROOT}:{PACKAGE.parent}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_package_says_that_it_has_types() -> None:
    assert files("django_github_app").joinpath("py.typed").is_file()
