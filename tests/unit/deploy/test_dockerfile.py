"""The Dockerfile's lines, without carrying them out: `make container-steps` does."""

from __future__ import annotations

import re
import tomllib

import pytest
from honcho import environ

from tests.support.container_steps import DOCKERFILE, FOLDERS, ROOT, WORKS, Build, tracked
from tests.support.dockerfile import NotUnderstood, stages

BUILD, IMAGE = stages(DOCKERFILE.read_text())
PROCFILE = environ.parse_procfile((ROOT / "Procfile").read_text()).processes


def test_everything_that_is_copied_is_in_the_repository_or_in_the_stage_before() -> None:
    for step in [*BUILD.all("COPY"), *IMAGE.all("COPY")]:
        *sources, _ = step.words()
        if step.flag("from"):
            assert (step.flag("from"), sources) == (BUILD.name, ["/venv"])
        else:
            assert all(tracked(source) for source in sources)
    copied = {word for stage in (BUILD, IMAGE) for step in stage.all("COPY") for word in step.words()[:-1]}
    assert copied.isdisjoint({".", "tests", "benchmarks", "release", ".env"})


def test_the_image_has_the_extras_that_the_site_needs_with_pinned_versions() -> None:
    (command,) = [step.text for step in BUILD.all("RUN") if "pip install" in step.text]
    extras = re.search(r"'\.\[([\w,]+)\]'", command)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
    assert "-c constraints.txt" in command


def test_processes_start_as_a_number_that_is_not_root_from_the_procfile() -> None:
    (user,) = IMAGE.all("USER")
    assert int(user.text) > 0
    assert IMAGE.instructions.index(user) > max(map(IMAGE.instructions.index, IMAGE.all("RUN")))
    (command,) = IMAGE.all("CMD")
    assert command.program() == ["web"]
    assert list(PROCFILE) == list(WORKS)


def test_what_is_not_understood_is_not_skipped() -> None:
    with pytest.raises(NotUnderstood, match="HEALTHCHECK"):
        stages("FROM python\nHEALTHCHECK CMD true\n")
    with pytest.raises(NotUnderstood, match="exec form"):
        stages("FROM python\nCMD web\n")[0].all("CMD")[0].program()


def test_folders_of_the_image_are_found_in_commands_and_nothing_else() -> None:
    build = Build(ROOT / "x")
    assert build.here("python -m venv /venv && /venv/bin/pip") == (
        f"python -m venv {ROOT}/x/venv && {ROOT}/x/venv/bin/pip"
    )
    assert FOLDERS.findall("deploy/app x/venv ./src /application redis://a/app") == []
