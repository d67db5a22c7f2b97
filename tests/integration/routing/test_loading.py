"""Handler modules are imported by the workers that need them, once, and never by the web process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two apps that have handlers and one that has an old ``events.py``."""
    for app in ("one", "two"):
        events = tmp_path / app / "events"
        events.mkdir(parents=True)
        (tmp_path / app / "__init__.py").touch()
        (events / "__init__.py").touch()
        for module in ("handlers", "ahandlers"):
            (events / f"{module}.py").write_text(
                "from django_github_app.routing.router import GitHubRouter\n"
                "gh = GitHubRouter()\n"
                "@gh.event('push')\n"
                f"def on_push_{app}_{module}(event): ...\n"
            )
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "__init__.py").touch()
    (tmp_path / "old" / "events.py").touch()
    (tmp_path / "site_settings.py").write_text(
        textwrap.dedent("""
        SECRET_KEY = "x"
        USE_TZ = True
        INSTALLED_APPS = ["django_github_app", "one", "two", "old"]
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
        ROOT_URLCONF = "site_urls"
        GITHUB_APP = {"WEBHOOK_SECRET": "s"}
        CELERY_TASK_ALWAYS_EAGER = False
        """)
    )
    (tmp_path / "site_urls.py").write_text(
        "from django.urls import include, path\nurlpatterns = [path('', include('django_github_app.urls'))]\n"
    )
    return tmp_path


def run(project: Path, code: str) -> Any:
    """Run code in a process of the project; return what it prints last, decoded."""
    script = "import django, json, sys\ndjango.setup()\n" + textwrap.dedent(code)
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "site_settings"}
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project,
        env={**environment, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


LOADED = "print(json.dumps(sorted(m for m in list(sys.modules) if m.endswith(('.handlers', '.ahandlers')))))"


def test_the_web_process_imports_no_handler_and_no_processing(project: Path) -> None:
    code = """
        from django.test import Client
        from django.core.management import call_command
        from django.conf import settings
        import django_github_app.asgi
        from django_github_app.testing import payloads
        call_command("migrate", verbosity=0)
        body = json.dumps(payloads.build("push")).encode()
        for path in ("/sync/", "/async/"):
            response = Client().post(path, body, content_type="application/json", headers={
                "X-GitHub-Event": "push", "X-GitHub-Delivery": path, "X-Hub-Signature-256": payloads.sign("s", body)})
            assert response.status_code == 202, response.content
        heavy = ("execution", "github", "routing", "commands", "comments", "mentions")
        print(json.dumps(sorted(m for m in list(sys.modules) if m.endswith((".handlers", ".ahandlers"))
            and not m.startswith(("django.", "logging", "wsgiref", "celery", "kombu"))
            or m in {f"django_github_app.{name}" for name in heavy})))
        """
    assert run(project, code) == []


@pytest.mark.parametrize(("worker_type", "module"), [("sync", "handlers"), ("async", "ahandlers")])
def test_a_worker_imports_the_modules_of_its_type_only(project: Path, worker_type: str, module: str) -> None:
    code = f"""
        from django_github_app.routing import GitHubRouter
        before = [m for m in list(sys.modules) if m.startswith(("one", "two"))]
        assert before == ["one", "two"], before
        GitHubRouter.ensure_{worker_type}_handlers_loaded()
        {LOADED}
        """
    loaded = [name for name in run(project, code) if name.startswith(("one", "two", "django_github_app"))]
    assert loaded == [f"django_github_app.events.{module}", f"one.events.{module}", f"two.events.{module}"]


def test_a_process_that_runs_both_types_keeps_their_handlers_apart(project: Path) -> None:
    code = """
        from django_github_app import routing
        from gidgethub.sansio import Event
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        routing.GitHubRouter.ensure_async_handlers_loaded()
        event = Event({}, event="push", delivery_id="d")
        print(json.dumps({t: [c.callback.__name__ for c in routing.match(event, t)] for t in ("sync", "async")}))
        """
    assert run(project, code) == {
        "sync": ["on_push_one_handlers", "on_push_two_handlers"],
        "async": ["on_push_one_ahandlers", "on_push_two_ahandlers"],
    }


def test_loading_twice_and_from_many_threads_registers_once(project: Path) -> None:
    code = """
        import threading
        from django_github_app import routing
        threads = [threading.Thread(target=routing.GitHubRouter.ensure_sync_handlers_loaded) for _ in range(16)]
        [t.start() for t in threads]; [t.join() for t in threads]
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        print(json.dumps([r.callback.__name__ for r in routing.registrations("sync") if r.event_type == "push"]))
        """
    assert run(project, code) == ["on_push_one_handlers", "on_push_two_handlers"]


def test_configured_modules_take_the_place_of_those_that_are_found(project: Path) -> None:
    (project / "one" / "special.py").write_text("import sys\n")
    with (project / "site_settings.py").open("a") as settings:
        settings.write('GITHUB_APP["HANDLERS"] = {"sync": ["one.special"]}\n')
    code = f"""
        from django_github_app.routing import GitHubRouter, handler_modules
        GitHubRouter.ensure_sync_handlers_loaded()
        assert "one.special" in sys.modules and "one.events.handlers" not in sys.modules
        print(json.dumps([handler_modules("sync"), handler_modules("async")]))
        {""}
        """
    sync, asynchronous = run(project, code)
    assert sync == ["django_github_app.events.handlers", "one.special"]
    assert asynchronous[1:] == ["one.events.ahandlers", "two.events.ahandlers"]


def test_a_module_that_fails_is_reported_tried_again_and_registered_once(project: Path) -> None:
    module = project / "two" / "events" / "handlers.py"
    working = module.read_text()
    module.write_text(working + "raise RuntimeError('not yet')\n")
    code = f"""
        import pathlib
        from django_github_app import routing
        from django_github_app.errors import HandlerLoadError
        for attempt in range(2):
            try:
                routing.GitHubRouter.ensure_sync_handlers_loaded()
            except HandlerLoadError as error:
                assert "two.events.handlers" in str(error) and "not yet" in str(error), error
                assert isinstance(error.__cause__, RuntimeError)
            else:
                raise AssertionError("loaded")
        pathlib.Path({str(module)!r}).write_text({working!r})
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        print(json.dumps([r.callback.__name__ for r in routing.registrations("sync") if r.event_type == "push"]))
        """
    assert run(project, code) == ["on_push_one_handlers", "on_push_two_handlers"]


def test_a_broken_events_package_is_an_error_and_not_an_absence(project: Path) -> None:
    (project / "two" / "events" / "__init__.py").write_text("import does_not_exist\n")
    code = """
        from django_github_app.routing import GitHubRouter
        from django_github_app.errors import HandlerLoadError
        try:
            GitHubRouter.ensure_sync_handlers_loaded()
        except HandlerLoadError as error:
            print(json.dumps(str(error)))
        """
    assert "does_not_exist" in run(project, code)


def test_handlers_imported_in_ready_work_for_either_type(project: Path) -> None:
    (project / "old" / "events.py").write_text(
        "from django_github_app.routing.router import GitHubRouter\n"
        "gh = GitHubRouter()\n"
        "@gh.event('push')\n"
        "async def on_push(event, gh, *args, **kwargs): ...\n"
    )
    (project / "old" / "apps.py").write_text(
        "from django.apps import AppConfig\n"
        "class OldConfig(AppConfig):\n"
        "    name = 'old'\n"
        "    def ready(self):\n"
        "        from . import events\n"
    )
    code = """
        from django_github_app import routing
        from gidgethub.sansio import Event
        routing.GitHubRouter.ensure_sync_handlers_loaded()
        routing.GitHubRouter.ensure_async_handlers_loaded()
        event = Event({}, event="push", delivery_id="d")
        print(json.dumps([[c.callback.__name__ for c in routing.match(event, t)][0] for t in ("sync", "async")]))
        """
    assert run(project, code) == ["on_push", "on_push"]
