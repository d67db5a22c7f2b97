"""The request headers that a delivery is read from: each at most once, under its own name, in linear time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from typing import Any, Final, cast

from .parsing import CGI_NAMES, HEADERS
from .rejections import HeaderInvalid, HeadersTooLarge

__all__ = ["headers_of_environ", "headers_of_scope"]

# GitHub sends about fifteen headers, a proxy adds a few; servers themselves let through a hundred and more.
MAX_HEADERS: Final = 200
MAX_VALUE: Final = 1024

_CGI_NAMES: Final = tuple(CGI_NAMES.items())
_LENGTH: Final = "content-length"
_TWO_NAMES: Final = ""


def _meanings() -> Iterator[tuple[bytes, str]]:
    """Yield what each name of a header means: itself, `_LENGTH`, or `_TWO_NAMES` for one with an underscore in it."""
    yield b"content-length", _LENGTH
    for name in HEADERS:
        for marks in product("-_", repeat=name.count("-")):
            between = iter([*marks, ""])
            written = "".join(part + next(between) for part in name.split("-"))
            if written == name:
                yield name.encode("ascii"), name
            else:  # ASGI has names in lower case; a server that has not is not to be trusted with these either
                yield from (
                    (way.encode("ascii"), _TWO_NAMES) for way in (written, written.title(), written.upper())
                )


# One look for each header, whatever it is: to look for an underscore in each costs half a microsecond per request.
_meaning: Final = dict(_meanings()).get


def headers_of_scope(raw: Collection[tuple[bytes, bytes]]) -> tuple[dict[str, str | None], int]:
    """Return the wanted headers of an ASGI scope, and the length that it announces (0: none).

    None of them has a comma in its value: one stands there only when a server has joined two headers.
    Raises `HeaderInvalid` for one that comes twice or is written with an underscore, and `HeadersTooLarge`.
    """
    headers: dict[str, str] = {}
    length = 0
    if len(raw) > MAX_HEADERS:
        raise HeadersTooLarge
    for name, value in raw:
        known = _meaning(name)
        if known is None:
            continue
        if known is _LENGTH:
            if value.isdigit():
                length = int(value[:20])
        elif known is _TWO_NAMES:
            raise HeaderInvalid("a header of the delivery was written with an underscore")
        elif known in headers:
            raise HeaderInvalid("a header of the delivery was sent twice")
        else:
            headers[known] = value.decode("latin-1")
    _check_values(headers)
    return cast("dict[str, str | None]", headers), length


def headers_of_environ(environ: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the wanted headers of a WSGI environment, or of a Django request's ``META``.

    There a header that came twice is one value with a comma in it, which is refused.
    """
    headers: dict[str, str] = {
        name: value for name, key in _CGI_NAMES if (value := environ.get(key)) is not None
    }
    try:
        _check_values(headers)
    except TypeError:  # a test client may pass a number
        headers = {name: str(value) for name, value in headers.items()}
        _check_values(headers)
    return cast("dict[str, str | None]", headers)


def _check_values(headers: Mapping[str, str]) -> None:
    joined = "".join(headers.values())
    if "," in joined or len(joined) > MAX_VALUE:  # looked at one by one only where one may be wrong
        for name, value in headers.items():
            if len(value) > MAX_VALUE:
                raise HeadersTooLarge
            if "," in value and name != "x-hub-signature":
                raise HeaderInvalid("a header of the delivery has two values")
