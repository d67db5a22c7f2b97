"""``manage.py github missed``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from django_github_app.cli import github
from django_github_app.models import Pulse

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    return CliRunner().invoke(github, ["missed", *arguments], catch_exceptions=False).output


def test_it_tells_of_each_day_and_reason() -> None:
    assert run() == "no delivery was missed\n"
    counts = {"missed": 3, "asked": 2, "arrived": 1, "unwanted": 5}
    Pulse.objects.create(name="missed on 2026-11-27", detail={"timed out": counts})
    (line,) = run().splitlines()
    assert line.startswith(
        "2026-11-27  timed out: 3 missed, 2 asked for, 1 arrived, 0 given up, 2 open; 5 that no"
    )
    (day,) = json.loads(run("--format", "json"))
    assert (day["reason"], day["open"], day["unwanted"]) == ("timed out", 2, 5)
