"""What a person may do is asked of GitHub, and believed for a short while."""

from __future__ import annotations

import gidgethub
import pytest

from django_github_app.commands import Level
from django_github_app.github.access import is_member, level_of
from tests.support.octo import Octo

REPO = "octo/widgets"
PERMISSION = "/repos/*/*/collaborators/*/permission"


async def test_a_level_is_asked_for_once_whatever_the_case_of_the_names(octo: Octo) -> None:
    octo.repo.collaborator("mona", "maintain")
    assert await level_of(octo.client(), REPO, "mona") is Level.MAINTAIN
    assert await level_of(octo.client(), "Octo/Widgets", "Mona") is Level.MAINTAIN
    assert len(octo.github.requests_to(PERMISSION)) == 1


async def test_a_person_that_github_does_not_know_there_has_none(octo: Octo) -> None:
    octo.github.fail_next(1, status=404, path="/permission$")
    assert await level_of(octo.client(), REPO, "nobody") is Level.NONE


async def test_a_failure_is_no_answer_and_is_not_believed(octo: Octo) -> None:
    octo.repo.collaborator("mona", "write")
    octo.github.fail_next(1, status=403, path="/permission$")
    with pytest.raises(gidgethub.HTTPException):
        await level_of(octo.client(), REPO, "mona")
    assert await level_of(octo.client(), REPO, "mona") is Level.WRITE


async def test_a_team_that_cannot_be_read_lets_nobody_in_and_is_told(
    octo: Octo, caplog: pytest.LogCaptureFixture
) -> None:
    octo.github.fail_next(1, status=403, path="/memberships/")
    assert not await is_member(octo.client(), "octo", "core", "mona")
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert (record.__dict__["organisation"], record.__dict__["team"]) == ("octo", "core")


async def test_who_is_in_no_team_is_no_member(octo: Octo) -> None:
    assert not await is_member(octo.client(), "octo", "nowhere", "mona")
