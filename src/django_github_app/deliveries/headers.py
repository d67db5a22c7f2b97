"""The request headers that a delivery is read from: each at most once, under its own name, in linear time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .parsing import CGI_NAMES, HEADERS
from .rejections import HeaderInvalid, HeadersTooLarge

__all__ = ["headers_of_environ", "headers_of_scope"]

# GitHub sends about fifteen headers, a proxy adds a few; servers themselves let through a hundred and more.
MAX_HEADERS: Final = 200
MAX_VALUE: Final = 1024

_WANTED: Final = {name.encode("ascii"): name for name in HEADERS}
# Those whose values never have a comma: one stands there only when a server has joined two headers.
_SINGLE: Final = tuple(name for name in HEADERS if name != "x-hub-signature")


def headers_of_scope(raw: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str | None], int]:
    """Return the wanted headers of an ASGI scope, and the length that it announces (0: none).

    Raises `HeaderInvalid` for one that comes twice or is written with an underscore, and `HeadersTooLarge`.
    """
    headers: dict[str, str | None] = {}
    length, count = 0, -1
    for count, (name, value) in enumerate(raw):  # noqa: B007  # the last one is asked for
        if name in _WANTED:
            known = _WANTED[name]
            if known in headers:
                raise HeaderInvalid("a header of the delivery was sent twice")
            if len(value) > MAX_VALUE:
                raise HeadersTooLarge
            headers[known] = value.decode("latin-1")
        elif name == b"content-length":
            if value.isdigit():
                length = int(value[:20])
        elif b"_" in name and name.lower().replace(b"_", b"-") in _WANTED:
            raise HeaderInvalid("a header of the delivery was written with an underscore")
    if count >= MAX_HEADERS:
        raise HeadersTooLarge
    _refuse_joined(headers)
    return headers, length


def headers_of_environ(environ: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the wanted headers of a WSGI environment, or of a Django request's ``META``.

    There a header that came twice is one value with a comma in it, which is refused.
    """
    headers: dict[str, str | None] = {}
    for name, key in CGI_NAMES.items():
        value = environ.get(key)
        if value is not None:
            if len(value) > MAX_VALUE:
                raise HeadersTooLarge
            headers[name] = value
    _refuse_joined(headers)
    return headers


def _refuse_joined(headers: Mapping[str, str | None]) -> None:
    for name in _SINGLE:
        value = headers.get(name)
        if value is not None and "," in value:
            raise HeaderInvalid("a header of the delivery has two values")
