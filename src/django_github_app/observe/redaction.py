"""What may be shown of an error and a text: no token, no JWT, no private key. Pure."""

from __future__ import annotations

import asyncio
import json
import re
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import asgiref

MAX_ERROR_LENGTH = 500

_ON_THE_WAY: Final = (
    f"{Path(__file__).parents[1]}/",
    *(f"{Path(one.__file__ or '').parent}/" for one in (asgiref, asyncio)),
)
"""Where the frames are that lead from a worker to a callback: ours, and those of what awaits it."""


MAX_TRACEBACK_LENGTH = 20_000
# Characters that are looked at: megabytes would take seconds. Enough for what is blanked out before the cut.
_LOOKED_AT = 200_000


# Text that people wrote goes through these: each character is looked at a bounded number of times. That is why
# quantifiers are bounded or possessive, and why a key without its end is taken up to what cannot be of a key.
_KEY_NAME = "[A-Z ]{0,40}PRIVATE KEY-----"
PRIVATE_KEY = re.compile(
    rf"-----BEGIN {_KEY_NAME}(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----))*+(?:-----END {_KEY_NAME})?"
)
TOKEN = re.compile(r"(gh[a-z]_|github_pat_)[A-Za-z0-9._-]{16,}+")
# A JWT is sought in whole runs: looking for its dots from each "eyJ" of a long run anew would take quadratic time.
_RUN = re.compile(r"[A-Za-z0-9._-]{8,}+")


def _without_jwt(run: re.Match[str]) -> str:
    before, start, rest = run[0].partition("eyJ")
    return f"{before}[secret]" if start and rest.count(".") >= 2 else run[0]


def describe(error: BaseException) -> str:
    """Return one line about an error, without secrets."""
    try:
        text = " ".join(str(error)[:_LOOKED_AT].split())
    except BaseException:  # noqa: BLE001 - the code of whoever wrote the class: SystemExit too
        text = "(its text cannot be shown)"
    return redact(f"{type(error).__name__}: {text}" if text else type(error).__name__)[:MAX_ERROR_LENGTH]


def format_traceback(error: BaseException) -> str:
    """Return the traceback from the project's first frame on, without secrets; of a very long one its end."""
    try:
        lines = traceback.format_exception(type(error), error, _from_the_project(error.__traceback__))
    except BaseException:  # noqa: BLE001 - it asks the exception, its notes and its causes what they are
        # It parses source lines too, and in Python 3.11 two threads that do so at once may get a SystemError.
        lines = [
            f'  File "{frame.f_code.co_filename}", line {line}, in {frame.f_code.co_name}\n'
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        lines.append(f"{type(error).__name__}: (cannot be shown)\n")
    return redact("".join(lines)[-_LOOKED_AT:])[-MAX_TRACEBACK_LENGTH:]


def _from_the_project(tb: TracebackType | None) -> TracebackType | None:
    """Leave out the frames between a worker and a callback; all of them stay where nothing else is."""
    found = tb
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_ON_THE_WAY):
        found = found.tb_next
    return tb if found is None else found


def redact(text: str) -> str:
    """Blank out what looks like a token, a JWT or a private key. Takes linear time."""
    if "-----BEGIN " in text:
        text = PRIVATE_KEY.sub("[secret]", text)
    if "eyJ" in text:
        text = _RUN.sub(_without_jwt, text)
    return TOKEN.sub("[secret]", text) if "_" in text else text


SECRET_KEYS = re.compile(r"secret|token|password|private_key|^pem$", re.IGNORECASE)


def without_secrets(value: Any, depth: int = 0) -> Any:
    """Return a payload whose secrets are blanked out, by the name they go by; addresses stay."""
    if depth > 50:
        return json.dumps(value)[:100]
    if isinstance(value, dict):
        return {
            key: "[secret]"
            if isinstance(item, str) and item and SECRET_KEYS.search(key) and not key.endswith("_url")
            else without_secrets(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item, depth + 1) for item in value]
    return value
