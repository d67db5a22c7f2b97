"""The Procfile, the container, Kubernetes and systemd must tell the same story."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from honcho import environ

from django_github_app.broker import queues
from django_github_app.testing.fake_github_auth import rsa_keys

ROOT = Path(__file__).parents[3]
PROCESSES = environ.parse_procfile((ROOT / "Procfile").read_text()).processes


def option(command: str, name: str) -> str:
    found = re.search(rf"--{name} (\S+)", command)
    assert found, command
    return found[1]


def test_the_procfile_has_the_five_processes() -> None:
    assert list(PROCESSES) == ["release", "web", "worker_sync", "worker_async", "beat"]


def test_every_command_replaces_its_shell_so_that_signals_reach_it() -> None:
    assert [name for name, command in PROCESSES.items() if not command.startswith("exec ")] == []


@pytest.mark.parametrize("worker_type", queues.WORKER_TYPES)
def test_each_worker_consumes_its_events_the_projects_tasks_and_maintenance(worker_type: str) -> None:
    consumed = option(PROCESSES[f"worker_{worker_type}"], "queues").split(",")
    assert consumed == queues.queues_of(worker_type, "celery")
    assert consumed == [f"github.{worker_type}", "celery", "github.maintenance"]


def test_compose_runs_each_process_once() -> None:
    services = yaml.safe_load((ROOT / "deploy/container/compose.yaml").read_text())["services"]
    commands = [service["command"][0] for service in services.values() if service["image"] == "github-app"]
    assert sorted(commands) == sorted(PROCESSES)
    assert services["broker"]["command"].endswith("--appendonly yes --maxmemory-policy noeviction")


def test_kubernetes_runs_each_process_and_one_beat() -> None:
    objects = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/base/github-app.yaml").read_text()))
    workloads = {
        o["spec"]["template"]["spec"]["containers"][0]["args"][0]: o
        for o in objects
        if o["kind"] in {"Deployment", "Job"}
    }
    assert sorted(workloads) == sorted(PROCESSES)
    assert workloads["beat"]["spec"]["replicas"] == 1
    assert workloads["beat"]["spec"]["strategy"] == {"type": "Recreate"}
    for name in ("web", "worker_sync", "worker_async", "beat"):
        labels = workloads[name]["spec"]["template"]["metadata"]["labels"]
        assert workloads[name]["spec"]["selector"]["matchLabels"] == labels


def containers_of_kubernetes() -> dict[str, dict[str, Any]]:
    objects = yaml.safe_load_all((ROOT / "deploy/kubernetes/base/github-app.yaml").read_text())
    containers = [
        o["spec"]["template"]["spec"]["containers"][0] for o in objects if o["kind"] in {"Deployment", "Job"}
    ]
    return {container["args"][0]: container for container in containers}


def test_kubernetes_can_tell_by_its_number_that_the_user_is_not_root() -> None:
    dockerfile = (ROOT / "deploy/container/Dockerfile").read_text()
    number = int(re.search(r"useradd .*--uid (\d+)", dockerfile)[1])  # type: ignore[index]
    assert f"USER {number}" in dockerfile.splitlines()
    for name, container in containers_of_kubernetes().items():
        context = container["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"]) == (True, number), name


@pytest.mark.parametrize("name", ["sync", "async"])
def test_kubernetes_asks_each_worker_under_the_name_that_it_has(name: str) -> None:
    container = containers_of_kubernetes()[f"worker_{name}"]
    node = option(PROCESSES[f"worker_{name}"], "hostname").replace("%h", "$HOSTNAME")
    node = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", node)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        command = container[probe]["exec"]["command"]
        assert command[:2] == ["sh", "-c"]
        assert option(command[2], "destination") == f'"{node}"'
        assert int(option(command[2], "timeout")) < container[probe]["timeoutSeconds"]
    assert container["livenessProbe"]["periodSeconds"] * container["livenessProbe"]["failureThreshold"] >= 300


def test_no_process_speaks_http_2_to_strangers() -> None:
    assert option(PROCESSES["web"], "http") == "1"


@pytest.mark.parametrize(
    ("value", "secrets"),
    [
        ("", []),
        (" ", []),
        ("one", ["one"]),
        ("one\n", ["one"]),
        ("correct horse battery", ["correct horse battery"]),
        ("correct horse, battery", ["correct horse, battery"]),
        ("staple ,battery", ["staple ,battery"]),
        ("new,old", ["new", "old"]),
        ("new one,old one,", ["new one", "old one"]),
        (",", []),
    ],
)
@pytest.mark.parametrize("name", ["GITHUB_WEBHOOK_SECRET", "SECRET_KEY_FALLBACKS"])
def test_a_secret_from_the_environment_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, secrets: list[str]
) -> None:
    monkeypatch.setenv(name, value)
    settings = runpy.run_path(str(ROOT / "deploy/settings.py"))
    found = settings["GITHUB_APP"]["WEBHOOK_SECRET"] if name.startswith("GITHUB") else settings[name]
    assert found == secrets


def entrypoint_of_the_image() -> str:
    found = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "deploy/container/Dockerfile").read_text(), re.MULTILINE)
    assert found
    program: list[str] = yaml.safe_load(found[1])
    assert program[:2] == ["sh", "-c"]
    return program[2]


def start_of_the_unit() -> str:
    unit = (ROOT / "deploy/systemd/github-app@.service").read_text()
    found = re.search(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.MULTILINE)
    assert found
    return found[1].replace("$$", "$")


@pytest.mark.parametrize("where", ["image", "unit"])
@pytest.mark.parametrize("name", list(PROCESSES))
def test_the_image_and_the_unit_start_the_command_of_the_procfile(
    where: str, name: str, tmp_path: Path
) -> None:
    script = entrypoint_of_the_image() if where == "image" else start_of_the_unit().replace("%i", name)
    program = tmp_path / "program"
    program.write_text('#!/bin/sh\necho "$(basename "$0") $* REMAP=$REMAP_SIGTERM"\n')
    program.chmod(0o755)
    for alias in ("python", "granian", "celery"):
        (tmp_path / alias).symlink_to(program)
    done = subprocess.run(
        ["/bin/sh", "-c", script, name],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PORT": "9999"},
        capture_output=True,
        text=True,
        check=True,
    )
    command, remap = done.stdout.strip().split(" REMAP=")
    assert remap == ("SIGQUIT" if name.startswith("worker") else "")
    expected = re.sub(
        r"\$\{PORT:-\d+\}",
        "9999",
        PROCESSES[name].removeprefix("exec ").removeprefix("env REMAP_SIGTERM=SIGQUIT "),
    )
    expected = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", expected)
    assert command == expected


def run_django(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "postgres://app@database/app", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_settings_pass_djangos_deployment_checks() -> None:
    done = run_django(
        *("check", "--deploy", "--fail-level", "WARNING"),
        SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP",
        ALLOWED_HOSTS="example.com",
        TRUST_PROXY="1",
        SECURE_HSTS_SECONDS="31536000",
        SECURE_HSTS_INCLUDE_SUBDOMAINS="1",
        SECURE_HSTS_PRELOAD="1",
        GITHUB_APP_ID="1",
        GITHUB_CLIENT_ID="Iv1.test",
        GITHUB_APP_NAME="test",
        GITHUB_WEBHOOK_SECRET="secret",
        GITHUB_PRIVATE_KEY=rsa_keys()[0].replace("\n", "\\n"),
    )
    assert done.returncode == 0, done.stderr


def settings_value(expression: str, **environment: str) -> str:
    """Return what the deployed settings make of an environment."""
    program = f"from deploy import settings; print(repr({expression}))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_secrets_in_the_environment_are_split_at_commas_without_a_blank_beside_them_only() -> None:
    found = settings_value(
        'settings.GITHUB_APP["WEBHOOK_SECRET"]', GITHUB_WEBHOOK_SECRET="new, indeed,old one\n"
    )
    assert found == "['new, indeed', 'old one']"
    assert settings_value('settings.GITHUB_APP["WEBHOOK_SECRET"]') == "[]"


def test_certificates_of_redis_are_verified_except_on_heroku() -> None:
    url = {"REDIS_URL": "rediss://:p@example.com:6379"}
    broker = 'settings.CELERY_BROKER_USE_SSL["ssl_cert_reqs"]'
    modes = f'[{broker}, settings.CACHES["default"]["OPTIONS"]["ssl_cert_reqs"]]'
    assert settings_value(modes, **url).count("CERT_REQUIRED") == 2
    assert settings_value(modes, DYNO="web.1", **url).count("CERT_NONE") == 2
    assert settings_value(modes, DYNO="web.1", REDIS_TLS_VERIFY="1", **url).count("CERT_REQUIRED") == 2
    assert settings_value(modes, REDIS_TLS_VERIFY="0", **url).count("CERT_NONE") == 2
    assert (
        settings_value('hasattr(settings, "CELERY_BROKER_USE_SSL")', REDIS_URL="redis://example.com")
        == "False"
    )


def test_archives_are_encrypted_unless_the_store_refuses_the_header() -> None:
    parameters = 'settings.STORAGES["archives"]["OPTIONS"]["object_parameters"]'
    bucket = {"ARCHIVE_BUCKET": "archives"}
    assert settings_value(parameters, **bucket) == "{'ServerSideEncryption': 'AES256'}"
    assert settings_value(parameters, ARCHIVE_ENCRYPTION="aws:kms", **bucket).count("aws:kms") == 1
    assert settings_value(parameters, ARCHIVE_ENCRYPTION="", **bucket) == "{}"
