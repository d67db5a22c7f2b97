"""What a webhook request is answered, the same at every entrance."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from django_github_app.deliveries import Delivery, MethodNotAllowed, Rejection
from django_github_app.errors import DatabaseUnsupported, DeliveryConflict, DeliveryReplayed, InboxUnavailable
from django_github_app.sql.intake import StoredEvent

logger = logging.getLogger(__name__)

RETRY_AFTER = 30  # seconds; GitHub does not retry, but proxies and people read it


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = {}
    close: bool = False
    """Whether the connection ends with this answer, because the body was not read to its end."""

    @property
    def said(self) -> str:
        """The answer in one word: ``accepted``, ``duplicate``, ``pong``, or why it was refused."""
        message = self.body.get("message")
        if message is None:
            return str(self.body.get("error", "refused"))
        return "duplicate" if message == "already received" else str(message)


def accepted(delivery: Delivery, stored: StoredEvent) -> Answer:
    """Answer a delivery whose row is committed."""
    message = "accepted" if stored.created else "already received"
    if delivery.event == "ping":
        message = "pong"
    body = {"message": message, "event_id": stored.id, "delivery": delivery.delivery}
    return Answer(200 if delivery.event == "ping" else 202, body)


def refused(error: Rejection | DeliveryConflict | InboxUnavailable, *, close: bool = False) -> Answer:
    """Answer a request that is not accepted. Nothing of it is repeated in the answer or the log."""
    match error:
        case DatabaseUnsupported():  # a fault of the set-up, which no repetition mends
            return Answer(503, {"error": "unavailable", "reason": str(error)})
        case InboxUnavailable():
            body = {"error": "unavailable", "reason": "the delivery could not be stored; send it again"}
            return Answer(503, body, {"Retry-After": str(RETRY_AFTER)})
        case DeliveryReplayed():
            return Answer(
                409, {"error": "replayed", "reason": "this body was received before under another name"}
            )
        case DeliveryConflict():
            return Answer(409, {"error": "conflict", "reason": "this delivery id belongs to another body"})
        case MethodNotAllowed():
            return Answer(error.status, error.as_json(), {"Allow": "POST"}, close)
        case Rejection():
            logger.info("request refused", extra={"code": error.code, "status": error.status})
            headers = {"Retry-After": str(RETRY_AFTER)} if error.status == 503 else {}
            return Answer(error.status, error.as_json(), headers, close)
