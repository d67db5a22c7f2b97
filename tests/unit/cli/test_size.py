"""``manage.py github size``: what a load needs, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from django_github_app.cli import github
from django_github_app.setup import sizing


def run(*arguments: str) -> str:
    result = CliRunner().invoke(github, ["size", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_each_line_has_its_subject_value_unit_and_reason() -> None:
    lines = run("--events-per-day", "1000000").splitlines()
    expected = sizing.size(
        sizing.Load(
            events_per_day=1_000_000, peak=10, callbacks=1, calls=1, call_seconds=0.1, handler_cpu_ms=0,
            worker_type="async", days_kept=30, days_archived=365, outage_hours=1,
        )
    )  # fmt: skip
    assert len(lines) == len(expected)
    for line, one in zip(lines, expected, strict=True):
        assert line.startswith(one.subject)
        assert line.endswith(one.how)


def test_programs_get_json_and_options_count() -> None:
    def values(*options: str) -> dict[str, float]:
        found = json.loads(run("--events-per-day", "1000000", "--format", "json", *options))
        return {one["subject"]: one["value"] for one in found}

    few, many = values("--days-kept", "1"), values("--days-kept", "300")
    assert few.keys() == many.keys()
    assert few != many


def test_the_figures_of_ones_own_machine_replace_ours(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    slow = {"fast-granian": [{"app_us": 90_000.0, "postgres_us": 25.0}]}
    results.write_text(json.dumps({"receivers": {"results": slow}}))
    ours = run("--events-per-day", "1000000").splitlines()
    own = run("--events-per-day", "1000000", "--bench", str(results)).splitlines()
    changed = [new.split()[:2] for old, new in zip(ours, own, strict=True) if old != new]
    assert ["web", "processes"] in changed
    assert "90000 µs measured" in "\n".join(own)


def test_a_load_that_is_none_is_refused() -> None:
    result = CliRunner().invoke(github, ["size", "--events-per-day", "0"])
    assert result.exit_code == 2
