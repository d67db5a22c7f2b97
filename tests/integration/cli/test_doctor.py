"""``manage.py github doctor``: a line for each finding, or JSON, and the exit code."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from django_github_app.cli import github as cli
from django_github_app.setup import doctor
from tests.support.octo import Octo

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def test_the_command_prints_lines_or_json_and_exits_with_1_on_errors(
    octo: Octo, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = {name: doctor.SUBJECTS[name] for name in ("cache", "webhook")}
    monkeypatch.setattr(doctor, "SUBJECTS", chosen)
    result = run("doctor")
    assert result.exit_code == 1
    assert (
        "ERROR    webhook: GitHub has no webhook URL\n         Set it in the app's settings" in result.output
    )
    shown = json.loads(run("doctor", "--format", "json").output)
    assert [(one["subject"], one["level"]) for one in shown] == [("cache", "ok"), ("webhook", "error")]
