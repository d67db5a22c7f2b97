"""The fake GitHub's HTTP side: a threaded server, its request log, faults on demand and rate limits."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from .fake_github import FakeGitHub
    from .fake_github_installations import FakeInstallation, Token
    from .fake_github_state import FakeRepo
    from .fake_github_users import User

MAX_BODY = 32 * 1024 * 1024
DOCUMENTATION = "https://docs.github.com/rest"


@dataclass
class RecordedRequest:
    """One request as it arrived, and the status it got (0: the connection was dropped)."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at: float
    status: int = 0
    limited: bool = False
    """It was made while a rate limit was in force, which a well-behaved client avoids."""
    token: str | None = None
    installation_id: int | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} → {self.status}>"


class ApiError(Exception):
    """An answer other than success, in GitHub's shape."""

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(message)
        data = {"message": message, **extra, "documentation_url": DOCUMENTATION, "status": str(status)}
        self.reply = Reply(status, data, headers or {})


@dataclass
class Reply:
    status: int
    data: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """How the next matching requests go wrong."""

    times: int
    method: str | None
    path: str | None
    installation: int | None
    status: int | None
    data: Any
    headers: dict[str, str]
    delay: float
    drop: Literal["before", "after"] | None

    def matches(self, request: RecordedRequest) -> bool:
        return (
            self.times > 0
            and self.method in (None, request.method)
            and (self.path is None or re.search(self.path, request.path) is not None)
            and self.installation in (None, request.installation_id)
        )


@dataclass
class Actor:
    """Who makes a request."""

    kind: Literal["app", "installation", "user", "anonymous"]
    login: str = ""
    token: Token | None = None
    installation: FakeInstallation | None = None

    def may_see(self, repo: FakeRepo) -> bool:
        """Return whether it may read a repository."""
        if self.installation is None:
            return True
        if self.token is not None and self.token.repository_ids is not None:
            return repo.id in self.token.repository_ids
        return repo in self.installation.repos

    @property
    def key(self) -> str:
        return f"installation {self.installation.id}" if self.installation else f"{self.kind} {self.login}"


@dataclass
class Context:
    """What an endpoint gets."""

    fake: FakeGitHub
    request: RecordedRequest
    actor: Actor
    params: dict[str, str]

    @property
    def data(self) -> dict[str, Any]:
        try:
            data = self.request.json
        except ValueError:
            raise ApiError(400, "Problems parsing JSON") from None
        return data if isinstance(data, dict) else {}

    @property
    def user(self) -> User:
        return self.fake.world.user(self.actor.login)

    def need(self, *names: str) -> list[Any]:
        missing = [name for name in names if self.data.get(name) in (None, "")]
        if missing:
            errors = [{"resource": "Fake", "field": name, "code": "missing_field"} for name in missing]
            raise ApiError(422, "Validation Failed", errors=errors)
        return [self.data[name] for name in names]

    def page(self, items: list[Any], key: str | None = None) -> Reply:
        """Return one page of ``items`` with GitHub's ``Link`` header."""
        size = min(max(int(self.request.query.get("per_page", 30)), 1), 100)
        number = max(int(self.request.query.get("page", 1)), 1)
        last = max(-(-len(items) // size), 1)
        part = items[(number - 1) * size : number * size]
        links = {"prev": number - 1, "next": number + 1, "first": 1, "last": last}
        shown = {
            rel: page
            for rel, page in links.items()
            if 1 <= page <= last and page != number and (rel in ("prev", "next") or last > 1)
        }
        base = f"{self.fake.url}{self.request.path}"
        link = ", ".join(
            f'<{base}?{urlencode({**self.request.query, "page": page})}>; rel="{rel}"'
            for rel, page in shown.items()
        )
        data: Any = {"total_count": len(items), key: part} if key else part
        return Reply(200, data, {"Link": link} if link else {})


Endpoint = Callable[..., Any]
E = TypeVar("E", bound=Endpoint)


class Routes:
    """A table of endpoints: method and path template → function and who may call it."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, re.Pattern[str], Endpoint, str]] = []

    def add(self, method: str, template: str, auth: str = "any") -> Callable[[E], E]:
        """Register an endpoint. ``auth``: any, jwt, installation."""
        expression = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", template)  # with slashes in it
        expression = re.sub(r"\{(number|id)\}", r"(?P<\1>\\d+)", expression)
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", expression) + "$")

        def register(function: E) -> E:
            self.entries.append((method, pattern, function, auth))
            return function

        return register

    def find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str], str]:
        for candidate, pattern, function, auth in self.entries:
            if candidate == method and (match := pattern.match(path)):
                return function, {k: unquote(v) for k, v in match.groupdict().items()}, auth
        below = re.match(r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)", path)
        # Of a repository that is not there, GitHub says so whatever is asked about it.
        return _unknown, below.groupdict() if below else {}, "any"


def _unknown(context: Context) -> Reply:
    asked = f"{context.request.method} {context.request.path}"
    raise ApiError(501, f"The fake GitHub has no {asked}: FakeGitHub.reply gives it one")


@dataclass
class Window:
    """A primary rate limit's window of one account."""

    reset: float
    used: int = 0


class Limits:
    """Primary limits by account, and secondary limits switched on by the test."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.limit = 5000
        self.period = 3600.0
        self.status = 403
        self.windows: dict[str, Window] = {}
        self.secondary: dict[str | None, tuple[float, bool, int]] = {}

    def window(self, key: str) -> Window:
        now = self.clock()
        window = self.windows.get(key)
        if window is None or window.reset <= now:
            # Whole seconds, as in the header: a client that waits until then must not be refused.
            window = self.windows[key] = Window(float(int(now + self.period)))
            if window.reset <= now:
                window.reset += 1
        return window

    def headers(self, key: str, resource: str) -> dict[str, str]:
        window = self.window(key)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(self.limit - window.used, 0)),
            "X-RateLimit-Used": str(window.used),
            "X-RateLimit-Reset": str(int(window.reset)),
            "X-RateLimit-Resource": resource,
        }

    def refuse(self, key: str, resource: str) -> ApiError | None:
        for secondary in (self.secondary.get(key), self.secondary.get(None)):
            if secondary is not None and secondary[0] > self.clock():
                until, retry_after, status = secondary
                wait = {"Retry-After": str(max(1, round(until - self.clock())))} if retry_after else {}
                return ApiError(status, "You have exceeded a secondary rate limit.", wait)
        window = self.window(key)
        if window.used >= self.limit:
            return ApiError(self.status, f"API rate limit exceeded for {key}.", self.headers(key, resource))
        return None

    def count(self, key: str) -> None:
        self.window(key).used += 1


class Server(ThreadingHTTPServer):
    """One thread per connection, and room for hundreds of them to arrive at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = True

    def __init__(self, fake: FakeGitHub, address: tuple[str, int]) -> None:
        self.fake = fake
        self.open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests; errors of endpoints are answered with 500."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 60
    wbufsize = -1  # one packet per answer
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent: the requests are kept in ``FakeGitHub.requests``."""

    def respond(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            return
        body = self.rfile.read(length)
        url = urlsplit(self.path)
        fake = self.server.fake
        recorded = RecordedRequest(
            method=self.command,
            path=url.path,
            query={name: values[-1] for name, values in parse_qs(url.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            at=fake.now(),
        )
        reply = fake.answer(recorded)
        if reply is None:
            self.close_connection = True
            self.connection.close()
            return
        self.write(recorded, reply)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = respond

    def write(self, recorded: RecordedRequest, reply: Reply) -> None:
        headers = dict(reply.headers)
        content = b""
        if isinstance(reply.data, str):
            content = reply.data.encode()
            headers.setdefault("Content-Type", "text/html; charset=utf-8")
        elif reply.data is not None:
            content = json.dumps(reply.data).encode()
            headers["Content-Type"] = "application/json; charset=utf-8"
        if recorded.method == "GET" and reply.status == 200:
            etag = f'W/"{hashlib.sha256(content).hexdigest()}"'
            headers["ETag"] = etag
            if recorded.headers.get("if-none-match") == etag:
                reply.status, content = 304, b""
                self.server.fake.not_modified(recorded, headers)
        recorded.status = reply.status
        self.send_response_only(reply.status)
        self.send_header("Date", formatdate(self.server.fake.now(), usegmt=True))
        self.send_header("X-GitHub-Request-Id", f"FAKE:{time.monotonic_ns():X}")
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if reply.status not in (204, 304):
            self.wfile.write(content)
        self.wfile.flush()
