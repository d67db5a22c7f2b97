"""Progress for callers that do not want to know."""

from __future__ import annotations

from django_github_app.errors import GitHubAppError
from django_github_app.retention.progress import JobStopped, Progress


def test_a_caller_that_does_not_want_to_know_is_not_stopped() -> None:
    progress = Progress()
    progress.step()
    progress.step(5, deleted=3, files="a.jsonl")


def test_who_is_stopped_is_told_why() -> None:
    assert isinstance(JobStopped(), GitHubAppError)
    assert "cancelled, or another worker took it over" in str(JobStopped())
