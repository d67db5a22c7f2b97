"""Commands that another one hides are reported."""

from __future__ import annotations

from typing import Any

from django_github_app import checks
from django_github_app.routing import GitHubRouter
from tests.support.system_checks import ids


def test_a_command_that_another_one_hides_is_reported() -> None:
    def first(event: Any) -> None: ...

    def second(event: Any) -> None: ...

    with GitHubRouter.isolated():
        gh = GitHubRouter()
        gh.command("deploy", scope="pr")(first)
        gh.command("rollback", aliases=["Deploy"], scope="issue")(second)
        assert checks.check_commands() == []
        gh.command("undo", aliases=["DEPLOY"], scope="pr")(second)
        assert ids(checks.check_commands()) == ["W010"]
        (found,) = checks.check_commands()
        assert "The command 'DEPLOY' of " in found.msg
        assert "second is never called" in found.msg
        assert ".first has that name" in found.msg
