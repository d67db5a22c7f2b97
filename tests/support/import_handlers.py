"""A sync handler module that records where it was imported."""

from __future__ import annotations

import os

from gidgethub.sansio import Event

from django_github_app.routing import GitHubRouter
from tests.support.recording import record

gh = GitHubRouter()
record("imported", __name__, os.environ.get("HONCHO_PROCESS_NAME"))


@gh.event("push")
def push(event: Event) -> None:
    record("handled", __name__, os.environ.get("HONCHO_PROCESS_NAME"))
