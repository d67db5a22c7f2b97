"""Each deployment file against the schema of whoever reads it, and beside the Procfile and the settings."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from check_jsonschema.builtin_schemas import NoSuchSchemaError, get_builtin_schema
from honcho import environ

ROOT = Path(__file__).parents[3]
PROCESSES = list(environ.parse_procfile((ROOT / "Procfile").read_text()).processes)
KUBERNETES = ROOT / "deploy/kubernetes"
# The oldest that is supported upstream when this was written, and the newest whose schemas are here.
VERSIONS = ("1.34", kubernetes_validate.latest_version())
SETTINGS = set(
    re.findall(
        r"""(?:environ(?:\.get)?[\[(]|flag\(|words\(|secrets\()\s*"(\w+)\"""",
        (ROOT / "deploy/settings.py").read_text(),
    )
)
OTHERS = {"PYTHON_VERSION", "DATABASE_URL"}  # of the platform; read by dj_database_url


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("compose-spec", "deploy/container/compose.yaml"),
        ("github-workflows", ".github/workflows/*.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/[!c]*.yml"),
        ("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
        ("dependabot", ".github/dependabot.yml"),
    ],
)
@pytest.mark.filterwarnings("ignore:The metaschema specified:DeprecationWarning")  # of older jsonschema
def test_files_obey_the_published_schema(schema: str, pattern: str) -> None:
    try:
        found = get_builtin_schema(f"vendor.{schema}")
    except NoSuchSchemaError:
        pytest.skip(
            "this check-jsonschema does not have it: a newer one has, such as the one of constraints.txt"
        )
    files = list(ROOT.glob(pattern))
    assert files
    for file in files:
        document = yaml.load(
            file.read_text(), Loader=yaml.BaseLoader if "flows" in schema else yaml.SafeLoader
        )
        if "flows" in schema:
            document = typed(document)
        checker = jsonschema.validators.validator_for(found)(found)
        assert [f"{file}: {error.message}" for error in checker.iter_errors(document)] == []


def typed(value: Any) -> Any:
    """Give a document that was read without YAML 1.1's types (`on` is true there) its numbers and booleans."""
    match value:
        case dict():
            return {key: typed(one) for key, one in value.items()}
        case list():
            return [typed(one) for one in value]
        case "true" | "false":
            return value == "true"
        case str() if value.isdigit():
            return int(value)
    return value or None


def kustomized(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a kustomization, those of its bases first. Raises where a file is missing."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert set(kustomization) <= {"apiVersion", "kind", "resources", "images"}, "teach this what is new"
    for name in kustomization["resources"]:
        path = folder / name
        if path.is_dir():
            yield from kustomized(path.resolve())
        else:
            yield from yaml.safe_load_all(path.read_text())


@cache
def objects() -> dict[tuple[str, str], dict[str, Any]]:
    found = [one for overlay in sorted(KUBERNETES.glob("overlays/*")) for one in kustomized(overlay)]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def pods() -> dict[str, dict[str, Any]]:
    found = [
        one["spec"]["template"]["spec"] for one in objects().values() if one["kind"] in {"Deployment", "Job"}
    ]
    return {pod["containers"][0]["args"][0]: pod for pod in found}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_objects_obey_the_schemas_of_its_api_strictly(version: str) -> None:
    for (kind, _), one in objects().items():
        if not one["apiVersion"].startswith("keda.sh/"):
            kubernetes_validate.validate(one, version, strict=True)
        else:
            assert kind in {"ScaledObject", "TriggerAuthentication"}


def test_the_schemas_notice_a_mistake() -> None:
    one = json.loads(json.dumps(objects()["Deployment", "github-app-web"]))
    one["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one, VERSIONS[-1], strict=True)


def test_every_file_of_kubernetes_belongs_to_a_kustomization() -> None:
    named: set[Path] = set()
    for file in KUBERNETES.rglob("kustomization.yaml"):
        resources = yaml.safe_load(file.read_text())["resources"]
        named |= {file, *((file.parent / name).resolve() for name in resources)}
    assert {path for path in KUBERNETES.rglob("*.yaml") if path.resolve() not in named} == set()


@pytest.mark.parametrize("name", PROCESSES)
def test_containers_may_write_to_one_folder_only_and_do_nothing_that_root_may(name: str) -> None:
    pod = pods()[name]
    (container,) = pod["containers"]
    context = container["securityContext"]
    assert context["runAsUser"] > 0
    assert (context["runAsNonRoot"], context["readOnlyRootFilesystem"]) == (True, True)
    assert (context["allowPrivilegeEscalation"], context["capabilities"]) == (False, {"drop": ["ALL"]})
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert [set(volume) for volume in pod["volumes"]] == [{"name", "emptyDir"}]
    assert pod["automountServiceAccountToken"] is False


@pytest.mark.parametrize("name", ["web", "worker_sync", "worker_async"])
def test_web_and_workers_are_probed_kept_from_disruption_and_scaled(name: str) -> None:
    (container,) = pods()[name]["containers"]
    assert {"readinessProbe", "livenessProbe"} <= set(container)
    deployment = "github-app-" + name.replace("_", "-")
    labels = objects()["PodDisruptionBudget", deployment]["spec"]["selector"]["matchLabels"]
    assert labels == objects()["Deployment", deployment]["spec"]["selector"]["matchLabels"]
    scaled = objects()["HorizontalPodAutoscaler", deployment]["spec"]["scaleTargetRef"]
    assert scaled == {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment}


def test_a_web_pod_gets_nothing_before_its_migrations_are_applied_and_is_not_restarted_for_a_database() -> (
    None
):
    (container,) = pods()["web"]["containers"]
    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")
    }
    assert paths == {"startup": "/github/readyz", "readiness": "/healthz", "liveness": "/healthz"}
    startup = container["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 300


def test_nothing_but_web_is_spoken_to_and_it_by_its_port_only() -> None:
    policies = [one for (kind, _), one in objects().items() if kind == "NetworkPolicy"]
    every, web = policies
    assert every["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in every["spec"]
    assert every["spec"]["podSelector"]["matchLabels"] == {"app": "github-app"}
    assert web["spec"]["ingress"] == [{"ports": [{"port": 8000, "protocol": "TCP"}]}]


def test_keda_scales_each_kind_of_worker_by_the_age_of_its_queue() -> None:
    scaled = {name: one["spec"] for (kind, name), one in objects().items() if kind == "ScaledObject"}
    assert set(scaled) == {"github-app-worker-sync", "github-app-worker-async"}
    for name, spec in scaled.items():
        assert spec["scaleTargetRef"] == {"name": name}
        (trigger,) = spec["triggers"]
        assert (trigger["type"], "authenticationRef" in trigger) == ("postgresql", True)
        assert f"worker_type = '{name.rpartition('-')[2]}'" in trigger["metadata"]["query"]


def test_heroku_gets_every_process_what_keeps_messages_and_only_variables_that_are_read() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    assert ["release", *app["formation"]] == PROCESSES
    assert app["formation"]["beat"]["quantity"] == 1
    plans = {one["plan"].partition(":")[0]: one for one in app["addons"]}
    assert set(plans) == {"heroku-postgresql", "heroku-redis"}
    assert plans["heroku-redis"]["options"]["maxmemory_policy"] == "noeviction"
    assert set(app["env"]) <= SETTINGS


def test_platforms_install_what_the_image_installs() -> None:
    (installed,) = re.findall(r"'(\.\[.*?\])'", (ROOT / "deploy/container/Dockerfile").read_text())
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-c constraints.txt", installed]


def test_render_starts_what_the_procfile_says_and_one_beat() -> None:
    blueprint = yaml.safe_load((ROOT / "render.yaml").read_text())
    broker, *services = blueprint["services"]
    assert broker["maxmemoryPolicy"] == "noeviction"
    started = [re.findall(r'"s/\^(\w+): //p"', service["startCommand"]) for service in services]
    assert [["release"], *started] == [[name] for name in PROCESSES]
    assert {service["numInstances"] for service in services} == {1}
    read = [one["key"] for group in blueprint["envVarGroups"] for one in group["envVars"]]
    read += [one["key"] for service in services for one in service["envVars"] if "key" in one]
    assert set(read) <= SETTINGS | OTHERS


def test_fly_gives_the_image_the_names_of_processes() -> None:
    app = tomllib.loads((ROOT / "fly.toml").read_text())
    assert [app["deploy"]["release_command"], *app["processes"].values()] == PROCESSES
    assert all(name == argument for name, argument in app["processes"].items())
    assert (ROOT / app["build"]["dockerfile"]).is_file()
    assert app["http_service"]["processes"] == ["web"]
    assert set(app["env"]) <= SETTINGS


def test_the_development_container_installs_with_the_makefile() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text())
    assert container["postCreateCommand"] == "make install"
    assert "install:" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("name", [name for name in PROCESSES if name != "release"])
def test_systemd_has_nothing_to_say_about_the_unit(name: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is missing: apt install systemd")
    unit = tmp_path / "github-app@.service"
    shutil.copy(ROOT / "deploy/systemd/github-app@.service", unit)
    command = [analyze, "verify", "--recursive-errors=no", str(tmp_path / f"github-app@{name}.service")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_is_started_again_whatever_its_exit_code_and_without_an_end() -> None:
    text = (ROOT / "deploy/systemd/github-app@.service").read_text()
    unit = dict(line.partition("=")[::2] for line in text.splitlines() if re.match(r"\w+=", line))
    assert (unit["Restart"], unit["StartLimitIntervalSec"], unit["KillMode"]) == ("always", "0", "mixed")
    compose = yaml.safe_load((ROOT / "deploy/container/compose.yaml").read_text())
    assert compose["services"]["worker_sync"]["restart"] == "unless-stopped"
    assert int(unit["TimeoutStopSec"]) > 20  # SOFT_SHUTDOWN_SECONDS
