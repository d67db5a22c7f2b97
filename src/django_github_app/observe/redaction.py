"""What may be shown of an error and a text: no token, no JWT, no private key. Pure."""

from __future__ import annotations

import re
import traceback

MAX_ERROR_LENGTH = 500


MAX_TRACEBACK_LENGTH = 20_000


_SECRETS = re.compile(
    r"gh[a-z]_[A-Za-z0-9._-]{20,}|github_pat_[A-Za-z0-9_]{20,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
    re.DOTALL,
)


def describe(error: BaseException) -> str:
    """Return one line about an error, without secrets."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - the code of whoever wrote the class
        text = "(its text cannot be shown)"
    return redact(f"{type(error).__name__}: {text}" if text else type(error).__name__)[:MAX_ERROR_LENGTH]


def format_traceback(error: BaseException) -> str:
    """Return the traceback, without secrets; of a very long one its end, where the cause is."""
    return redact("".join(traceback.format_exception(error)))[-MAX_TRACEBACK_LENGTH:]


def redact(text: str) -> str:
    """Blank out what looks like a token, a JWT or a private key."""
    return _SECRETS.sub("[secret]", text)
