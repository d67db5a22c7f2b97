"""Log lines that name the trace they belong to: a filter for ``logging``, a processor for structlog."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from django_github_app import probes

__all__ = ["TraceIds", "add_trace_ids"]


class TraceIds(logging.Filter):
    """Gives each record ``trace_id`` and ``span_id`` while tracing is on. Lets every record through.

    For handlers, in ``LOGGING``: ``"filters": {"trace": {"()": "django_github_app.observe.logs.TraceIds"}}``.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in _ids().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def add_trace_ids(logger: Any, name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Do the same as a processor of structlog."""
    for key, value in _ids().items():
        line.setdefault(key, value)
    return line


def _ids() -> dict[str, str]:
    if probes.tracer is None:
        return {}
    from .tracing import current_ids

    found = current_ids()
    return {} if found is None else {"trace_id": found[0], "span_id": found[1]}
