"""Sync handlers for a mixed load: most event types have one, issues have two, a few have none."""

from __future__ import annotations

import time

from gidgethub.sansio import Event

from django_github_app.routing import GitHubRouter
from tests.support.mixed_load import HANDLED, SECONDS
from tests.support.recording import record_call

gh = GitHubRouter()


def handle(event: Event) -> None:
    time.sleep(SECONDS)
    record_call("sync.handle", event)


@gh.event("issues")
def handle_issue_too(event: Event) -> None:
    record_call("sync.handle_issue_too", event)


for _event in HANDLED:
    gh.add(handle, _event)
