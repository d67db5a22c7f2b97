"""The fake GitHub's webhooks: signed deliveries that are really sent, their log, and redelivery."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import payloads
from .fake_github_users import iso

if TYPE_CHECKING:
    from .fake_github import FakeGitHub


@dataclass
class FakeDelivery:
    """One attempt to deliver an event. A redelivery is another one with the same ``guid``."""

    id: int
    guid: str
    event: str
    payload: dict[str, Any]
    url: str
    delivered_at: float
    redelivery: bool = False
    status_code: int = 0
    status: str = ""
    duration: float = 0.0
    response: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def json(self, *, full: bool = False) -> dict[str, Any]:
        installation = self.payload.get("installation") or {}
        data: dict[str, Any] = {
            "id": self.id,
            "guid": self.guid,
            "delivered_at": iso(self.delivered_at),
            "redelivery": self.redelivery,
            "duration": self.duration,
            "status": self.status,
            "status_code": self.status_code,
            "event": self.event,
            "action": self.payload.get("action"),
            "installation_id": installation.get("id"),
            "repository_id": (self.payload.get("repository") or {}).get("id"),
        }
        if full:
            data["request"] = {"headers": self.headers, "payload": self.payload}
            data["response"] = {"headers": {}, "payload": self.response}
        return data


class DeliveryLog:
    """Every attempt, newest last."""

    def __init__(self, fake: FakeGitHub) -> None:
        self.fake = fake
        self.attempts: list[FakeDelivery] = []
        self.hook_id = 987654

    def __iter__(self) -> Iterator[FakeDelivery]:
        return iter(self.attempts)

    def __len__(self) -> int:
        return len(self.attempts)

    def deliver(
        self,
        event: str,
        payload: dict[str, Any],
        *,
        url: str,
        guid: str | None,
        send: bool,
        redelivery: bool = False,
    ) -> FakeDelivery:
        from django_github_app.github import http  # web processes that sign a payload need none of it

        payload = payloads.addressed_to(payload, self.fake.url)
        guid = guid or str(uuid.uuid4())
        with self.fake.lock:
            delivery = FakeDelivery(
                self.fake.world.new_id(), guid, event, payload, url, self.fake.now(), redelivery
            )
            self.attempts.append(delivery)
        body = json.dumps(payload).encode()
        digest = hmac.new(self.fake.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        delivery.headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/fake",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": guid,
            "X-GitHub-Hook-ID": str(self.hook_id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.fake.app_id),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        if not send:
            delivery.status = "failed to connect to host"
            return delivery
        started = time.monotonic()
        try:
            response = http.post(url, content=body, headers=delivery.headers, timeout=10)
        except TimeoutError:
            delivery.status = "timed out"
        except ConnectionError:
            delivery.status = "failed to connect to host"
        else:
            delivery.status_code = response.status
            delivery.response = response.body.decode(errors="replace")
            delivery.status = (
                "OK" if 200 <= response.status < 300 else f"Invalid HTTP Response: {response.status}"
            )
        delivery.duration = round(time.monotonic() - started, 3)
        return delivery

    def redeliver(self, delivery: FakeDelivery) -> threading.Thread:
        """Send an event again in the background, as ``POST …/attempts`` does."""
        thread = threading.Thread(
            target=self.deliver,
            args=(delivery.event, delivery.payload),
            kwargs={"url": delivery.url, "guid": delivery.guid, "send": True, "redelivery": True},
            daemon=True,
        )
        thread.start()
        return thread

    def find(self, id: int) -> FakeDelivery | None:
        return next((delivery for delivery in self.attempts if delivery.id == id), None)
