"""Logging of the site: one JSON object a line, for people a plain line, never with a token.

The text of a line is its key ``message``. structlog's own name for it, ``event``, is what the package's lines call
the event that GitHub sent.
"""

from __future__ import annotations

import sys
from typing import Any

import structlog

from django_github_app.observe.logs import add_trace_ids
from django_github_app.observe.redaction import PRIVATE_KEY, TOKEN

MESSAGE = "message"


def redact(text: str) -> str:
    """Return ``text`` with GitHub tokens and private keys masked."""
    return PRIVATE_KEY.sub("[private key]", TOKEN.sub(r"\1***", text))


def _redact_line(_logger: Any, _name: str, line: str) -> str:
    return redact(line)


def logging_settings(*, level: str, as_json: bool) -> dict[str, Any]:
    """Return Django's LOGGING: standard library and structlog loggers, all to one stream.

    Standard output; standard error for ``manage.py``, whose output is the answer to a command.
    """
    command = sys.argv[0].endswith("manage.py")
    # What is said of a line comes first, what we say of every line last: neither overwrites the other.
    shared: list[Any] = [
        structlog.processors.EventRenamer(MESSAGE),
        structlog.stdlib.ExtraAdder(),
        structlog.contextvars.merge_contextvars,
        add_trace_ids,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback, event_key=MESSAGE
            )
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *renderer,
                    _redact_line,
                ],
            },
        },
        "handlers": {
            "stream": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr" if command else "ext://sys.stdout",
                "formatter": "structured",
            },
        },
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # Django would mail 500s to ADMINS and print requests to a console that is not there.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {
                "level": "WARNING"
            },  # one line a task says nothing our ledger does not
            "celery.app.trace": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }
