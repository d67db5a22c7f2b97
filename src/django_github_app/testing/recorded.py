"""An event of a log as a test: what ``manage.py github export`` writes, and what the test that it writes uses.

    RECORDED = Recorded.load(Path(__file__).with_name("event_17.json"))

    @pytest.mark.django_db
    def test_event_17(fake_github):
        RECORDED.set_up(fake_github)
        row = RECORDED.deliver()
        assert outcomes(row) == ["your_app.events.label: succeeded"]

A fixture has no secret in it: tokens, keys and e-mail addresses are blanked out. Names and texts are as they were,
because handlers decide by them: read a fixture before you publish it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

from django.conf import settings
from django.test import override_settings

from django_github_app.broker.queues import WorkerType
from django_github_app.conf import app_settings
from django_github_app.models import EventLog, RunStatus
from django_github_app.observe.redaction import redact, without_secrets

from . import payloads
from .deliver import deliver

if TYPE_CHECKING:
    from .fake_github import FakeGitHub

__all__ = ["Recorded", "outcomes", "redacted"]

_EMAIL: Final = re.compile(r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event that was received once."""

    event: str
    action: str | None
    worker_type: str
    slug: str
    """The app's name when it was received: commands are addressed to it."""
    payload: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a fixture. Raises OSError, ValueError, TypeError."""
        return cls(**json.loads(path.read_text()))

    def save(self, path: Path) -> None:
        """Write a fixture."""
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")

    def set_up(self, github: FakeGitHub, *, role: str = "admin") -> None:
        """Make what the payload names: installation, repository, issue or pull request, comment, people.

        ``role``: what the person who caused the event may do in the repository.
        """
        github.slug = self.slug or github.slug
        repository = _mapping(self.payload.get("repository"))
        name = repository.get("full_name")
        names = [str(name)] if name else []
        account = _mapping(_mapping(self.payload.get("installation")).get("account")).get("login")
        owner = str(account or (names[0].split("/")[0] if names else "octo"))
        installation = _mapping(self.payload.get("installation")).get("id")
        github.add_installation(owner, id=installation, repositories=names)
        if names:
            self._set_up_repository(github, names[0], role)

    def _set_up_repository(self, github: FakeGitHub, name: str, role: str) -> None:
        repo = github.repo(name)
        if sender := _mapping(self.payload.get("sender")).get("login"):
            repo.collaborator(str(sender), role)
        for key in ("issue", "pull_request"):
            thread = _mapping(self.payload.get(key))
            if isinstance(thread.get("number"), int):
                _add_thread(
                    repo, thread, self.payload, is_pull=key == "pull_request" or "pull_request" in thread
                )

    def deliver(self) -> EventLog:
        """Deliver it to the handlers, as a worker would, and return its row."""
        payload = payloads.addressed_to(self.payload, app_settings.API_URL)
        configured = {**(getattr(settings, "GITHUB_APP", None) or {})}
        if self.slug:
            configured["NAME"] = self.slug
        with override_settings(GITHUB_APP=configured):
            return deliver(
                self.event, self.action, payload=payload, worker_type=cast(WorkerType, self.worker_type)
            )


def outcomes(row: EventLog) -> list[str]:
    """Return what came of each callback, as ``handler: succeeded``, sorted; a failure with its error."""
    found = [
        f"{run.handler}: {RunStatus(run.status).label}" + (f" ({run.error})" if run.error else "")
        for run in row.runs.all()
    ]
    return sorted(found)


def redacted(value: Any) -> Any:
    """Return a payload without secrets and e-mail addresses."""
    return _redact_texts(without_secrets(value))


def _redact_texts(value: Any) -> Any:
    if isinstance(value, str):
        return _EMAIL.sub("someone@example.com", redact(value))
    if isinstance(value, Mapping):
        return {key: _redact_texts(item) for key, item in value.items()}
    return [_redact_texts(item) for item in value] if isinstance(value, Sequence) else value


def _add_thread(repo: Any, thread: Mapping[str, Any], payload: Mapping[str, Any], *, is_pull: bool) -> None:
    by = str(_mapping(thread.get("user")).get("login") or "octocat")
    issue = repo.issue(thread["number"], title=str(thread.get("title") or ""), is_pull=is_pull, by=by)
    issue.body = str(thread.get("body") or "")
    comment = _mapping(payload.get("comment"))
    if payload.get("action") == "created" and isinstance(comment.get("id"), int):
        author = str(_mapping(comment.get("user")).get("login") or "octocat")
        made = issue.comment(str(comment.get("body") or ""), by=author)
        # Reactions go to the comment by the id that the payload has.
        repo.comments[comment["id"]] = repo.comments.pop(made.id)
        made.id = comment["id"]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
