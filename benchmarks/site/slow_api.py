"""As much of GitHub as a waiting handler needs: installation tokens, and a resource that takes 100 ms."""

from __future__ import annotations

import asyncio
import json
from typing import Any


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    if scope["path"].endswith("/access_tokens"):
        status, body = (
            201,
            {"token": "ghs_benchmark", "expires_at": "2099-01-01T00:00:00Z", "permissions": {}},
        )
    else:
        await asyncio.sleep(0.1)
        status, body = 200, {"ok": True}
    text = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
