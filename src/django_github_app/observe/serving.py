"""The metrics of a worker over HTTP: one small server, in one process of the worker."""

from __future__ import annotations

import hmac
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.db import connections

from django_github_app.conf import app_settings

from .metrics import exposition

logger = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds that a client may be silent


def is_allowed(authorization: str, token: str) -> bool:
    """Return whether an ``Authorization`` header holds the token."""
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


class _Handler(BaseHTTPRequestHandler):
    timeout = TIMEOUT

    def do_GET(self) -> None:
        token = app_settings.METRICS_TOKEN
        if self.path.partition("?")[0] not in ("/", "/metrics"):
            self._answer(404, b"not found\n", "text/plain")
        elif token and not is_allowed(self.headers.get("Authorization", ""), token):
            self._answer(401, b"a token is needed\n", "text/plain")
        else:
            try:
                self._answer(200, *exposition(self.headers.get("Accept", "")))
            finally:
                connections.close_all()

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a line each scrape tells nobody anything."""


def serve(host: str, port: int) -> ThreadingHTTPServer | None:
    """Answer on a port from a thread of its own; None, and a line in the log, when it is taken."""
    try:
        server = ThreadingHTTPServer((host, port), _Handler)
    except OSError as error:
        logger.warning(
            "metrics are not served: the port cannot be had", extra={"error": type(error).__name__}
        )
        return None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="github-metrics", daemon=True).start()
    return server
