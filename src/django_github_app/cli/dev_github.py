"""The GitHub beside `github dev`: what a delivery that somebody made up speaks of is there when it is asked for."""

from __future__ import annotations

import re

from django_github_app.testing.fake_github import FakeGitHub
from django_github_app.testing.fake_github_server import RecordedRequest, Reply

__all__ = ["DevGitHub"]

_THREAD = re.compile(r"/repos/([^/]+/[^/]+)/(issues|pulls)/(\d+)(?:/|$)")
_COMMENT = re.compile(r"/repos/([^/]+/[^/]+)/issues/comments/(\d+)(?:/|$)")


class DevGitHub(FakeGitHub):
    """A fake GitHub on which issues, pull requests and their comments exist once somebody asks for them.

    Only in repositories that are there: the app is not installed on others.
    """

    def answer(self, request: RecordedRequest) -> Reply | None:
        """Carry out a request; see `FakeGitHub.answer`."""
        with self.lock:
            self._make(request.path)
        return super().answer(request)

    def _make(self, path: str) -> None:
        if (comment := _COMMENT.match(path)) and (repo := self.repos.get(comment[1].lower())) is not None:
            number = int(comment[2])
            if number not in repo.comments:
                made = repo.issue(1).comment("A comment that was sent by hand", "octocat")
                repo.comments[number] = repo.comments.pop(made.id)
                made.id = number
        elif (thread := _THREAD.match(path)) and (repo := self.repos.get(thread[1].lower())) is not None:
            number, is_pull = int(thread[3]), thread[2] == "pulls"
            if number not in repo.issues:
                repo.issue(number, is_pull=is_pull)
