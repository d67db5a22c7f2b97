"""How long work tells that it lives, and is told to stop."""

from __future__ import annotations

from django_github_app.errors import GitHubAppError


class JobStopped(GitHubAppError):
    """The job was cancelled, or another worker took it over; what was in the making is made again later."""


class Progress:
    """Told of every bit of work done. This one is for callers that do not want to know."""

    def step(self, done: int = 0, **notes: object) -> None:
        """Note ``done`` more events (or files), and anything else by name. Raises JobStopped to end the work.

        Called at least every few seconds by whatever takes long.
        """
