from __future__ import annotations

from typing import Any

import pytest

from django_github_app.checks import observing


def ids(settings: Any, **values: Any) -> list[str]:
    settings.GITHUB_APP = {**settings.GITHUB_APP, **values}
    return [str(one.id).rpartition(".")[2] for one in observing.check_observing()]


@pytest.mark.parametrize(
    "alarms",
    [{}, None, {"workers": 60, "mail": False, "issue": "octo/ops"}, {"silence_factor": 1.5, "dead": 0}],
)
def test_thresholds_that_there_are_are_taken(settings: Any, alarms: Any) -> None:
    assert ids(settings, ALARMS=alarms) == []


@pytest.mark.parametrize("alarms", [{"worker": 60}, {"workers": "60"}, {"beat": -1}, {"webhook": 1}])
def test_a_threshold_that_is_misspelt_or_wrong_is_named(settings: Any, alarms: Any) -> None:
    assert ids(settings, ALARMS=alarms) == ["W040"]


def test_what_is_on_must_be_installed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(settings, METRICS=True, TRACING=1.0) == []
    monkeypatch.setattr(observing, "find_spec", lambda name: None)
    assert ids(settings, METRICS=True, TRACING=1.0) == ["E040", "E040"]
