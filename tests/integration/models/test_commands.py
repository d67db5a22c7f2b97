"""A command is run by one delivery, and what is owed to its author is known."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.models import CommandClaim, Taken
from django_github_app.models.commands import CommandOutcome

pytestmark = [pytest.mark.django_db, pytest.mark.backends]

claims = CommandClaim.objects


def later(seconds: float = 60) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)


def take(key: str = "k", event: int = 1) -> Taken:
    return claims.take(key, event, command="@bot deploy", actor="mona")


def test_the_first_delivery_takes_a_command_and_no_other() -> None:
    assert [take(), take(event=2), take("other", 2)] == [Taken.NEW, Taken.ELSEWHERE, Taken.NEW]
    assert str(claims.get(key="k")) == "@bot deploy by mona"


@pytest.mark.parametrize(
    ("outcome", "taken"),
    [
        (CommandOutcome.SUCCEEDED, Taken.DONE),
        (CommandOutcome.REJECTED, Taken.DONE),
        (CommandOutcome.FAILED, Taken.AGAIN),
    ],
)
def test_the_same_delivery_runs_it_again_until_it_is_settled(outcome: CommandOutcome, taken: Taken) -> None:
    take()
    assert take() is Taken.AGAIN
    claims.finish("k", outcome)
    assert take() is taken


def test_only_an_acknowledged_command_without_outcome_is_overdue_and_is_reported_once() -> None:
    for key in ("acknowledged", "taken", "ended"):
        take(key)
    claims.acknowledge("acknowledged")
    claims.acknowledge("ended")
    claims.finish("ended", CommandOutcome.SUCCEEDED)
    (claim,) = claims.overdue(later(), 10)
    assert claim.key == "acknowledged"
    assert claims.overdue(later(-60), 10) == []
    assert [claims.report(claim), claims.report(claim)] == [True, False]
    assert claims.overdue(later(), 10) == []


def test_reactions_are_owed_until_they_are_paid() -> None:
    take()
    claims.finish("k", CommandOutcome.SUCCEEDED, owed="eyes rocket")
    assert [one.key for one in claims.owed_between(later(-60), later(), 10)] == ["k"]
    assert claims.owed_between(later(), later(120), 10) == []
    claims.paid("k", "rocket")
    assert claims.get().owed == "rocket"
    claims.paid("k")
    assert claims.owed_between(later(-60), later(), 10) == []


def test_claims_are_forgotten_by_event_and_by_age_so_many_at_a_time() -> None:
    for number in range(4):
        take(f"k-{number}", number)
    claims.forget_events([0])
    assert take("k-0", 9) is Taken.NEW
    assert claims.forget_before(later(-60), 10) == 0
    assert [claims.forget_before(later(), 3), claims.forget_before(later(), 3)] == [3, 1]
