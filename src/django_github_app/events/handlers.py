"""Handlers of the ``sync`` worker type."""

from __future__ import annotations

from django_github_app.routing import GitHubRouter

from . import again, cancel, changes

gh = GitHubRouter()
changes.register(gh)
cancel.register(gh)
again.register(gh)
