"""What the log says of events and callbacks while they are processed."""

from __future__ import annotations

import logging
from typing import Any

from django_github_app.models import RunStatus
from django_github_app.observe.redaction import describe, format_traceback
from django_github_app.routing.binding import Call
from django_github_app.sql.claims import Claimed

__all__ = ["log_cut_short", "log_failure", "log_fields"]

logger = logging.getLogger("django_github_app.execution.event")


def log_cut_short(call: Call, claimed: Claimed, error: BaseException) -> None:
    fields = {**log_fields(claimed), "handler": call.handler, "error": describe(error)}
    logger.warning("callback cut short, the worker ends", extra=fields)


def log_failure(call: Call, claimed: Claimed, error: BaseException, status: RunStatus) -> None:
    fields = {
        **log_fields(claimed),
        "handler": call.handler,
        "outcome": status.label,
        "error": describe(error),
    }
    if status == RunStatus.REJECTED:
        logger.info("callback refused", extra=fields)
    elif status == RunStatus.RETRYING:
        logger.warning("callback failed, it will be tried again", extra=fields)
    else:
        logger.error("callback failed for good", extra={**fields, "traceback": format_traceback(error)})


def log_fields(claimed: Claimed) -> dict[str, Any]:
    return {
        "event_id": claimed.id,
        "delivery": claimed.delivery,
        "event": claimed.event,
        "action": claimed.action,
    }
