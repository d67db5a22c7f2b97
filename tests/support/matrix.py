"""``make matrix``: the fast suite on each Python that this machine has, with each Django, in fresh virtualenvs.

Says at the end what passed, what failed, and which versions are not here. Arguments are pytest's; without, the fast
suite runs. It is no part of the suite itself: a virtualenv takes minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = {"5.2": "3.11", "6.0": "3.12", "6.1": "3.12"}  # and the first Python that each supports
# Their bounds on Django are what is tried here; the types of Django are for one version.
UNBOUND = ("django-celery-beat", "django-timezone-field", "python-crontab", "cron-descriptor", "tzdata")
NOT_NEEDED = ("django-stubs", "celery-types", "mypy", "types-requests", "selenium", "ruff", "import-linter")


def interpreters() -> dict[str, str]:
    """Return the first interpreter of each version: of the path, of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[str, str] = {}
    for version in PYTHONS:
        named = shutil.which(f"python{version}")
        candidates = [*filter(None, [named]), *map(str, sorted(pyenv.glob(f"{version}.*/bin/python")))]
        for candidate in candidates:
            if _version(candidate) == version:
                found[version] = candidate
                break
    return found


def _version(python: str) -> str:
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def combinations(pythons: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield Python and Django versions that go together."""
    for python in pythons:
        for django, first in DJANGOS.items():
            if _number(python) >= _number(first):
                yield python, django


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def requirements(django: str) -> list[str]:
    """Return what a virtualenv needs: the package, its extras and the tools of the tests, with one Django."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    wanted = [
        *project["dependencies"],
        *(one for extra in ("postgres", "s3", "deploy", "local", "dev") for one in extras[extra]),
    ]
    left_out = (*UNBOUND, *NOT_NEEDED, project["name"], "django")
    kept = [one for one in wanted if _name(one) not in left_out]
    return [*kept, f"django~={django}.0"]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found[0].lower()


def constraints(folder: Path) -> Path:
    """Write the pinned versions without those of Django and what is bound to it."""
    path = folder / "constraints.txt"
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    path.write_text("".join(f"{line}\n" for line in lines if _name(line) not in ("django", *NOT_NEEDED)))
    return path


def run(python: str, django: str, tests: Sequence[str]) -> str:
    """Run the tests in a fresh virtualenv and return what became of it."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        folder = Path(name)
        inside = folder / "venv/bin/python"
        pins = ["--constraint", str(constraints(folder))]
        pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        commands = [
            [python, "-m", "venv", str(folder / "venv")],
            [*pip, *pins, *requirements(django)],
            [*pip, *pins, "--no-deps", *UNBOUND, "--editable", str(ROOT)],
        ]
        for command in commands:
            if subprocess.run(command, check=False, cwd=ROOT).returncode:
                return "could not be installed"
        chosen = tests or ["-n", os.environ.get("WORKERS", "auto"), "-m", "not slow"]
        done = subprocess.run([str(inside), "-m", "pytest", "-q", *chosen], check=False, cwd=ROOT)
        return "passed" if done.returncode == 0 else f"failed ({done.returncode})"


def main(arguments: Sequence[str]) -> int:
    found = interpreters()
    outcomes = {}
    for python, django in combinations(found):
        print(f"== Python {python}, Django {django}", flush=True)
        outcomes[python, django] = run(found[python], django, arguments)
    print()
    for (python, django), outcome in outcomes.items():
        print(f"Python {python}  Django {django}  {outcome}")
    for version in PYTHONS:
        if version not in found:
            print(f"Python {version}  not found: put python{version} on the PATH, or install it with pyenv")
    return int(not outcomes or any(outcome != "passed" for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
