"""The GitHub beside `github dev` and `make run`: what a made-up delivery speaks of is there when it is asked for.

A browser gets pages on which a person opens, comments and pushes: `dev_pages`.
"""

from __future__ import annotations

import re
from typing import Any

from django_github_app.testing.fake_github import FakeGitHub
from django_github_app.testing.fake_github_server import RecordedRequest, Reply
from django_github_app.testing.payload_objects import OWNER, REPOSITORY, SENDER, number_of

from .dev_pages import Pages

__all__ = ["SAMPLE_INSTALLATION", "SAMPLE_REPOSITORY", "DevGitHub"]

SAMPLE_REPOSITORY, SAMPLE_INSTALLATION = f"{OWNER}/{REPOSITORY}", 4242

_THREAD = re.compile(r"/repos/([^/]+/[^/]+)/(issues|pulls)/(\d+)(?:/|$)")
_COMMENT = re.compile(r"/repos/([^/]+/[^/]+)/issues/comments/(\d+)(?:/|$)")


# Of a site that runs for days, the newest requests and webhooks; older ones are forgotten.
KEPT = 2000


class DevGitHub(FakeGitHub):
    """A fake GitHub on which issues, pull requests and their comments exist once somebody asks for them.

    Only in repositories that are there: the app is not installed on others.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.pages = Pages(self)

    def stop(self) -> None:
        """Stop serving, and send no more webhooks."""
        self.pages.people.close()
        super().stop()

    def install_samples(self) -> None:
        """Install the app where sample payloads say that it is, under the ids that they say."""
        for login, kind in ((OWNER, "Organization"), (SENDER, "User")):
            self.world.user(login, kind, number_of(login))
        repo = self.repo(SAMPLE_REPOSITORY, id=number_of(SAMPLE_REPOSITORY))
        repo.collaborator(SENDER, "admin")
        self.add_installation(OWNER, repositories=[repo.full_name], id=SAMPLE_INSTALLATION)

    def answer(self, request: RecordedRequest) -> Reply | None:
        """Carry out a request; see `FakeGitHub.answer`. Those of a browser are not the app's, and not remembered."""
        with self.lock:
            self._make(request.path)
            del self.requests[:-KEPT], self.deliveries.attempts[:-KEPT]
        if (page := self.pages.answer(request)) is not None:
            return page
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
