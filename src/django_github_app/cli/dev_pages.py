"""The pages of the GitHub beside `github dev`: a person opens, comments and pushes there, and sees what the bot did.

Their addresses are github.com's, below this GitHub's own: links in payloads and in the admin lead to them. They are
for the browser on this machine: requests that come under another name, or from another site's page, are refused.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from django.template import Context, Engine
from markdown_it import MarkdownIt

from django_github_app.testing.fake_github import FakeGitHub
from django_github_app.testing.fake_github_conversations import Comment, Reactable
from django_github_app.testing.fake_github_issues import Issue
from django_github_app.testing.fake_github_server import RecordedRequest, Reply
from django_github_app.testing.fake_github_state import FakeRepo

from .dev_people import People

__all__ = ["Pages"]

_EMOJI: Final = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "confused": "😕",
    "heart": "❤️",
    "hooray": "🎉",
    "rocket": "🚀",
    "eyes": "👀",
}
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_UNREADABLE: Final = re.compile(r"[^\x20-\x7e\n]")
SHOWN: Final = 200  # requests, deliveries, threads on one page
_TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "django_github_app" / "dev"

Form = Mapping[str, str]


class Pages:
    """Answers browsers. ``answer`` gives None for what is no page, which is the API's."""

    def __init__(self, github: FakeGitHub) -> None:
        self.github = github
        self.people = People(github)
        self._engine = Engine(dirs=[str(_TEMPLATES)], debug=False)
        # Raw HTML stays text, and a link is never a script's.
        self._markdown = MarkdownIt("js-default", {"linkify": False})

    def answer(self, request: RecordedRequest) -> Reply | None:
        """Return a page, or where to go after a form; None when a client of the API asks."""
        kind = request.headers.get("content-type", "").partition(";")[0]
        is_form = request.method == "POST" and kind == "application/x-www-form-urlencoded"
        if not is_form and not (request.method == "GET" and "text/html" in request.headers.get("accept", "")):
            return None
        found = self._find(request.path)
        if found is None:
            return None
        if not _is_from_here(request):
            return self._shown("refused.html", 403)
        page, given = found
        if not is_form:
            with self.github.lock:
                return page(*given)
        form = {name: values[-1] for name, values in parse_qs(request.body.decode(errors="replace")).items()}
        try:
            return Reply(303, "", {"Location": self._act(form, *given)})
        except (KeyError, ValueError) as error:
            return self._shown("refused.html", 400, error=error)

    def _find(self, path: str) -> tuple[Callable[..., Reply], tuple[Any, ...]] | None:
        match [unquote(part) for part in path.strip("/").split("/")]:
            case [""]:
                return self._repositories, ()
            case ["-", "requests"]:
                return self._requests, ()
            case ["-", "deliveries"]:
                return self._deliveries, ()
            case [owner, name, *rest] if repo := self.github.repos.get(f"{owner}/{name}".lower()):
                return self._find_in(repo, rest)
        return None

    def _find_in(
        self, repo: FakeRepo, rest: list[str]
    ) -> tuple[Callable[..., Reply], tuple[Any, ...]] | None:
        match rest:
            case [] | ["issues" | "pulls"]:
                return self._repository, (repo,)
            case ["issues" | "pull", number] if thread := repo.issues.get(_number(number)):
                return self._thread, (repo, thread)
            case ["comments", number] if _number(number) in repo.comments:
                return self._comment, (repo, int(number))
        return None

    # Pages

    def _repositories(self) -> Reply:
        installed = {repo.id for one in self.github.installations.values() for repo in one.repos}
        repos = [(repo, repo.id in installed) for repo in self.github.repos.values()]
        return self._shown("repositories.html", repos=repos)

    def _repository(self, repo: FakeRepo) -> Reply:
        threads = sorted(repo.issues.values(), key=lambda one: -one.number)[:SHOWN]
        return self._shown("repository.html", repo=repo, threads=threads, people=self._logins(repo))

    def _thread(self, repo: FakeRepo, thread: Issue) -> Reply:
        checks = repo.commit(thread.head_sha).check_runs if thread.is_pull else []
        statuses = repo.commit(thread.head_sha).statuses if thread.is_pull else []
        return self._shown(
            "thread.html",
            repo=repo,
            thread=thread,
            opening=self._said(thread, thread.user.login, thread.body, thread.created_at),
            comments=[self._remark(comment) for comment in thread.comments],
            labels=[repo.label(name) for name in thread.labels],
            checks=checks,
            statuses=statuses,
            events=[event for event in thread.events if event["event"] not in ("labeled", "unlabeled")],
            people=self._logins(repo),
        )

    def _comment(self, repo: FakeRepo, number: int) -> Reply:
        comment, _ = repo.comments[number]
        owner = next((one for one in repo.issues.values() if comment in one.comments), None)
        if owner is None:
            return self._shown("refused.html", 404, error="This comment is not on an issue or pull request.")
        return Reply(302, "", {"Location": f"{_path_of(owner)}#comment-{number}"})

    def _requests(self) -> Reply:
        requests = [
            {
                "request": one,
                "at": _moment(one.at),
                "body": _readable(one.body),
                "query": "&".join(f"{name}={value}" for name, value in one.query.items()),
            }
            for one in reversed(self.github.requests[-SHOWN:])
        ]
        return self._shown("requests.html", requests=requests)

    def _deliveries(self) -> Reply:
        attempts = list(self.github.deliveries)[-SHOWN:]
        shown = [
            {
                "delivery": one,
                "at": _moment(one.delivered_at),
                "body": _readable(json.dumps(one.payload).encode()),
            }
            for one in reversed(attempts)
        ]
        return self._shown("deliveries.html", deliveries=shown)

    # Forms

    def _act(self, form: Form, repo: FakeRepo | None = None, thread: Issue | None = None) -> str:
        """Do what a form asks for; return where its page leads. Raises KeyError, ValueError."""
        do, by, people = form["do"], form.get("by", "octocat").strip(), self.people
        if do == "redeliver":
            people.redeliver(int(form["id"]))
            return "/-/deliveries"
        if repo is None:
            raise ValueError(f"nothing of the kind here: {do}")
        title, body = form.get("title", "").strip(), form.get("body", "").replace("\r\n", "\n")
        if not isinstance(thread, Issue):
            if do == "open-pull":
                return _path_of(people.open_pull(repo, by, title, body, form.get("path", "").strip()))
            if do == "open-issue":
                return _path_of(people.open_issue(repo, by, title, body))
            raise ValueError(f"nothing of the kind here: {do}")
        match do:
            case "comment":
                made = people.comment(thread, by, body)
                return f"{_path_of(thread)}#comment-{made.id}"
            case "edit":
                comment, _ = repo.comments[int(form["id"])]
                people.edit(thread, comment, by, body)
                return f"{_path_of(thread)}#comment-{comment.id}"
            case "state":
                people.set_state(thread, by, form["state"])
            case "label":
                people.label(thread, by, form.get("label", ""))
            case "push" if thread.is_pull:
                people.push(thread, by)
            case "check":
                people.ask_check(repo, by, int(form["id"]), form.get("action", ""))
            case _:
                raise ValueError(f"nothing of the kind here: {do}")
        return _path_of(thread)

    # Parts

    def _logins(self, repo: FakeRepo) -> list[str]:
        users = [user.login for user in self.github.world.users.values() if user.type == "User"]
        return sorted({*users, *repo.roles}, key=str.lower)

    def _remark(self, comment: Comment) -> dict[str, Any]:
        return {"id": comment.id, **self._said(comment, comment.user.login, comment.body, comment.created_at)}

    def _said(self, what: Reactable, by: str, body: str, at: float) -> dict[str, Any]:
        """Return what a person sees of a text: who, when, what, and the reactions to it."""
        reactions = {
            _EMOJI.get(content, content): ", ".join(
                reaction.user.login for reaction in what.reactions if reaction.content == content
            )
            for content in dict.fromkeys(what.emoji)
        }
        html = self._markdown.render(body)
        return {"by": by, "body": body, "html": html, "at": _moment(at), "reactions": reactions.items()}

    def _shown(self, template: str, status: int = 200, **values: Any) -> Reply:
        nonce = secrets.token_urlsafe(16)
        bot = f"{self.github.slug}[bot]"
        context = Context({"nonce": nonce, "bot": bot, "hook": self.github.webhook_url, **values})
        policy = (
            f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
            "img-src https: data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return Reply(status, self._engine.get_template(template).render(context), headers)


def _number(text: str) -> int:
    """Return the number in an address; 0, which nothing has, where there is none."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def _is_from_here(request: RecordedRequest) -> bool:
    """Return whether a browser on this machine asks, for a page or a form of this GitHub's."""
    host = request.headers.get("host", "")
    try:
        if urlsplit(f"http://{host}").hostname not in _LOCAL:
            return False
    except ValueError:  # no host at all, such as half an IPv6 address
        return False
    origin = request.headers.get("origin")
    return request.method == "GET" or origin is None or origin == f"http://{host}"


def _path_of(thread: Issue) -> str:
    return f"/{thread.repo.full_name}/{'pull' if thread.is_pull else 'issues'}/{thread.number}"


def _moment(timestamp: float) -> str:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _readable(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) if body else ""
    except ValueError:
        return _UNREADABLE.sub("·", body[:4000].decode(errors="replace"))
