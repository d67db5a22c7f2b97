"""The handlers of the small project, for sync workers."""

from __future__ import annotations

from django_github_app.routing import GitHubRouter

from . import calls

gh = GitHubRouter()
gh.event("issues")(calls.steady)
gh.event("issues")(calls.flaky)
gh.schedule("hourly")(calls.at_times)
