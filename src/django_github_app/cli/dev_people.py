"""What people do on the GitHub beside `github dev`: each act changes it, and sends the webhooks that GitHub sends."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django_github_app.testing import payloads
from django_github_app.testing.fake_github import FakeGitHub
from django_github_app.testing.fake_github_conversations import Comment
from django_github_app.testing.fake_github_deliveries import FakeDelivery
from django_github_app.testing.fake_github_issues import Issue
from django_github_app.testing.fake_github_state import FakeRepo
from django_github_app.testing.payload_objects import number_of

__all__ = ["People"]

# GitHub's own rule for logins, and that of bots.
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?")


class People:
    """Acts by login. Webhooks are sent one after the other, from a thread: a page does not wait for the site."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self._sending = ThreadPoolExecutor(1, thread_name_prefix="fake-github-webhooks")
        self._sent: list[Future[FakeDelivery]] = []

    def close(self) -> None:
        """Send nothing more."""
        self._sending.shutdown(wait=False, cancel_futures=True)

    def open_issue(self, repo: FakeRepo, by: str, title: str, body: str) -> Issue:
        """Open an issue. Raises ValueError for a login that cannot be one, as all of these do."""
        with self.github.lock:
            issue = repo.issue(
                self._next_number(repo), title=title or "No title", body=body, by=self._user(by)
            )
        self._tell(repo, by, "issues", "opened", issue=issue.json, number=issue.number)
        return issue

    def open_pull(self, repo: FakeRepo, by: str, title: str, body: str, path: str) -> Issue:
        """Open a pull request that changes a file."""
        with self.github.lock:
            number = self._next_number(repo)
            pull = repo.pull(number, title=title or "No title", body=body, by=self._user(by))
            pull.change(path or "README.md")
        self._pushed(pull, by, "0" * 40)
        self._tell(repo, by, "pull_request", "opened", pull_request=pull.pull_json, number=number)
        return pull

    def push(self, pull: Issue, by: str) -> str:
        """Push a commit to a pull request; return its id."""
        with self.github.lock:
            self._user(by)
            before, after = pull.head_sha, secrets.token_hex(20)
            pull.push(after)
        self._pushed(pull, by, before)
        self._of_thread(pull, by, "synchronize", before=before, after=after)
        return after

    def comment(self, thread: Issue, by: str, body: str) -> Comment:
        """Comment on an issue or pull request."""
        with self.github.lock:
            comment = thread.comment(body, self._user(by))
        self._tell(thread.repo, by, "issue_comment", "created", issue=thread.json, comment=comment.json)
        return comment

    def edit(self, thread: Issue, comment: Comment, by: str, body: str) -> None:
        """Edit a comment, whoever wrote it."""
        with self.github.lock:
            self._user(by)
            before = comment.body
            comment.edit(body)
        changes = {"body": {"from": before}}
        self._tell(
            thread.repo,
            by,
            "issue_comment",
            "edited",
            issue=thread.json,
            comment=comment.json,
            changes=changes,
        )

    def set_state(self, thread: Issue, by: str, state: str) -> None:
        """Make it "open" or "closed", or "merged"."""
        if state not in ("open", "closed", "merged") or (state == "merged" and not thread.is_pull):
            raise ValueError(f"not a state: {state}")
        with self.github.lock:
            thread.merged = state == "merged"
            thread.set_state("open" if state == "open" else "closed", by=self._user(by))
        self._of_thread(thread, by, "reopened" if state == "open" else "closed")

    def label(self, thread: Issue, by: str, name: str) -> None:
        """Add a label, or take it away if it is there."""
        if not name.strip():
            raise ValueError("a label needs a name")
        with self.github.lock:
            self._user(by)
            label = thread.repo.label(name.strip())
            there = label.name in thread.labels
            (thread.unlabel if there else thread.label)(label.name, by=by)
        self._of_thread(thread, by, "unlabeled" if there else "labeled", label=label.json())

    def ask_check(self, repo: FakeRepo, by: str, number: int, action: str = "") -> None:
        """Have a check run made again, or ask for one of the actions that it offers."""
        with self.github.lock:
            self._user(by)
            runs = [run for commit in repo.commits.values() for run in commit.check_runs]
            run = next((run for run in runs if run["id"] == number), None)
        if run is None:
            raise ValueError("there is no such check run")
        if not action:
            self._tell(repo, by, "check_run", "rerequested", check_run=dict(run))
        elif action in {offered["identifier"] for offered in run.get("actions", ())}:
            asked = {"identifier": action}
            self._tell(repo, by, "check_run", "requested_action", check_run=dict(run), requested_action=asked)
        else:
            raise ValueError(f"the check run offers no such action: {action}")

    def redeliver(self, number: int) -> None:
        """Send a webhook again, as the app's page under Advanced does."""
        found = self.github.deliveries.find(number)
        if found is None:
            raise ValueError("there is no such delivery")
        self.github.deliveries.redeliver(found)

    def wait(self) -> list[FakeDelivery]:
        """Wait until what was done so far is delivered; return what was under way, oldest first."""
        return [future.result() for future in self._sent]

    def _next_number(self, repo: FakeRepo) -> int:
        return max([0, *repo.issues, *repo.discussions]) + 1

    def _user(self, login: str) -> str:
        """Return the login, of somebody whom sample payloads know by the same id."""
        if not _LOGIN.fullmatch(login):
            raise ValueError(f"not a login: {login[:80]!r}")
        return self.github.world.user(login, id=number_of(login)).login

    def _pushed(self, pull: Issue, by: str, before: str) -> None:
        after, ref = pull.head_sha, f"refs/heads/{pull.head_ref}"
        commit = {"id": after}
        self._tell(
            pull.repo,
            by,
            "push",
            None,
            ref=ref,
            before=before,
            after=after,
            created=not int(before, 16),
            head_commit=commit,
        )
        suite = {"head_sha": after, "head_branch": pull.head_ref, "before": before, "after": after}
        open_suite = {"status": "queued", "conclusion": None}
        self._tell(pull.repo, by, "check_suite", "requested", check_suite={**suite, **open_suite})

    def _of_thread(self, thread: Issue, by: str, action: str, **more: Any) -> None:
        if thread.is_pull:
            more |= {"pull_request": thread.pull_json, "number": thread.number}
            self._tell(thread.repo, by, "pull_request", action, **more)
        else:
            self._tell(thread.repo, by, "issues", action, issue=thread.json, **more)

    def _tell(self, repo: FakeRepo, by: str, event: str, action: str | None, **parts: Any) -> None:
        """Send a webhook, if the app is installed on the repository."""
        with self.github.lock:
            installed = [one for one in self.github.installations.values() if repo in one.repos]
            if not installed or installed[0].suspended_at is not None:
                return
            short = {name: parts[name] for name in ("number", "ref") if name in parts}
            payload = payloads.build(
                event, action, repository=repo.json(), sender=by, installation=installed[0].id, **short
            )
            for name, part in parts.items():
                # As it is at this moment: it is sent later.
                value, sample = part() if callable(part) else part, payload.get(name)
                payload[name] = {**sample, **value} if isinstance(sample, dict) else value
        self._sent = [one for one in self._sent if not one.done()]
        self._sent.append(self._sending.submit(self.github.deliver, event, payload))
