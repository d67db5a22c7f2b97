"""The package as its users get it: the wheel, in a clean virtualenv, with the extras that the docs name.

The suite runs one set of extras; ``make as-a-user`` runs all of them. Nothing of this checkout can be imported by
the processes that are started, and nothing that only the development environment brings is there.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from honcho import environ

from deploy.local_servers import LocalServers, free_port
from django_github_app.testing import payloads
from tests.support.s3 import BUCKET, s3_server
from tests.support.site import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SECRET = "user-secret"
# Each extra alone, and each combination that a page, the Dockerfile or requirements.txt names.
SETS = {
    "readme": "postgres,beat",
    "start": "postgres,beat,deploy",
    "bare": "",  # SQLite, Celery's own beat
    **{
        one: one
        for one in ("beat", "postgres", "metrics", "otel", "health", "s3", "deploy", "httpx2", "local")
    },
    "servers": "postgres,local",  # `github dev`
    "archives": "postgres,s3,beat",
    "container": "beat,postgres,s3,deploy",  # with the Procfile, as the Dockerfile has it
}
# AS_A_USER is "all", or names of sets: "bare,s3".
ASKED = os.environ.get("AS_A_USER", "readme")
CHOSEN = list(SETS) if ASKED == "all" else ASKED.split(",")
# What an extra is for, beside what is done with each: a page that it brings, and what stands there.
PAGES = {
    "": ("github/readyz", "database"),
    "metrics": ("github/metrics", "github_app_deliveries_total"),
    "health": ("health/?format=json", "GitHubAppReady"),
}

HANDLERS = """
    from pathlib import Path

    from django_github_app.routing import GitHubRouter

    gh = GitHubRouter()
    FAILED_ONCE = Path(__file__).with_name(Path(__file__).stem + ".failed")


    @gh.event("push")
    {d} note(event, gh, *args, **kwargs):
        pass


    @gh.event("issues", action="opened")
    {d} fail_once(event, gh, *args, **kwargs):
        if not FAILED_ONCE.exists():
            FAILED_ONCE.touch()
            raise RuntimeError("the first time")
"""
SETTINGS = """
    import os
    from pathlib import Path

    SECRET_KEY = "user"
    DEBUG = True
    USE_TZ = True
    ROOT_URLCONF = "project.urls"
    EXTRAS = os.environ["EXTRAS"].split(",")
    INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_github_app", "bot"]
    if "beat" in EXTRAS:
        INSTALLED_APPS.insert(0, "django_celery_beat")
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3",
                             "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20}}}
    if "postgres" in EXTRAS:
        DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"]}}
    CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache",
                          "LOCATION": os.environ["CACHE_URL"]}}
    # A project that has a life of its own: nothing of it may take the place of ours.
    CELERY_TASK_ROUTES = {"*": {"queue": "somewhere"}}
    CELERY_BEAT_SCHEDULE = {"own": {"task": "bot.tasks.own", "schedule": 3600}}
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 1800}
    MEDIA_ROOT = Path(__file__).parent / "media"
    GITHUB_APP = {"APP_ID": 1, "NAME": "user", "WEBHOOK_SECRET": "user-secret",
                  "ARCHIVE_STORAGE": "archives", "SWEEP_INTERVAL": 1, "RETRY_BACKOFF": 0.2,
                  "HTTP_CLIENT": "httpx2" if "httpx2" in EXTRAS else "", "METRICS": "metrics" in EXTRAS,
                  "METRICS_TOKEN": "user-token", "TRACING": 1.0 if "otel" in EXTRAS else 0.0}
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        "archives": {"BACKEND": "django.core.files.storage.FileSystemStorage",
                     "OPTIONS": {"location": Path(__file__).parent / "archives"}},
    }
    if "s3" in EXTRAS:
        STORAGES["archives"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {
            "bucket_name": os.environ["ARCHIVE_BUCKET"], "endpoint_url": os.environ["ARCHIVE_ENDPOINT_URL"],
            "region_name": os.environ["AWS_REGION"]}}
"""
URLS = """
    from django.conf import settings
    from django.urls import include, path

    urlpatterns = [path("github/", include("django_github_app.urls")),
                   path("github/", include("django_github_app.observe.urls"))]
    if "health" in settings.EXTRAS:
        from health_check.views import HealthCheckView

        check = "django_github_app.observe.health_check.GitHubAppReady"
        urlpatterns.append(path("health/", HealthCheckView.as_view(checks=[check])))
"""
MANAGE = """
    import os
    import sys

    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    execute_from_command_line(sys.argv)
"""
ASK = """
    import json

    import django

    django.setup()
    from django_github_app.models import EventLog, HandlerRun, RetentionJob

    print(json.dumps({
        "from": django_file,
        "events": {e.delivery: e.status for e in EventLog.objects.all()},
        "runs": {f"{r.event.delivery} {r.handler}": [r.status, r.attempts]
                 for r in HandlerRun.objects.select_related("event")},
        "jobs": [[j.kind, j.state] for j in RetentionJob.objects.all()],
    }))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", str(folder), str(ROOT), cwd=folder)
    (found,) = folder.glob("django_github_app_celery-*.whl")
    return found


def uv(*arguments: str, cwd: Path) -> None:
    """Do what pip and venv do, in a tenth of the time."""
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=500, cwd=cwd)
    assert done.returncode == 0, done.stderr[-3000:]


@dataclass
class Project:
    """A project in a folder of its own, with an interpreter of its own."""

    folder: Path
    python: Path
    environment: dict[str, str]
    processes: dict[str, str]
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.python), *arguments],
            cwd=self.folder,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, (
            f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}\n{self.logs()}"
        )
        return done.stdout

    def ask(self) -> dict[str, Any]:
        program = "import django_github_app\ndjango_file = django_github_app.__file__\n" + textwrap.dedent(
            ASK
        )
        answer: dict[str, Any] = json.loads(self.run("-c", program))
        return answer

    def start(self) -> None:
        for name, command in self.processes.items():
            with (self.folder / f"{name}.log").open("wb") as output:
                self.running[name] = subprocess.Popen(
                    ["/bin/sh", "-c", command],
                    cwd=self.folder,
                    env={**self.environment, "HONCHO_PROCESS_NAME": name},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        self.wait_for(self.answers, "the web process")

    def get(self, path: str) -> httpx.Response:
        url = f"http://127.0.0.1:{self.port}/{path}"
        return httpx.get(url, headers={"Authorization": "Bearer user-token"}, timeout=30, trust_env=False)

    def answers(self) -> bool:
        try:
            return self.get("github/sync/").status_code == 405
        except httpx.TransportError:
            return False

    def post(self, worker_type: str, event: str, action: str | None) -> str:
        body, delivery = json.dumps(payloads.build(event, action)).encode(), str(uuid.uuid4())
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/github/{worker_type}/",
            content=body,
            headers={
                "Content-Type": "application/json",
                "X-GitHub-Event": event,
                "X-GitHub-Delivery": delivery,
                "X-Hub-Signature-256": payloads.sign(SECRET, body),
            },
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 202, answer.text
        return delivery

    def wait_for(self, condition: Callable[[], bool], what: str, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            ended = {name: p.returncode for name, p in self.running.items() if p.poll() is not None}
            assert not ended, f"ended: {ended}\n{self.logs()}"
            assert time.monotonic() < deadline, f"waited for {what}\n{self.logs()}"
            time.sleep(0.2)

    def logs(self) -> str:
        return "\n".join(f"== {p.name}\n{p.read_text()[-2500:]}" for p in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip())


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which a bucket of a private S3 server is found."""
    access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    with s3_server("moto", tmp_path) as url:
        keys = {name.lower(): access[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        client = boto3.client("s3", endpoint_url=url, region_name=access["AWS_REGION"], **keys)
        client.create_bucket(Bucket=BUCKET)
        yield {**access, "ARCHIVE_BUCKET": BUCKET, "ARCHIVE_ENDPOINT_URL": url}
        if client.list_objects_v2(Bucket=BUCKET).get("KeyCount", 0) == 0:
            pytest.fail("no archive reached the bucket")


@pytest.fixture(params=CHOSEN)
def project(
    request: pytest.FixtureRequest,
    wheel: Path,
    tmp_path: Path,
    fresh_database: str,
    private_valkey: LocalServers,
) -> Iterator[Project]:
    """A project that installed the wheel with one set of extras, migrated, nothing started."""
    extras = SETS[request.param]
    venv, folder, port = tmp_path / "venv", tmp_path / "site", free_port()
    uv("venv", "--python", sys.executable, str(venv), cwd=tmp_path)
    wanted = f"{wheel}[{extras}]" if extras else str(wheel)
    python = str(venv / "bin/python")
    uv("pip", "install", "--python", python, "-c", str(ROOT / "constraints.txt"), wanted, cwd=tmp_path)
    for name, definition in (("handlers", "def"), ("ahandlers", "async def")):
        write(folder / f"bot/events/{name}.py", HANDLERS.replace("{d}", definition))
    write(folder / "bot/events/__init__.py", "")
    write(folder / "bot/__init__.py", "")
    database, _, query = fresh_database.partition("?")
    environment = {
        **{name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ},
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.defpath}",
        "PYTHONUNBUFFERED": "1",
        "EXTRAS": extras,
        "CELERY_BROKER_URL": f"{private_valkey.valkey_url}/0",
        "CACHE_URL": f"{private_valkey.valkey_url}/1",
    }
    if "s3" in extras.split(","):
        environment |= request.getfixturevalue("bucket")
    if request.param == "container":
        for name in ("deploy", "worker"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "manage.py", folder)
        handlers = {"sync": ["bot.events.handlers"], "async": ["bot.events.ahandlers"]}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "LOCAL": "1",
            "SECRET_KEY": "user",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATABASE_URL": fresh_database,
            "GITHUB_APP_ID": "1",
            "GITHUB_APP_NAME": "user",
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_APP_SETTINGS": json.dumps(
                {"HANDLERS": handlers, "SWEEP_INTERVAL": 1, "RETRY_BACKOFF": 0.2}
            ),
        }
        processes = dict(environ.parse_procfile((ROOT / "Procfile").read_text()).processes)
        del processes["release"]
    else:
        for name, text in (("settings", SETTINGS), ("urls", URLS), ("__init__", "")):
            write(folder / f"project/{name}.py", text)
        write(folder / "manage.py", MANAGE)
        environment |= {
            "DJANGO_SETTINGS_MODULE": "project.settings",
            "PGHOST": query.removeprefix("host="),
            "PGUSER": "postgres",
            "PGDATABASE": database.rpartition("/")[2],
        }
        manage = "exec python manage.py"
        processes = {
            "web": f"{manage} runserver --noreload 127.0.0.1:{port}",
            "worker_sync": f"{manage} github worker sync",
            "worker_async": f"{manage} github worker async",
            "beat": f"{manage} github beat",
        }
    made = Project(folder, venv / "bin/python", environment, processes, port)
    made.manage("migrate", "--verbosity=0")
    yield made
    made.stop()


def test_what_the_docs_say_to_install_runs_every_process_and_does_all_its_work(project: Project) -> None:
    project.manage("check")
    project.start()
    done = {project.post(worker_type, "push", None) for worker_type in ("sync", "async")}
    retried = {project.post(worker_type, "issues", "opened") for worker_type in ("sync", "async")}

    def all_done() -> bool:
        events = project.ask()["events"]
        return set(events) == done | retried and all(status == 10 for status in events.values())

    project.wait_for(all_done, "every event to be done", 90)
    answer = project.ask()
    assert Path(answer["from"]).is_relative_to(project.python.parent.parent)
    attempts = {key.split()[0]: run[1] for key, run in answer["runs"].items() if "fail_once" in key}
    assert attempts == dict.fromkeys(retried, 2)

    for extra in {"", *project.environment["EXTRAS"].split(",")} & PAGES.keys():
        path, text = PAGES[extra]
        page = project.get(path)
        assert (page.status_code, text in page.text) == (200, True), page.text[-2000:]

    # By a worker, not by the command.
    project.manage("github", "archive", "--days", "0", "--enqueue")
    project.wait_for(lambda: project.ask()["events"] == {}, "the archive to be made")
    assert "events_" in project.manage("github", "archives")
