"""A parameter that is annotated with a model of the payload gets the payload as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
import pytest
from gidgethub import sansio

from django_github_app import webhooks
from django_github_app.errors import PermanentError
from django_github_app.routing.binding import bind
from django_github_app.webhooks import Event, Issues, IssuesOpened, PullRequestOpened, Push

if TYPE_CHECKING:
    from decimal import Decimal as Unknown

pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed: pip install pydantic")

DATA = {"action": "opened", "issue": {"number": 7, "title": "It breaks"}}
EVENT = sansio.Event(DATA, event="issues", delivery_id="d")


class Own(TypedDict):
    action: str


class Issue(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    number: int


class Opened(pydantic.BaseModel):  # type: ignore[misc,name-defined]
    issue: Issue


class Pushed(msgspec.Struct):
    ref: str


def called(callback: Any) -> tuple[list[Any], dict[str, Any]]:
    return bind(callback, EVENT, "client", {})


def test_a_type_of_ours_and_a_typed_dict_of_the_projects_own_are_the_payload_itself() -> None:
    def ours(payload: IssuesOpened, gh: Any) -> None: ...
    def any_action(data: Issues) -> None: ...
    def one_of(event: Any, *, payload: IssuesOpened | Push) -> None: ...
    def own(payload: Own) -> None: ...

    assert called(ours) == ([DATA, "client"], {})
    assert called(any_action) == ([DATA], {})
    assert called(one_of) == ([EVENT], {"payload": DATA})
    assert called(own) == ([DATA], {})
    assert called(ours)[0][0] is DATA


def test_an_event_is_an_event() -> None:
    def typed(event: Event[IssuesOpened], gh: Any) -> None: ...
    def under_another_name(happened: Event[IssuesOpened]) -> None: ...

    assert called(typed) == ([EVENT, "client"], {})
    assert called(under_another_name) == ([EVENT], {})


def test_models_are_made_of_the_payload_and_the_first_that_fits_is_taken() -> None:
    def made(opened: Opened, *args: Any) -> None: ...
    def either(payload: Pushed | Opened) -> None: ...

    assert called(made)[0][0].issue.number == 7
    assert isinstance(called(either)[0][0], Opened)


def test_a_payload_that_does_not_fit_is_never_tried_again() -> None:
    def pushed(payload: Pushed) -> None: ...

    with pytest.raises(PermanentError, match="the payload is no Pushed"):
        called(pushed)


def test_annotations_that_name_no_model_change_nothing() -> None:
    def before(event: Any, gh: Any, count: int = 0, unknown: Unknown | None = None) -> None: ...
    def renamed(one: sansio.Event, two: Unknown) -> None: ...

    assert called(before) == ([EVENT, "client"], {})
    assert called(renamed) == ([EVENT, "client"], {})


def test_a_model_of_githubkit_is_made_of_the_payload() -> None:
    models = pytest.importorskip(
        "githubkit.versions.latest.webhooks", reason="githubkit is not installed: pip install githubkit"
    )
    from django_github_app.testing.payloads import build

    def opened(payload: Any, gh: Any) -> None: ...

    opened.__annotations__["payload"] = models.WebhookIssuesOpened
    event = sansio.Event(build("issues"), event="issues", delivery_id="d")
    assert bind(opened, event, "client", {})[0][0].issue.number == 1


def test_names_are_those_of_events_and_actions() -> None:
    assert issubclass(PullRequestOpened, webhooks.Payload)
    with pytest.raises(AttributeError, match="GitHub has no such event or action"):
        getattr(webhooks, "IsuesOpened")  # noqa: B009
