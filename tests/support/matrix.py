"""``make matrix``: the fast suite on each Python that this machine has, with each Django, in virtualenvs of its own.

``make lowest`` runs it on the lowest versions that our bounds allow. Says at the end what passed, what failed, and
which versions are not here. ``--short`` runs a part that shows what breaks between versions, ``--only=3.13`` or
``--only=3.13-django-6.1`` some combinations, ``--part=2/5`` every fifth file from the second on, which is how a
machine that has no hours at a stretch goes through all; other arguments are pytest's. The virtualenvs are kept in
``.local/matrix`` (or in the folder that MATRIX_FOLDER names) and filled anew when what they need has changed. It is
no part of the suite itself.
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
KEPT = Path(os.environ.get("MATRIX_FOLDER") or ROOT / ".local" / "matrix")
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
    "import-linter",
    "uv",
)
OF_A_WHEEL = ("beat", "postgres", "s3", "metrics", "otel", "health", "deploy", "httpx2")
EXTRAS = (*OF_A_WHEEL, "local", "dev")
SHORT = (
    *("tests/unit", "tests/dropin", "tests/integration/ingest", "tests/integration/execution"),
    *(
        "tests/integration/broker",
        "tests/integration/models",
        "tests/integration/sql",
        "tests/integration/admin",
    ),
    *("tests/integration/github/test_client.py", "tests/integration/github/test_tokens.py"),
    *("tests/integration/checks", "tests/integration/maintenance", "tests/integration/migrations"),
)
# The newest of these ask for more than our lowest bounds.
OLDER_TOOLS = (
    "asyncssh==2.20.0",
    "check-jsonschema==0.33.0",
    "opentelemetry-sdk==1.24.0",
    "opentelemetry-exporter-otlp-proto-http==1.24.0",
)
# Look at the code, which is the same everywhere, with tools that are not installed here.
ONCE = ("tests/unit/test_contracts.py", "tests/unit/test_generated_docs.py", "tests/typing")


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
    overrides: tuple[str, ...] = ()
    """Installed whatever others ask for."""
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
        wanted = "\n".join((*self.requirements, "", *self.pins, "", *self.unpinned, *self.overrides))
        digest = hashlib.sha256(wanted.encode()).hexdigest()
        mark = self.folder / "installed"
        if mark.exists() and mark.read_text() == digest:
            return True
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        constraints = self.folder / "constraints.txt"
        constraints.write_text("".join(f"{pin}\n" for pin in self.pins))
        overrides = self.folder / "overrides.txt"
        overrides.write_text("".join(f"{one}\n" for one in self.overrides))
        install = [*UV, "install", "--quiet", "--python", str(self.inside), "--constraint", str(constraints)]
        commands = [
            [*UV[:-1], "venv", "--quiet", "--python", self.python, str(self.inside.parents[1])],
            [*install, "--override", str(overrides), *self.requirements],
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


def lowest(pythons: dict[str, str], floors: dict[str, str] | None = None) -> Iterator[Combination]:
    """Yield one virtualenv: the oldest Python, and of what a wheel depends on the lowest versions allowed.

    Tools that ask for more of them do not get it: otherwise their bounds would be tried, not ours.
    """
    version = min(pythons, key=_number)
    of_a_wheel = requirements(OF_A_WHEEL)
    tools = [one for one in requirements(("local", "dev")) if one not in of_a_wheel]
    named = {_name(one) for one in of_a_wheel}
    pins = tuple(
        pin
        for pin in constraints()
        if _name(pin) in {_name(one) for one in tools} - named - {_name(one) for one in OLDER_TOOLS}
    )
    floors = lowest_versions(version) if floors is None else floors
    yield Combination(
        pythons[version],
        version,
        "lowest",
        (*of_a_wheel, *tools),
        (*pins, *OLDER_TOOLS),
        overrides=tuple(f"{_with_extras(one)}=={floors[_name(one)]}" for one in of_a_wheel),
    )


def lowest_versions(python: str) -> dict[str, str]:
    """Return the lowest versions that can be installed of what a wheel depends on."""
    command = [*UV, "compile", "--quiet", "--resolution", "lowest-direct", "--python-version", python]
    wanted = "\n".join(requirements(OF_A_WHEEL))
    done = subprocess.run(
        [*command, "--no-header", "--no-annotate", "-"],
        check=True,
        input=wanted,
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(line.split("==") for line in done.stdout.splitlines())


def unreal_bounds(floors: dict[str, str]) -> list[str]:
    """Return what our bounds allow and what nobody can install, because something else asks for more."""
    found = []
    for one in requirements(OF_A_WHEEL):
        bound = re.search(r">=([\d.]+)", one)
        assert bound, f"{one} has no lower bound"
        if _release(bound[1]) != _release(floors[_name(one)]):
            found.append(f"{one} allows what cannot be installed: the lowest is {floors[_name(one)]}")
    return found


def _release(version: str) -> list[int]:
    """Return the numbers of a version without zeros at its end: 6.0 is 6."""
    numbers = list(map(int, re.findall(r"\d+", version)))
    while numbers[-1:] == [0]:
        numbers.pop()
    return numbers


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def requirements(extras: Iterable[str] = EXTRAS, leave_out: Sequence[str] = ()) -> list[str]:
    """Return what the package and some of its extras ask for."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named: dict[str, list[str]] = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(one for extra in extras for one in named[extra])]
    left_out = {*NOT_NEEDED, project["name"], *leave_out}
    return [one for one in wanted if _name(one) not in left_out]


def _with_extras(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+(\[[^\]]*\])?", requirement)
    assert found, requirement
    return found[0]


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found[0].lower()


def constraints() -> tuple[str, ...]:
    """Return the pinned versions without those of Django and of tools that are not needed."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return tuple(line for line in lines if _name(line) not in ("django", *NOT_NEEDED))


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    lowest: bool = False
    only: tuple[str, ...] = ()
    """Texts of which a combination's name has one; none: all of them."""
    tests: tuple[str, ...] = ()
    """Arguments of pytest."""

    @classmethod
    def read(cls, arguments: Sequence[str]) -> Asked:
        """Read the command line. Of tests that are named, those run that are not slow and need no browser."""
        ours = [
            one
            for one in arguments
            if one in ("--lowest", "--short") or one.startswith(("--only=", "--part="))
        ]
        tests = [one for one in arguments if one not in ours]
        if not any((ROOT / one.partition("::")[0]).exists() for one in tests):
            tests += SHORT if "--short" in ours else ["tests"]
        for part in (one.removeprefix("--part=") for one in ours if one.startswith("--part=")):
            tests = list(_part(tests, *map(int, part.split("/"))))
        tests += [f"--ignore={path}" for path in ONCE]
        if "-m" not in tests:
            tests += ["-m", "not slow and not browser"]
        only = tuple(one.removeprefix("--only=") for one in ours if one.startswith("--only="))
        return cls("--lowest" in ours, only, tuple(tests))

    def chooses(self, combination: Combination) -> bool:
        """Return whether a combination is among those that are asked for."""
        names = (combination.name, combination.folder.name)
        return not self.only or any(text in name for text in self.only for name in names)


def _part(tests: Sequence[str], number: int, of: int) -> Iterator[str]:
    """Yield every ``of``-th test file, and what is no file or folder of tests."""
    paths = [one for one in tests if (ROOT / one).exists()]
    yield from (one for one in tests if one not in paths)
    files = sorted(
        {file for one in paths for file in [ROOT / one, *(ROOT / one).rglob("test_*.py")] if file.is_file()}
    )
    names = [name for name in (str(file.relative_to(ROOT)) for file in files) if not name.startswith(ONCE)]
    yield from names[number - 1 :: of]


def main(arguments: Sequence[str]) -> int:
    """Return 0 if every combination passed."""
    found, asked = interpreters(), Asked.read(arguments)
    chosen = filter(asked.chooses, lowest(found) if asked.lowest else combinations(found))
    outcomes = {}
    if asked.lowest:
        outcomes = dict.fromkeys(unreal_bounds(lowest_versions(min(found, key=_number))), "failed")
    for combination in chosen:
        print(f"== {combination.name}", flush=True)
        outcomes[combination.name] = combination.run(asked.tests)
    print()
    for name, outcome in outcomes.items():
        print(f"{name}: {outcome}")
    for version in PYTHONS:
        if version not in found:
            print(f"Python {version}: not found; put python{version} on the PATH, or install it with pyenv")
    return int(not outcomes or any(outcome != "passed" for outcome in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
