"""What handlers need of the app's settings on GitHub."""

from __future__ import annotations

from django_github_app.setup.needs import needs_of


def test_an_event_needs_its_subscription_and_permission_to_be_read() -> None:
    needs = needs_of([("push", "event"), ("check_run", "event")])
    assert needs.events == {"push", "check_run"}
    assert needs.permissions == {"metadata": "read", "contents": "read", "checks": "read"}


def test_a_command_writes_where_it_was_typed() -> None:
    needs = needs_of(
        [("issue_comment", "event"), ("issue_comment", "command"), ("discussion_comment", "mention")]
    )
    assert needs.permissions == {
        "metadata": "read",
        "issues": "write",
        "pull_requests": "write",
        "discussions": "write",
    }


def test_what_every_app_gets_is_not_subscribed_to() -> None:
    assert needs_of([("installation", "event"), ("installation_repositories", "event")]).events == set()


def test_what_is_missing_is_said() -> None:
    needs = needs_of([("issue_comment", "command"), ("push", "event")])
    assert needs.missing_events(["push", "star"]) == ["issue_comment"]
    granted = {"metadata": "read", "issues": "read", "contents": "write", "pull_requests": "write"}
    assert needs.missing_permissions(granted) == {"issues": "write"}
