"""Callbacks that note each of their calls."""

from __future__ import annotations

from gidgethub.sansio import Event

CALLS: list[tuple[str, str | None]] = []


def steady(event: Event) -> None:
    CALLS.append(("steady", event.delivery_id))


def at_times(event: Event) -> None:
    CALLS.append(("at times", event.delivery_id))


async def flaky(event: Event) -> None:
    """Fail the first time where the issue asks for it."""
    first = ("flaky", event.delivery_id) not in CALLS
    CALLS.append(("flaky", event.delivery_id))
    if first and event.data["issue"]["title"] == "fail once":
        raise RuntimeError("the first time fails")
