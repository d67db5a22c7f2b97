"""What is said of versions and extras is what is run: classifiers, `make matrix`, `make as-a-user`, the workflow."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.acceptance.test_as_a_user import SETS
from tests.support import matrix
from tests.support.matrix import Asked, combinations, lowest
from tests.support.site import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
# For the work on this repository itself: `make test`, `make bench`, `make stores` and so on.
NOT_FOR_USERS = {"bench", "brokers", "dev", "release", "site", "stores"}
FOUND = {version: f"/usr/bin/python{version}" for version in ("3.11", "3.13")}


def classified(prefix: str) -> list[str]:
    found = [one.removeprefix(f"{prefix} :: ") for one in PROJECT["classifiers"] if one.startswith(prefix)]
    return [one for one in found if re.fullmatch(r"\d+\.\d+", one)]


def test_classifiers_name_the_pythons_that_ci_runs_and_the_djangos_of_the_matrix() -> None:
    assert (
        classified("Programming Language :: Python")
        == WORKFLOW["jobs"]["pythons"]["strategy"]["matrix"]["python"]
    )
    assert set(classified("Programming Language :: Python")) <= set(matrix.PYTHONS)
    assert classified("Framework :: Django") == list(matrix.DJANGOS)


@pytest.mark.parametrize("target", ["make matrix", "make lowest", "make as-a-user", ".ci/run"])
def test_a_job_runs_it(target: str) -> None:
    steps = [step.get("run") for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    assert target in steps


def test_every_python_meets_every_django_that_supports_it_and_both_client_libraries() -> None:
    chosen = list(combinations(FOUND))
    assert [one.folder.name for one in chosen] == [
        *("3.11-django-5.2", "3.13-django-5.2", "3.13-django-6.0", "3.13-django-6.1"),
    ]
    assert {one.environment["HTTP_CLIENT"] for one in chosen} == {"httpx", "httpx2"}


def test_the_lowest_versions_of_what_a_wheel_asks_for_are_pinned_by_nothing() -> None:
    floors = {matrix._name(one): "1.0" for one in matrix.requirements()}
    (one,) = lowest(FOUND, floors)
    assert one.version == "3.11"
    wanted = {matrix._name(requirement) for requirement in PROJECT["dependencies"]}
    assert {matrix._name(pin) for pin in one.pins} & wanted == set()
    assert {"celery[redis]==1.0", "click==1.0"} <= set(one.overrides)


def test_a_lower_bound_below_what_others_ask_for_is_found() -> None:
    floors = {
        matrix._name(one): re.findall(r">=([\d.]+)", one)[0] for one in matrix.requirements(matrix.OF_A_WHEEL)
    }
    assert matrix.unreal_bounds({**floors, "django": f"{floors['django']}.0"}) == []
    assert matrix.unreal_bounds({**floors, "click": "99.1"}) == [
        "click>=8.3.1 allows what cannot be installed: the lowest is 99.1"
    ]


def test_what_the_short_form_runs_and_what_is_run_elsewhere_is_there() -> None:
    assert [path for path in (*matrix.SHORT, *matrix.ONCE) if not (ROOT / path).exists()] == []


def test_parts_are_all_files_each_once() -> None:
    files = [
        one
        for number in (1, 2, 3)
        for one in Asked.read([f"--part={number}/3"]).tests
        if one.startswith("tests/") and one.endswith(".py")
    ]
    there = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
    assert sorted(files) == [path for path in there if not path.startswith(matrix.ONCE)]


def test_a_combination_is_chosen_by_its_name_or_its_folder() -> None:
    chosen = combinations(FOUND)
    asked = Asked.read(["--only=3.13-django-6.1", "--only=Django 5.2", "tests/unit"])
    assert [one.folder.name for one in filter(asked.chooses, chosen)] == [
        *("3.11-django-5.2", "3.13-django-5.2", "3.13-django-6.1"),
    ]
    assert asked.tests[0] == "tests/unit"
    assert asked.tests[-2:] == ("-m", "not slow and not browser")


def named_sets() -> dict[str, set[frozenset[str]]]:
    """Return the sets of extras that each page or file tells people to install."""
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    package = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.tpl")]
    files = [*pages, *package, ROOT / "requirements.txt", ROOT / "deploy/container/Dockerfile"]
    found: dict[str, set[frozenset[str]]] = {}
    for path in files:
        for extras in re.findall(r"(?:django-github-app-celery|[\s']\.)\[([a-z0-9, ]+)\]", path.read_text()):
            names = frozenset(name.strip() for name in extras.split(","))
            if names - NOT_FOR_USERS:
                found.setdefault(Path(path).name, set()).add(names)
    return found


def test_every_extra_and_every_combination_that_a_page_names_is_installed_from_the_wheel() -> None:
    installed = {frozenset(filter(None, one.split(","))) for one in SETS.values()}
    named = named_sets()
    assert {"README.md", "s3.md", "Dockerfile", "requirements.txt"} <= named.keys()
    assert {path: sets - installed for path, sets in named.items() if sets - installed} == {}
    alone = {frozenset([extra]) for extra in PROJECT["optional-dependencies"].keys() - NOT_FOR_USERS}
    assert alone - installed == set()
