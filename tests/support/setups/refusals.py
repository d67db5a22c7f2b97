"""A setup that is refused: what each entrance answers, and what ``check`` says."""

from __future__ import annotations

import json
import uuid
from typing import Any


def refusals() -> dict[str, Any]:
    """Ask every entrance of a setup that is refused, and return its answers with what ``check`` says."""
    import asyncio
    import io

    from django.core import checks
    from django.test import Client

    from django_github_app.asgi import WebhookApplication as AsgiApplication
    from django_github_app.testing import payloads
    from django_github_app.wsgi import WebhookApplication as WsgiApplication

    body = json.dumps(payloads.build("issues")).encode()
    headers = {
        "X-GitHub-Event": "issues",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-GitHub-Hook-ID": "1",
        "X-Hub-Signature-256": payloads.sign("test-secret", body),
        "Content-Type": "application/json",
    }
    answers: dict[str, Any] = {}
    for worker_type in ("sync", "async"):
        response = Client(raise_request_exception=False).post(
            f"/github/{worker_type}/", data=body, content_type="application/json", headers=headers
        )
        answers[f"{worker_type} view"] = (response.status_code, response.content.decode()[:500])
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ |= {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
    }
    answer = WsgiApplication("sync").answer({**environ, "wsgi.input": io.BytesIO(body)})
    answers["wsgi"] = (answer.status, json.dumps(dict(answer.body)))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def ask() -> Any:
        scope = {"type": "http", "method": "POST", "headers": pairs}
        return [await AsgiApplication("async").answer(scope, receive) for _ in range(2)]

    for number, answer in enumerate(asyncio.run(ask())):
        answers[f"asgi {number}"] = (answer.status, json.dumps(dict(answer.body)))
    errors = [m for m in checks.run_checks(databases=None) if m.level >= checks.ERROR]
    return {"answers": answers, "errors": {str(m.id): f"{m.msg} {m.hint}" for m in errors}}
