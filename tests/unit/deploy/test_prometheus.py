"""What ships for Prometheus and Grafana: that it parses, and that every expression is one that Prometheus takes.

`promtool` is asked where there is one; `make promtool` installs Debian's.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from django_github_app.observe.catalogue import METRICS

FILES = Path(__file__).parents[3] / "deploy" / "prometheus"
EXPOSED = {metric.exposed: metric for metric in METRICS.values()}
SELECTOR = re.compile(r"(github_app_\w+)(?:\{([^}]*)\})?")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FILES / "rules.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FILES / "dashboard.json").read_text())["panels"]
    return found


def expressions() -> list[str]:
    return [
        *(str(rule["expr"]) for rule in rules()),
        *(target["expr"] for panel in panels() for target in panel["targets"]),
    ]


@pytest.mark.parametrize("expression", expressions())
def test_every_expression_asks_for_a_metric_of_its_kind_by_labels_that_it_has(expression: str) -> None:
    selected = SELECTOR.findall(expression)
    assert selected
    labels: set[str] = {"le"}
    for name, matchers in selected:
        metric = EXPOSED.get(name) or EXPOSED[re.sub(r"_(bucket|count|sum)$", "", name)]
        labels |= set(metric.labels)
        assert set(re.findall(r"(\w+)\s*[=!]~?", matchers)) <= set(metric.labels)
        assert (metric.kind == "histogram") == name.endswith(("_bucket", "_count", "_sum"))
        # Of what only grows the rate is of interest, and of nothing else.
        grows = metric.kind in ("counter", "histogram")
        assert grows == bool(re.search(rf"(rate|increase)\({name}", expression))
    for by in re.findall(r"by \(([^)]*)\)", expression):
        assert {one.strip() for one in by.split(",")} <= labels
    assert expression.count("(") == expression.count(")")


def test_every_alarm_says_what_is_wrong_what_to_do_and_how_urgent_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_panels_do_not_overlap_and_have_a_unit() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(places) == len(set(places))
    assert all(panel["fieldConfig"]["defaults"]["unit"] for panel in panels())


def test_promtool_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: `make promtool` installs Debian's package prometheus")
    result = subprocess.run(
        [promtool, "check", "rules", str(FILES / "rules.yml")], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
