"""The bill of materials: what an installation of the wheel with the deployment's extras consists of (CycloneDX)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .artefacts import ROOT, ReleaseFailed

EXTRAS = "beat,postgres,s3,deploy"  # as the Dockerfile installs it


def write(wheel: Path, target: Path) -> dict[str, Any]:
    """Install the wheel into a clean virtualenv, with the pinned versions, and write what is in there.

    Returns the document. cyclonedx-py validates it against CycloneDX's schema. The same wheel and pins give the
    same bytes. Takes a minute, and a package registry.
    """
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        _run(sys.executable, "-m", "venv", "--without-pip", str(venv))
        pip = ("-m", "pip", "--python", str(venv / "bin/python"), "--quiet", "--disable-pip-version-check")
        constraints = ("-c", str(ROOT / "constraints.txt"))
        _run(sys.executable, *pip, "install", *constraints, f"{wheel}[{EXTRAS}]")
        command = ("-m", "cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml"))
        options = ("--output-reproducible", "--output-format", "JSON", "--output-file", str(target))
        _run(sys.executable, *command, *options, str(venv / "bin/python"))
    document: dict[str, Any] = json.loads(target.read_text())
    return document


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReleaseFailed(f"{' '.join(command)}\n{done.stderr[-3000:]}")
