"""``github-app``: what a person sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from django_github_app.cli.start import main


def test_a_project_is_made_and_added_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    made = runner.invoke(main, ["new", "my-bot", "--sync"])
    assert made.exit_code == 0, made.output
    assert 'github send --comment "@my-bot hello"' in made.output
    monkeypatch.chdir(tmp_path / "my-bot")
    added = runner.invoke(main, ["add", "handler", "greet-stars", "--event", "star.created"])
    assert added.output == "added greet-stars for star.created to my_bot/events/handlers.py\n"
    added = runner.invoke(main, ["add", "command", "ping"])
    assert added.output == "added the command ping to my_bot/events/handlers.py\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "My Bot"], "is no name for an app"),
        (["new", "json"], "which is taken"),
        (["add", "command", "ping"], "there is no manage.py"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert len(result.output.splitlines()) == 1


def test_it_runs_as_a_module_without_settings(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django_github_app", "new", "my-bot"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my-bot/manage.py").stat().st_mode & 0o100
