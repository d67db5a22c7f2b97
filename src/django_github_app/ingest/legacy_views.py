"""What a view of a project that came from django-github-app finds when its own ``post`` fetches and dispatches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from asgiref.sync import sync_to_async
from gidgethub import sansio

from django_github_app.broker.publisher import publish
from django_github_app.models import EventLog, EventStatus
from django_github_app.sql import claims

__all__ = ["EnqueuingRouter", "enqueue", "router_for"]


def enqueue(event: sansio.Event, worker_type: str) -> int:
    """Have workers process an event; return the id of its row, stored now if the project has not stored it."""
    row = EventLog.objects.filter(delivery=event.delivery_id).first() if event.delivery_id else None
    if row is None:
        row = EventLog.objects.create_from_event(event)
    if row.attempts == 0 and row.status == EventStatus.DONE:
        # A record, as `create_from_event` makes it: nobody has processed it.
        EventLog.objects.filter(pk=row.pk, worker_type="").update(worker_type=worker_type)
        publish([(its_type, pk) for pk, its_type in claims.replay([row.pk])])
    return int(row.pk)


class EnqueuingRouter:
    """Stands for all routers in a webhook view: to dispatch is to store and enqueue, and workers call the handlers.

    The web process imports no handler, so `fetch` cannot say which there are: it returns one that
    enqueues.
    """

    def __init__(self, worker_type: str) -> None:
        self.worker_type = worker_type

    def fetch(self, event: sansio.Event) -> list[Callable[..., Any]]:
        """Return what has the event processed when it is called (or called and awaited)."""
        return [self.adispatch if self.worker_type == "async" else self.dispatch]

    def dispatch(self, event: sansio.Event, *args: Any, **kwargs: Any) -> None:
        """Have workers call the handlers of an event. Arguments are theirs to make: a client, the context."""
        enqueue(event, self.worker_type)

    async def adispatch(self, event: sansio.Event, *args: Any, **kwargs: Any) -> None:
        """As `dispatch`."""
        await sync_to_async(enqueue)(event, self.worker_type)


@cache
def router_for(worker_type: str) -> EnqueuingRouter:
    """Return the router of all views of a worker type."""
    return EnqueuingRouter(worker_type)
