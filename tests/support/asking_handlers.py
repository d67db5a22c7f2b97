"""Handlers that ask GitHub for something: see tests.acceptance.test_outages."""

from __future__ import annotations

from typing import Any

from django_github_app.routing import GitHubRouter

gh = GitHubRouter()


@gh.event("issues")
def ask(event: Any, gh: Any) -> None:
    gh.getitem(f"/repos/octo/widgets/issues/{event.data['issue']['number']}")


@gh.event("issue_comment")
async def ask_and_wait(event: Any, gh: Any) -> None:
    await gh.getitem(f"/repos/octo/widgets/issues/{event.data['issue']['number']}")
