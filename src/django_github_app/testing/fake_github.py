"""A GitHub of your own: a real HTTP server with the parts of GitHub's API that an app talks to.

    with FakeGitHub() as github:
        installation = github.add_installation("octo", repositories=["octo/widgets"])
        settings.GITHUB_APP = github.settings()
        ...
        assert github.repo("octo/widgets").issue(1).bodies == ["Hello"]

It checks the app's JWTs, hands out tokens that expire, keeps rate limits, remembers every request, sends
signed webhooks, and fails when it is told to. The pytest fixture is ``fake_github``.
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Iterable
from typing import Any, Literal, Self

from . import fake_github_versions as versions
from .fake_github_auth import actor_of, check_access, rsa_keys
from .fake_github_deliveries import DeliveryLog, FakeDelivery
from .fake_github_installations import FakeInstallation, Token
from .fake_github_server import ApiError, Context, Fault, Limits, RecordedRequest, Reply, Server
from .fake_github_state import FakeRepo, World
from .fake_github_users import iso, node_id

__all__ = ["FakeGitHub"]

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "discussions": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}


class FakeGitHub:
    """One GitHub with one app. Start it with ``with``, or with `start` and `stop`."""

    def __init__(
        self,
        *,
        slug: str = "bot",
        app_id: int | None = None,
        webhook_secret: str = "It's a Secret to Everybody",  # noqa: S107 - the one of GitHub's test vector
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.slug = slug
        # Another app each time: what a cache still holds of an earlier one does not matter.
        self.app_id = app_id or 1000 + secrets.randbelow(10**9)
        self.client_id = f"Iv23li{self.app_id:014d}"
        self.private_key, self.public_key = rsa_keys()
        self.webhook_secret = webhook_secret
        self.webhook_url = ""
        self.permissions = dict(PERMISSIONS)
        self.events = ["issue_comment", "issues", "pull_request", "push"]
        self.token_lifetime = 3600.0
        self.lock = threading.RLock()
        self._offset = 0.0
        self.world = World(self.now)
        self.limits = Limits(self.now)
        self.installations: dict[int, FakeInstallation] = {}
        self.repos: dict[str, FakeRepo] = {}
        # "octo/core" → {"octocat": "active" or "pending"}, all in lower case
        self.teams: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, Token] = {}
        self.manifests: dict[str, dict[str, Any]] = {}
        self.requests: list[RecordedRequest] = []
        self.faults: list[Fault] = []
        self.replies: list[tuple[str, re.Pattern[str], Reply]] = []
        self.deliveries = DeliveryLog(self)
        self._address = (host, port)
        self._server: Server | None = None

    # Life

    def start(self) -> Self:
        """Start serving; ``url`` says where."""
        self._server = Server(self, self._address)
        self.world.url = f"http://{self._server.server_address[0]!s}:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="fake-github", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Stop serving and close every connection."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.close_connections()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What ``GITHUB_APP["API_URL"]`` is to be."""
        return self.world.url

    def settings(self, **extra: Any) -> dict[str, Any]:
        """Return a ``GITHUB_APP`` setting for the app of this GitHub."""
        return {
            "APP_ID": str(self.app_id),
            "CLIENT_ID": self.client_id,
            "NAME": self.slug,
            "PRIVATE_KEY": self.private_key,
            "WEBHOOK_SECRET": self.webhook_secret,
            "API_URL": self.url,
            **extra,
        }

    def app_json(self) -> dict[str, Any]:
        """Return the app as GitHub shows it."""
        return {
            "id": self.app_id,
            "client_id": self.client_id,
            "slug": self.slug,
            "node_id": node_id("A", self.app_id),
            "owner": self.world.user("octocat").json(),
            "name": self.slug,
            "description": None,
            "external_url": self.url,
            "html_url": f"{self.url}/apps/{self.slug}",
            "created_at": iso(self.world.started_at),
            "updated_at": iso(self.world.started_at),
            "permissions": dict(self.permissions),
            "events": list(self.events),
        }

    # Time

    def now(self) -> float:
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Move this GitHub's clock: tokens expire and rate limits reset without waiting."""
        self._offset += seconds

    # What there is

    def add_installation(
        self,
        account: str = "octo",
        *,
        repositories: Iterable[str] = (),
        type: Literal["Organization", "User"] = "Organization",
        id: int | None = None,
        permissions: dict[str, str] | None = None,
        events: Iterable[str] | None = None,
    ) -> FakeInstallation:
        """Install the app on an account. ``repositories``: full names it may use, made when not there."""
        with self.lock:
            user = self.world.user(account, type)
            user.type = type
            installation = FakeInstallation(
                world=self.world,
                id=id or self.world.new_id(),
                account=user,
                app_id=self.app_id,
                client_id=self.client_id,
                app_slug=self.slug,
                permissions=dict(self.permissions if permissions is None else permissions),
                events=list(self.events if events is None else events),
                repos=[self.repo(name) for name in repositories],
            )
            self.installations[installation.id] = installation
            return installation

    def delete_installation(self, installation: FakeInstallation) -> None:
        """Uninstall the app; its tokens stop working."""
        with self.lock:
            installation.revoke_tokens()
            del self.installations[installation.id]

    def repo(self, full_name: str, *, id: int | None = None, **fields: Any) -> FakeRepo:
        """Return a repository, made when it is not there, with ``id``. ``fields``: private, archived.

        A repository of an account that has the app installed belongs to that installation.
        """
        with self.lock:
            repo = self.repos.get(full_name.lower())
            if repo is None:
                repo = FakeRepo(self.world, id or self.world.new_id(), full_name)
                self.repos[full_name.lower()] = self.world.nodes[repo.node_id] = repo
                for installation in self.installations.values():
                    if installation.account.login.lower() == repo.owner.lower():
                        installation.repos.append(repo)
            for name, value in fields.items():
                setattr(repo, name, value)
            return repo

    def rename_repo(self, old: str, new: str) -> FakeRepo:
        """Rename or transfer a repository; its old address answers with a redirect, as GitHub's does."""
        with self.lock:
            repo = self.repos[new.lower()] = self.repos[old.lower()]
            repo.full_name = new
            return repo

    def user_token(self, login: str) -> str:
        """Return a token that acts as a person."""
        value = f"ghp_{secrets.token_hex(18)}"
        self.tokens[value] = Token(value, login, self.now() + 365 * 86400)
        return value

    # Webhooks

    def deliver(
        self,
        event: str,
        payload: dict[str, Any],
        *,
        installation: FakeInstallation | None = None,
        url: str | None = None,
        guid: str | None = None,
        send: bool = True,
    ) -> FakeDelivery:
        """POST a signed webhook to ``webhook_url`` (or ``url``) and log it; returns the logged delivery.

        Addresses in github.com's API lead to this GitHub instead.
        ``send=False`` logs a delivery that could not connect, as GitHub does while your server is down.
        """
        if installation is not None:
            payload = {**payload, "installation": {"id": installation.id, "node_id": "MDI_fake"}}
        return self.deliveries.deliver(event, payload, url=url or self.webhook_url, guid=guid, send=send)

    # Trouble

    def limit_requests(self, limit: int, per: float = 3600.0, status: int = 403) -> None:
        """Allow each account ``limit`` requests in ``per`` seconds from now on (the primary rate limit)."""
        with self.lock:
            self.limits.limit, self.limits.period, self.limits.status = limit, per, status
            self.limits.windows.clear()

    def secondary_limit(
        self,
        seconds: float,
        *,
        installation: FakeInstallation | None = None,
        retry_after: bool = True,
        status: int = 403,
    ) -> None:
        """Refuse everything for ``seconds`` with a secondary rate limit, of one installation or of all."""
        key = None if installation is None else f"installation {installation.id}"
        self.limits.secondary[key] = (self.now() + seconds, retry_after, status)

    def fail_next(
        self,
        times: int = 1,
        *,
        status: int | None = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
        drop: Literal["before", "after"] | None = None,
        delay: float = 0.0,
        method: str | None = None,
        path: str | None = None,
        installation: FakeInstallation | None = None,
    ) -> None:
        """Make the next ``times`` requests that match go wrong.

        ``status``/``data``: answer this instead; ``headers``: add these (a ``Location``, a ``Link``);
        ``drop``: close the connection before the request is carried out, or after it was and without an
        answer; ``delay``: seconds until the answer. ``method``, ``path`` (a regular expression) and
        ``installation`` choose the requests; several of these calls add up.
        """
        if status is None and drop is None and not delay and headers is None:
            status = 500
        installation_id = installation.id if installation else None
        fault = Fault(times, method, path, installation_id, status, data, headers or {}, delay, drop)
        with self.lock:
            self.faults.append(fault)

    def reply(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer this from now on, whatever is asked by ``method`` of ``path``: ``*`` stands for one segment.

        For what this GitHub does not have, and instead of what it has. The newest that fits is used.
        """
        parts = [re.escape(part) if part != "*" else "[^/]+" for part in path.strip("/").split("/")]
        pattern = re.compile("/" + "/".join(parts))
        with self.lock:
            self.replies.insert(0, (method.upper(), pattern, Reply(status, json, dict(headers or {}))))

    def requests_to(self, path: str, method: str | None = None) -> list[RecordedRequest]:
        """Return the requests whose path is ``path`` (``*`` stands for one segment), oldest first."""
        wanted = path.strip("/").split("/")
        with self.lock:
            return [
                request
                for request in self.requests
                if method in (None, request.method)
                and len(parts := request.path.strip("/").split("/")) == len(wanted)
                and all(w in ("*", part) for w, part in zip(wanted, parts, strict=True))
            ]

    # Serving

    def answer(self, request: RecordedRequest) -> Reply | None:
        """Carry out a request. None: the connection is to be dropped without an answer."""
        with self.lock:
            self.requests.append(request)
            # GitHub Enterprise serves the same API below /api/v3.
            path = request.path.removeprefix("/api/v3").replace("/api/graphql", "/graphql") or "/"
            try:
                actor: Any = actor_of(self, request)
            except ApiError as error:
                actor = error
            fault = next((f for f in self.faults if f.matches(request)), None)
            if fault is not None:
                fault.times -= 1
        if fault is not None:
            if fault.delay:
                time.sleep(fault.delay)
            if fault.drop == "before":
                return None
            if fault.status is not None:
                return Reply(fault.status, fault.data or {"message": "Fault on demand"}, dict(fault.headers))
        reply = actor.reply if isinstance(actor, ApiError) else self._carry_out(request, path, actor)
        if fault is not None:
            reply.headers.update(fault.headers)
            if fault.drop == "after":
                return None
        return reply

    def _carry_out(self, request: RecordedRequest, path: str, actor: Any) -> Reply:
        from .fake_github_routes import routes

        resource = "graphql" if path == "/graphql" else "search" if path.startswith("/search/") else "core"
        with self.lock:
            free = path in ("/rate_limit", "/") or actor.kind == "anonymous"
            refused = None if free else self.limits.refuse(actor.key, resource)
            if refused is not None:
                request.limited = True
                return refused.reply
            if not free:
                self.limits.count(actor.key)
            try:
                version = versions.asked(request)
                reply = self._given(request.method, path)
                if reply is None:
                    endpoint, params, auth = routes.find(request.method, path)
                    reply = self._moved(path, params)
                if reply is None:
                    check_access(self, actor, request.method, auth, params)
                    result = endpoint(Context(self, request, actor, params))
                    made = result if isinstance(result, Reply) else Reply(200, result)
                    reply = versions.as_of(version, request, made)
            except ApiError as error:
                reply = error.reply
            except Exception as error:  # noqa: BLE001 - a connection that is closed says nothing to whoever tests
                reply = Reply(500, {"message": f"The fake GitHub failed: {type(error).__name__}: {error}"})
            reply.headers.update(self.limits.headers(actor.key, resource))
            return reply

    def _given(self, method: str, path: str) -> Reply | None:
        for wanted, pattern, given in self.replies:
            if wanted == method and pattern.fullmatch(path):
                return Reply(given.status, given.data, dict(given.headers))
        return None

    def _moved(self, path: str, params: dict[str, str]) -> Reply | None:
        if "owner" not in params or "repo" not in params:
            return None
        name = f"{params['owner']}/{params['repo']}"
        repo = self.repos.get(name.lower())
        if repo is None or repo.full_name.lower() == name.lower():
            return None
        rest = path.removeprefix(f"/repos/{name}")
        location = f"{self.url}/repositories/{repo.id}{rest}"
        return Reply(307, {"message": "Moved Permanently", "url": location}, {"Location": location})

    def not_modified(self, request: RecordedRequest, headers: dict[str, str]) -> None:
        """Give back what a 304 does not cost."""
        with self.lock:
            actor = actor_of(self, request)
            self.limits.window(actor.key).used -= 1
            headers.update(self.limits.headers(actor.key, headers.get("X-RateLimit-Resource", "core")))
