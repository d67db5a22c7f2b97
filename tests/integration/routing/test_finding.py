"""Handler modules are found without importing what is not ours, and nothing runs twice, whoever imports them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.routing.test_loading import project, run

__all__ = ["project"]

NAMES = """
from django_github_app import routing
from gidgethub.sansio import Event
def names(worker_type):
    found = routing.match(Event({}, event="push", delivery_id="d"), worker_type)
    return sorted(c.callback.__name__ for c in found)
routing.GitHubRouter.ensure_sync_handlers_loaded()
routing.GitHubRouter.ensure_async_handlers_loaded()
print(json.dumps([names("sync"), names("async"), [m for m in sys.modules if m.startswith("old")]]))
"""


def import_in_ready(project: Path, *modules: str) -> None:
    """Give the app ``one`` a ``ready`` that imports modules of its ``events``."""
    (project / "one" / "apps.py").write_text(
        "from django.apps import AppConfig\n"
        "class OneConfig(AppConfig):\n"
        "    name = 'one'\n"
        "    def ready(self):\n" + "".join(f"        from .events import {module}\n" for module in modules)
    )


def test_the_events_module_of_an_app_that_has_nothing_to_do_with_github_is_not_imported(
    project: Path,
) -> None:
    (project / "old" / "events.py").write_text("raise RuntimeError('somebody else, and broken')\n")
    package = project / "old2" / "events"
    package.mkdir(parents=True)
    (project / "old2" / "__init__.py").touch()
    (package / "__init__.py").write_text("raise RuntimeError('a package, and broken')\n")
    with (project / "site_settings.py").open("a") as settings:
        settings.write("INSTALLED_APPS += ['old2']\n")
    assert run(project, NAMES) == [
        ["on_push_one_handlers", "on_push_two_handlers"],
        ["on_push_one_ahandlers", "on_push_two_ahandlers"],
        ["old", "old2"],
    ]


@pytest.mark.parametrize("modules", [("handlers",), ("ahandlers",), ("handlers", "ahandlers")])
def test_nothing_runs_twice_when_ready_and_the_loader_both_import(
    project: Path, modules: tuple[str, ...]
) -> None:
    import_in_ready(project, *modules)
    assert run(project, NAMES)[:2] == [
        ["on_push_one_handlers", "on_push_two_handlers"],
        ["on_push_one_ahandlers", "on_push_two_ahandlers"],
    ]


def test_a_handler_that_ready_imports_finds_the_installation_that_its_event_brings(project: Path) -> None:
    (project / "old" / "events.py").write_text(
        "from django_github_app.routing import GitHubRouter\n"
        "gh = GitHubRouter()\n"
        "found = []\n"
        "@gh.event('installation', action='created')\n"
        "def on_installation(event, gh, *args, **kwargs):\n"
        "    from django_github_app.models import Installation\n"
        "    found.append(Installation.objects.get_from_event(event) is not None)\n"
    )
    (project / "old" / "apps.py").write_text(
        "from django.apps import AppConfig\n"
        "class OldConfig(AppConfig):\n"
        "    name = 'old'\n"
        "    def ready(self):\n"
        "        from . import events\n"
    )
    code = """
        from django.core.management import call_command
        from django_github_app.testing.deliver import deliver
        call_command("migrate", verbosity=0)
        for worker_type in ("sync", "async"):
            deliver("installation", "created", worker_type=worker_type)
            from django_github_app.models import Installation
            Installation.objects.all().delete()
            from django.core.cache import cache
            cache.clear()
        from old.events import found
        print(json.dumps(found))
        """
    assert run(project, code) == [True, True]
