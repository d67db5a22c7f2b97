"""A new project: names that are refused, files that compile, and what is added to them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from django_github_app.setup.scaffold import (
    Project,
    ScaffoldError,
    add_command,
    add_handler,
    write_project,
)

KINDS = [Project("my-bot"), Project("my-bot", is_async=False), Project("my-bot", s3=True)]


@pytest.mark.parametrize(
    "name",
    ["", "My-Bot", "my_bot", "1bot", "-bot", "bot-", "a--b", "a" * 35, "config", "tests", "json", "class", "django",
     "../bot", "bot\n"],
)  # fmt: skip
def test_a_name_that_would_not_do_is_refused(name: str) -> None:
    with pytest.raises(ScaffoldError):
        Project(name)


def test_a_module_of_a_virtual_environment_in_this_folder_is_taken_and_one_of_the_folder_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.venv` lies in the current directory nearly always."""
    packages = tmp_path / ".venv/site-packages"
    for package in (packages / "neighbour", tmp_path / "mine"):
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
    (tmp_path / "alone.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(packages)
    with pytest.raises(ScaffoldError, match="taken"):
        Project("neighbour")
    assert [Project(name).package for name in ("mine", "alone")] == ["mine", "alone"]


@pytest.mark.parametrize("project", KINDS, ids=["async", "sync", "s3"])
def test_every_python_file_compiles_and_nothing_of_a_template_is_left(project: Project) -> None:
    for path, text in project.files().items():
        assert "{%" not in text, path
        assert "{{" not in text, path
        if path.endswith(".py"):
            compile(text, path, "exec")


@pytest.mark.parametrize("project", KINDS, ids=["async", "sync", "s3"])
def test_the_project_keeps_its_own_lint_rules(project: Project, tmp_path: Path) -> None:
    write_project(project, tmp_path)
    add_handler(tmp_path, "greet-stars", "star.created")
    add_command(tmp_path, "ping")
    for command in (["check"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_only_an_s3_project_names_a_bucket() -> None:
    assert [any("ARCHIVE_BUCKET" in text for text in project.files().values()) for project in KINDS] == [
        False,
        False,
        True,
    ]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ScaffoldError, match="is not empty"):
        write_project(Project("my-bot"), tmp_path)
    with pytest.raises(ScaffoldError, match="is a file"):
        write_project(Project("my-bot"), tmp_path / "notes.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_is_added_twice_or_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError, match=r"no manage\.py"):
        add_command(tmp_path, "ping")
    write_project(Project("my-bot"), tmp_path)
    module = add_command(tmp_path, "ping")
    assert module == tmp_path / "my_bot/events/ahandlers.py"
    before = module.read_text()
    with pytest.raises(ScaffoldError, match="has a ping already"):
        add_handler(tmp_path, "ping", "push")
    for name in ("Ping", "pi ng", "def", "", 'p"'):
        with pytest.raises(ScaffoldError, match="is no name"):
            add_command(tmp_path, name)
    with pytest.raises(ScaffoldError, match="is no event"):
        add_handler(tmp_path, "pong", 'push")\nimport os  # ')
    assert module.read_text() == before
    (tmp_path / "my_bot/events/handlers.py").write_text("")
    with pytest.raises(ScaffoldError, match="more than one"):
        add_command(tmp_path, "pong")
