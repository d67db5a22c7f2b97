"""What a continuation may wait for."""

from __future__ import annotations

from gidgethub import sansio

from django_github_app.routing import GitHubRouter, continuation_of, match, registrations
from django_github_app.routing.continuations import Continues, awaited


def test_an_event_without_an_action_stands_for_all_of_them() -> None:
    one = Continues("then", (("check_suite", "completed"), ("push", None)))
    assert one.may_wait_for("check_suite", "completed")
    assert not one.may_wait_for("check_suite", None)
    assert one.may_wait_for("push", None)
    assert one.may_wait_for("push", "anything")


def test_what_it_may_wait_for_is_kept_by_a_callback_that_does_nothing() -> None:
    with GitHubRouter.isolated():
        gh = GitHubRouter()

        @gh.continuation(on="check_suite.completed", name="mine", timeout=5)
        def then(event: object) -> None: ...

        found = continuation_of(then)
        assert found is not None
        assert found.continues == Continues("mine", (("check_suite", "completed"),))
        assert found.limits is not None
        assert continuation_of(awaited) is None
        event = sansio.Event({"action": "completed"}, event="check_suite", delivery_id="1")
        assert [call.callback for call in match(event, "async")] == [awaited]
        assert awaited(event) is None  # type: ignore[func-returns-value]
        said = {"continuation": {"handler": "mine"}}
        assert [
            c.callback for c in match(sansio.Event(said, event="continuation", delivery_id="2"), "sync")
        ] == [then]
        assert len(registrations()) == 2
