"""The request headers that a delivery is read from: each at most once, under its own name, in linear time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

from .parsing import CGI_NAMES, HEADERS
from .rejections import HeaderInvalid, HeadersTooLarge

__all__ = ["headers_of_environ", "headers_of_scope"]

# GitHub sends about fifteen headers, a proxy adds a few; servers themselves let through a hundred and more.
MAX_HEADERS: Final = 200
MAX_VALUE: Final = 1024

_WANTED: Final = {name.encode("ascii"): name for name in HEADERS}
_wanted: Final = _WANTED.get
_CGI_NAMES: Final = tuple(CGI_NAMES.items())
# As numbers: to find bytes in bytes with ``in`` takes ten times as long, for an exception that is raised and dropped.
_COMMA: Final = ord(",")
_UNDERSCORE: Final = ord("_")


def headers_of_scope(raw: Collection[tuple[bytes, bytes]]) -> tuple[dict[str, str | None], int]:
    """Return the wanted headers of an ASGI scope, and the length that it announces (0: none).

    None of them has a comma in its value: one stands there only when a server has joined two headers.
    Raises `HeaderInvalid` for one that comes twice or is written with an underscore, and `HeadersTooLarge`.
    """
    headers: dict[str, str | None] = {}
    length = 0
    if len(raw) > MAX_HEADERS:
        raise HeadersTooLarge
    for name, value in raw:
        known = _wanted(name)
        if known is not None:
            if known in headers:
                raise HeaderInvalid("a header of the delivery was sent twice")
            if len(value) > MAX_VALUE:
                raise HeadersTooLarge
            if _COMMA in value and known != "x-hub-signature":
                raise HeaderInvalid("a header of the delivery has two values")
            headers[known] = value.decode("latin-1")
        elif name == b"content-length":
            if value.isdigit():
                length = int(value[:20])
        elif _UNDERSCORE in name and name.lower().replace(b"_", b"-") in _WANTED:
            raise HeaderInvalid("a header of the delivery was written with an underscore")
    return headers, length


def headers_of_environ(environ: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the wanted headers of a WSGI environment, or of a Django request's ``META``.

    There a header that came twice is one value with a comma in it, which is refused.
    """
    headers: dict[str, str] = {
        # As text: a test client may pass a number.
        name: str(value)
        for name, key in _CGI_NAMES
        if (value := environ.get(key)) is not None
    }
    joined = "".join(headers.values())
    if "," in joined or len(joined) > MAX_VALUE:  # looked at one by one only where one may be wrong
        for name, value in headers.items():
            if len(value) > MAX_VALUE:
                raise HeadersTooLarge
            if "," in value and name != "x-hub-signature":
                raise HeaderInvalid("a header of the delivery has two values")
    return cast("dict[str, str | None]", headers)
