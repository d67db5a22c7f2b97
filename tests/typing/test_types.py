"""The types that a project sees: mypy --strict and pyright accept what is right and refuse what is wrong.

The sample projects import the package as an installed one, so neither checker looks at types without py.typed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.source import PACKAGE, ROOT

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ACCEPTED, REFUSED = HERE / "accepted", HERE / "refused"

needs_pyright = pytest.mark.skipif(
    find_spec("pyright") is None, reason="pyright is not installed: pip install 'pyright[nodejs]'"
)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a place where mypy keeps what it has found out, for the run after."""
    return tmp_path_factory.mktemp("mypy")


def mypy(folder: Path, cache: Path, package: Path = PACKAGE) -> list[tuple[str, int, str]]:
    """Return what mypy finds in a folder: file, line, message."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(HERE / "mypy.ini")),
            *("--cache-dir", str(cache / "cache"), "--no-error-summary", "--hide-error-context", str(folder)),
        ],
        cwd=cache,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(package.parent), str(ROOT)])},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    found = re.findall(r"^(\S+?):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    return [(Path(file).name, int(line), message) for file, line, message in found]


def pyright(folder: Path, tmp_path: Path) -> list[tuple[str, int, str]]:
    """Return what pyright finds in a folder: file, line, message."""
    shutil.copytree(folder, tmp_path / "project")
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "project"],
        cwd=tmp_path,
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    if not done.stdout.startswith("{"):
        pytest.skip(
            f"pyright has no node or no copy of itself and could not fetch them: {done.stderr[-200:]}"
        )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(list(folder.glob("*.py")))
    return [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in report["generalDiagnostics"]
        if one["severity"] == "error"
    ]


def marked(folder: Path) -> set[tuple[str, int]]:
    """Return the lines that are to be refused."""
    return {
        (path.name, number)
        for path in folder.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.endswith("# refused")
    }


def test_mypy_accepts_a_typed_project(cache: Path) -> None:
    assert mypy(ACCEPTED, cache) == []


def test_mypy_refuses_mistakes(cache: Path) -> None:
    found = {(file, line) for file, line, _ in mypy(REFUSED, cache)}
    assert found == marked(REFUSED)
    assert len(found) == 10


@needs_pyright
def test_pyright_accepts_a_typed_project(tmp_path: Path) -> None:
    assert pyright(ACCEPTED, tmp_path) == []


@needs_pyright
def test_pyright_refuses_mistakes(tmp_path: Path) -> None:
    assert {(file, line) for file, line, _ in pyright(REFUSED, tmp_path)} == marked(REFUSED)
