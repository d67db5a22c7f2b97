"""The pages say what the code does: settings, links, and examples that at least compile."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import click
import pytest

from django_github_app.cli import github
from django_github_app.setup.doctor import SUBJECTS
from tests.support.settings_page import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        ROOT / "SECURITY.md",
        *(ROOT / "docs").glob("*.md"),
    ]
)


def test_the_settings_page_is_made_from_the_code() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.support.settings_page"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{path.name} links to {target}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_python_examples_compile(path: Path) -> None:
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", path.read_text(), re.DOTALL)):
        compile(code, f"{path.name}:{number}", "exec", flags=0x2000)  # top-level await, as in a shell


@pytest.mark.parametrize(
    "path", [*PAGES, *sorted((ROOT / "docs").glob("*/*.md"))], ids=lambda path: path.name
)
def test_make_targets_that_a_page_names_are_there(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = re.findall(r"(?:`|^[ \t]*)make ([a-z][\w-]*)", path.read_text(), re.MULTILINE)
    assert set(named) - targets == set()


def unknown_parts(typed: str) -> list[str]:
    """Return the words and options of ``manage.py github …`` that there are not."""
    words = re.sub(
        r"\"[^\"]*\"", "…", typed
    ).split()  # what somebody types in a comment has options of its own
    command: click.Command = github
    unknown = []
    for word in words:
        option = re.match(r"--[a-z][a-z-]*", word)
        if option is not None:
            known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help"}
            unknown += [option[0]] if option[0] not in known else []
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return [*unknown, word]
            command = found
    return unknown


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_and_options_that_a_page_names_are_there(path: Path) -> None:
    typed = re.findall(r"manage\.py github ([^`\n#|;&]+)", path.read_text())
    assert [(one, wrong) for one in typed if (wrong := unknown_parts(one))] == []


def test_a_command_or_an_option_that_is_not_there_is_found() -> None:
    assert unknown_parts("send issues --number 7 --nowhere x") == ["--nowhere"]
    assert unknown_parts("sent issues") == ["sent"]


def test_the_readme_clones_what_the_package_names_as_its_home() -> None:
    home = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Changelog"].partition(
        "/blob/"
    )[0]
    assert f"git clone {home} && cd {home.rpartition('/')[2]}\nmake demo" in (ROOT / "README.md").read_text()


def test_the_twelve_changes_name_files_that_are_there_and_at_most_four_rooms_each() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    section = page.partition("\n## Twelve changes")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 12
    for change, files in rows:
        named = re.findall(r"`([\w/]+\.py)`(\+?)", files)
        assert named, change
        for file, new in named:
            assert (ROOT / "src/django_github_app" / file).exists() != bool(new), f"{change}: {file}"
        rooms = {file.partition("/")[0] for file, _ in named}
        assert len(rooms) <= 4, change


def test_the_ten_usual_changes_name_files_that_are_there() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    section = page.partition("### Where ten usual changes go")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 10
    for row in rows:
        for file in re.findall(r"`([\w/]+\.(?:py|md)|\w+/)`", row):
            places = (ROOT / "src/django_github_app" / file, ROOT / file)
            assert any(place.exists() for place in places), file


def findings() -> set[str]:
    """Return the subjects that doctor finds something wrong with."""
    found = set()
    for path in (ROOT / "src/django_github_app/setup").glob("*.py"):
        if path.name != "migrating.py":  # a command of its own: what it prints is docs/migrating.md
            for call in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Name)
                    and call.func.id == "Finding"
                ):
                    subject, level = call.args[:2]
                    if isinstance(subject, ast.Constant) and ast.unparse(level) != "'ok'":
                        found.add(str(subject.value))
    return found


def test_every_finding_of_doctor_has_a_runbook() -> None:
    section = (
        (ROOT / "docs/runbooks.md").read_text().partition("\n## What doctor finds")[2].partition("\n## ")[0]
    )
    # A subject that breaks is a finding under its own name.
    assert findings() | set(SUBJECTS) == set(re.findall(r"^### (.+)$", section, re.MULTILINE))


def test_the_threat_model_names_tests_and_commands_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    for path in re.findall(r"`(tests/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([\w-]+)`", text):
        assert f"\n{target}: " in makefile, target


def test_every_alarm_has_a_runbook() -> None:
    section = (ROOT / "docs/runbooks.md").read_text().partition("\n## Alarms")[2].partition("\n## ")[0]
    rules = (ROOT / "deploy/prometheus/rules.yml").read_text()
    assert re.findall(r"alert: (\w+)", rules) == re.findall(r"^### (.+)$", section, re.MULTILINE)
