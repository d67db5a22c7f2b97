"""``make matrix``: the fast suite on each Python that this machine has, with each Django, in virtualenvs of its own.

``make lowest`` runs it on the lowest versions that our bounds allow. Says at the end what passed, what failed, and
which versions are not here. ``--short`` runs a part that shows what breaks between versions, ``--only=3.13`` some
combinations; other arguments are pytest's. The virtualenvs are kept in ``.local/matrix`` and filled anew when what
they need has changed. It is no part of the suite itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".local" / "matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = {"5.2": "3.11", "6.0": "3.12", "6.1": "3.12"}  # and the first Python that each supports
# Their bounds on Django are what is tried here; the types of Django are for one version.
UNBOUND = ("django-celery-beat", "django-timezone-field", "python-crontab", "cron-descriptor", "tzdata")
NOT_NEEDED = (
    "django-stubs",
    "celery-types",
    "mypy",
    "types-requests",
    "selenium",
    "ruff",
    "import-linter",
    "uv",
)
EXTRAS = ("beat", "postgres", "s3", "deploy", "httpx2", "local", "dev")
SHORT = (
    *("tests/unit", "tests/dropin", "tests/integration/ingest", "tests/integration/execution"),
    *(
        "tests/integration/broker",
        "tests/integration/models",
        "tests/integration/sql",
        "tests/integration/admin",
    ),
    *("tests/integration/github/test_client.py", "tests/integration/github/test_tokens.py"),
    *("tests/integration/test_checks.py", "tests/integration/maintenance", "tests/integration/migrations"),
)
# Look at the code, which is the same everywhere, with tools that are not installed here.
ONCE = ("tests/unit/test_contracts.py", "tests/unit/test_generated_docs.py")


@dataclass(frozen=True)
class Combination:
    """A virtualenv to run the tests in."""

    python: str
    """Path of the interpreter."""
    version: str
    packages: str
    """What is said of its packages: "Django 5.2", "lowest"."""
    requirements: tuple[str, ...]
    pins: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    """Installed without regard to what they ask for."""
    options: tuple[str, ...] = ()
    """Of `uv pip install`."""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"Python {self.version}, {self.packages}"

    @property
    def folder(self) -> Path:
        return KEPT / f"{self.version}-{self.packages.lower().replace(' ', '-')}"

    @property
    def inside(self) -> Path:
        return self.folder / "venv/bin/python"

    def install(self) -> bool:
        """Fill the virtualenv, unless it is filled with just this."""
        wanted = "\n".join((*self.requirements, "", *self.pins, "", *self.unpinned, *self.options))
        digest = hashlib.sha256(wanted.encode()).hexdigest()
        mark = self.folder / "installed"
        if mark.exists() and mark.read_text() == digest:
            return True
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        constraints = self.folder / "constraints.txt"
        constraints.write_text("".join(f"{pin}\n" for pin in self.pins))
        install = [*UV, "install", "--quiet", "--python", str(self.inside), "--constraint", str(constraints)]
        commands = [
            [*UV[:-1], "venv", "--quiet", "--python", self.python, str(self.inside.parents[1])],
            [*install, *self.options, *self.requirements],
            [*install, "--no-deps", *self.unpinned, "--editable", str(ROOT)],
        ]
        for command in commands:
            if subprocess.run(command, check=False, cwd=ROOT).returncode:
                return False
        mark.write_text(digest)
        return True

    def run(self, tests: Sequence[str]) -> str:
        """Run the tests and return what became of it."""
        if not self.install():
            return "could not be installed"
        command = [
            str(self.inside),
            "-m",
            "pytest",
            "-q",
            "--durations=0",
            "--durations-min=30",
            "-n",
            os.environ.get("WORKERS", "auto"),
            *tests,
        ]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, check=False, cwd=ROOT, env=environment)
        return "passed" if done.returncode == 0 else f"failed ({done.returncode})"


UV = (sys.executable, "-m", "uv", "pip")


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


def combinations(pythons: dict[str, str]) -> Iterator[Combination]:
    """Yield a virtualenv for each Python and each Django that goes with it."""
    pins = constraints()
    for version, python in pythons.items():
        for django, first in DJANGOS.items():
            if _number(version) >= _number(first):
                yield Combination(
                    python,
                    version,
                    f"Django {django}",
                    (*requirements(leave_out=(*UNBOUND, "django")), f"django~={django}.0"),
                    pins,
                    UNBOUND,
                    # One of the two client libraries with each: no run has only the default.
                    environment={"HTTP_CLIENT": "httpx2" if django == "6.1" else "httpx"},
                )


def lowest(pythons: dict[str, str]) -> Iterator[Combination]:
    """Yield one virtualenv: the oldest Python, and of what a wheel depends on the lowest versions allowed."""
    version = min(pythons, key=_number)
    of_a_wheel = requirements(("beat", "postgres", "s3", "deploy", "httpx2"))
    tools = [one for one in requirements(("local", "dev")) if one not in of_a_wheel]
    named = {_name(one) for one in of_a_wheel}
    pins = tuple(pin for pin in constraints() if _name(pin) in {_name(one) for one in tools} - named)
    yield Combination(
        pythons[version],
        version,
        "lowest",
        (*of_a_wheel, *tools),
        pins,
        options=("--resolution", "lowest-direct"),
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def requirements(extras: Iterable[str] = EXTRAS, leave_out: Sequence[str] = ()) -> list[str]:
    """Return what the package and some of its extras ask for."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named: dict[str, list[str]] = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in named[extra])]
    left_out = {*NOT_NEEDED, project["name"], *leave_out}
    return [one for one in wanted if _name(one) not in left_out]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found[0].lower()


def constraints() -> tuple[str, ...]:
    """Return the pinned versions without those of Django and of tools that are not needed."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return tuple(line for line in lines if _name(line) not in ("django", *NOT_NEEDED))


def main(arguments: Sequence[str]) -> int:
    """Return 0 if every combination passed. ``--lowest`` comes first, ``--only=TEXT`` chooses by name."""
    found, tests = interpreters(), list(arguments)
    chosen = list(lowest(found) if "--lowest" in tests else combinations(found))
    only = [one.removeprefix("--only=") for one in tests if one.startswith("--only=")]
    if only:
        chosen = [one for one in chosen if any(text in one.name for text in only)]
    short = "--short" in tests
    tests = [one for one in tests if one not in ("--lowest", "--short") and not one.startswith("--only=")]
    if short or not tests:
        where = SHORT if short else ("tests",)
        tests = [*where, "-m", "not slow", *(f"--ignore={path}" for path in (*ONCE, "tests/typing")), *tests]
    outcomes = {}
    for combination in chosen:
        print(f"== {combination.name}", flush=True)
        outcomes[combination.name] = combination.run(tests)
    print()
    for name, outcome in outcomes.items():
        print(f"{name}: {outcome}")
    for version in PYTHONS:
        if version not in found:
            print(f"Python {version}: not found; put python{version} on the PATH, or install it with pyenv")
    return int(not outcomes or any(outcome != "passed" for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
