"""Captured deliveries that come again: body and signature are GitHub's, the id or the name of the event is not.

Only the body is signed. Whoever has seen one delivery can send it again under a new delivery id, or as another event.
Such a one is recognised by its digest, kept for `REPLAY_MEMORY_DAYS` days, and without any memory
by its shape: a body with a comment in it is no ``push``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence

from django_github_app import probes
from django_github_app.conf import app_settings
from django_github_app.deliveries import shapes
from django_github_app.errors import DeliveryReplayed
from django_github_app.sql import digests
from django_github_app.sql.intake import NewEvent

__all__ = ["are_looked_for", "find"]

logger = logging.getLogger(__name__)

EXEMPT = frozenset({"ping"})
"""Events whose bodies GitHub repeats, and whose handlers do no harm."""


def are_looked_for() -> bool:
    """Return whether the settings ask for it."""
    return app_settings.REPLAY_PROTECTION != "off"


def find(batch: Sequence[NewEvent]) -> dict[int, DeliveryReplayed]:
    """Return which deliveries of a batch are replays, by their place in it, and log them.

    Empty where the settings only ask for a line in the log. Raises what the database raises.
    """
    found: dict[int, str] = {}
    digest_at: dict[int, bytes] = {}
    for at, new_event in enumerate(batch):
        delivery = new_event.delivery
        if delivery.event in EXEMPT:
            continue
        if not delivery.form_encoded and not shapes.fits(delivery.event, delivery.body):
            found[at] = "shape"
        else:
            # Not what it was signed with: while the secret is rotated there are two of those.
            digest_at[at] = hashlib.sha256(delivery.body).digest()
    if digest_at:
        names = {at: _names(batch[at]) for at in digest_at}
        first = digests.first_seen([(digest, names[at]) for at, digest in digest_at.items()])
        found |= {at: "digest" for at, digest in digest_at.items() if first[digest] != names[at]}
    for at, by in found.items():
        _log(batch[at], by)
    refuses = app_settings.REPLAY_PROTECTION == "refuse"
    return {at: DeliveryReplayed() for at in found} if refuses else {}


def _names(new_event: NewEvent) -> digests.Names:
    delivery = new_event.delivery
    return delivery.delivery, delivery.event, delivery.hook_id


def _log(new_event: NewEvent, by: str) -> None:
    delivery = new_event.delivery
    logger.warning(
        "a captured delivery came again",
        extra={"delivery": delivery.delivery, "event": delivery.event, "reason": by},
    )
    if (sink := probes.sink) is not None:
        sink(("replayed", by))
