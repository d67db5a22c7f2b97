"""How people are told of an incident: log, mail, signal, webhook, and whatever else was registered."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.request import Request, urlopen

from django.core.mail import mail_admins
from django.dispatch import Signal

from django_github_app.conf import app_settings

from .alarms import Thresholds

if TYPE_CHECKING:
    from django_github_app.models import Incident

__all__ = ["TELLERS", "alarm_cleared", "alarm_raised", "tell"]

logger = logging.getLogger(__name__)

alarm_raised = Signal()
"""Sent once per incident, with ``incident``, a `models.Incident`."""

alarm_cleared = Signal()
"""Sent with its recovery."""

WEBHOOK_TIMEOUT: Final = 10.0


def tell(incident: Incident, *, recovered: bool, limits: Thresholds) -> None:
    """Tell of an incident or of its recovery, in every way that is configured; one that fails stops no other."""
    fields = {"alarm": incident.key, "reason": incident.message}
    if recovered:
        logger.warning("alarm cleared", extra=fields)
    else:
        logger.error("alarm raised", extra=fields)
    for teller in TELLERS:
        try:
            teller(incident, recovered, limits)
        except Exception as error:  # noqa: BLE001 - whatever a mail server, a receiver or GitHub answers
            logger.warning(
                "an alarm could not be told in one way", extra={**fields, "error": type(error).__name__}
            )
    (alarm_cleared if recovered else alarm_raised).send_robust(sender=type(incident), incident=incident)


def _mail(incident: Incident, recovered: bool, limits: Thresholds) -> None:
    if limits.mail:
        name = app_settings.NAME or "GitHub app"
        state = "recovered" if recovered else "alarm"
        text = f"{incident.message}\n\n{incident.hint}\n\nSince {incident.opened_at:%Y-%m-%d %H:%M:%S} UTC"
        mail_admins(f"{name}: {state}: {incident.key}", text + (", over now.\n" if recovered else ".\n"))


def _post(incident: Incident, recovered: bool, limits: Thresholds) -> None:
    if not limits.webhook:
        return
    content = {
        "app": app_settings.NAME,
        "alarm": incident.key,
        "state": "recovered" if recovered else "raised",
        "text": incident.message,  # what Slack, Mattermost and Teams show
        "hint": incident.hint,
        "since": incident.opened_at.isoformat(),
    }
    request = Request(  # noqa: S310  # an address of the settings
        limits.webhook, json.dumps(content).encode(), {"content-type": "application/json"}
    )
    with urlopen(request, timeout=WEBHOOK_TIMEOUT):  # noqa: S310  # raises what is no success
        pass


TELLERS: Final[list[Callable[[Incident, bool, Thresholds], None]]] = [_mail, _post]
"""Called with the incident, whether it is over, and the thresholds. One that has a place to remember, such as the
number of an issue, keeps it in ``incident.reference``."""
