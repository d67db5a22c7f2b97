"""Every finding of doctor says what to do, also one of a subject that could not be looked at."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn

import gidgethub
import httpx
import pytest
from django.db import OperationalError

from django_github_app.setup import doctor

ERRORS: list[Exception] = [
    httpx.ConnectError(""),
    httpx.ReadTimeout(""),
    OperationalError("server closed the connection unexpectedly"),
    ConnectionRefusedError(111, "Connection refused"),
    gidgethub.BadRequest(HTTPStatus.UNAUTHORIZED),
    ValueError("anything"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("subject", [*doctor.SUBJECTS, "one of a project's own"])
def test_a_subject_that_breaks_says_what_to_do(subject: str, error: Exception) -> None:
    def look() -> NoReturn:
        raise error

    (finding,) = doctor.examine({subject: look})
    assert finding.level == "error"
    assert type(error).__name__ in finding.message
    assert len(finding.hint) > 20


def test_every_subject_has_a_step_of_its_own() -> None:
    assert set(doctor.SUBJECTS) == set(doctor.STEPS)


def test_github_that_cannot_be_reached_and_credentials_that_it_refuses_are_told_apart() -> None:
    away = doctor.step_for("authentication", httpx.ConnectError(""))
    refused = doctor.step_for("authentication", gidgethub.BadRequest(HTTPStatus.UNAUTHORIZED))
    assert "firewall" in away
    assert "PRIVATE_KEY" in refused


@pytest.mark.django_db
def test_who_would_be_told_of_an_outage_is_told(settings: Any) -> None:
    settings.ADMINS = []
    (finding,) = doctor.look_at_observing()
    assert (finding.level, "only the log" in finding.message) == ("warning", True)
    settings.ADMINS = [("Olga", "olga@example.com")]
    (finding,) = doctor.look_at_observing()
    assert finding.level == "ok"
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ALARMS": None}
    (finding,) = doctor.look_at_observing()
    assert "off" in finding.message
