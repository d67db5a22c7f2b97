"""Signals: what a project may be told of that no request and no callback of its own sees.

They are sent when what they tell of is in the ledger: by the worker where it happened or, if that was killed first,
by the sweep. At least once, then; twice only when a process dies between a receiver and the note that it was told. A
receiver's exception is logged and harms nothing; it is not called again.
"""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

__all__ = ["event_dead", "handler_failed"]

event_dead: Final = Signal()
"""An event is DEAD: nothing more is tried. ``sender`` is `EventLog`, ``event`` the row."""

handler_failed: Final = Signal()
"""A callback is DEAD: it is not tried again. ``sender`` is `HandlerRun`, ``run`` the row, ``event`` its event's."""
