"""Read the body of a request: up to the cap, within the budget of bytes in flight and before the deadline."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from django_github_app.conf import app_settings
from django_github_app.deliveries import BodyInvalid, BodyTimeout, BodyTooLarge, LengthRequired

from .deadlines import deadlines_of_running_loop
from .in_flight import Held

__all__ = ["READ_WITHIN_BOUNDS", "length_of_environ", "read_messages", "read_stream"]

BLOCK: Final = 64 * 1024
# Key in the scope of an ASGI request whose body was read, and is counted, before Django got it.
READ_WITHIN_BOUNDS: Final = "django_github_app.read_within_bounds"

# Less than any deadline: what is over by then need not ask for the setting.
AT_ONCE: Final = 0.001

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


async def read_messages(receive: Receive, length: int, held: Held) -> bytes:
    """Return the body that comes in ASGI messages; ``length`` is what the request announces, 0 for nothing.

    Raises `BodyTooLarge`, `BodyTimeout`, `TooManyBytes`, or `BodyInvalid` for a body that breaks off.
    """
    cap = app_settings.MAX_BODY_BYTES
    if length > cap:
        raise BodyTooLarge
    deadlines = deadlines_of_running_loop()
    task = deadlines.begin()
    try:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            if len(body) <= cap:  # nearly always
                held.add(len(body))
                held.complete = True
                return body
        body = await _read_on(message, receive, cap, held)
    except asyncio.CancelledError:
        if deadlines.end(task):
            raise BodyTimeout from None
        raise
    except TimeoutError as error:
        raise BodyTimeout from error
    except OSError as error:
        raise BodyInvalid("the body ended early") from error
    finally:
        deadlines.end(task)
    held.complete = True
    return body


async def _read_on(message: Message, receive: Receive, cap: int, held: Held) -> bytes:
    """Return the body that begins with a message."""
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            # The client has gone, or the server could not make sense of what it sent.
            raise BodyInvalid("the body ended early")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > cap:
            raise BodyTooLarge
        held.add(len(chunk))
        if not message.get("more_body", False):
            return chunk if not chunks else b"".join([*chunks, chunk])
        chunks.append(chunk)
        message = await receive()


def length_of_environ(environ: Mapping[str, Any]) -> int | None:
    """Return how long a WSGI request's body is; None: to be read to its end, which the server knows.

    Raises `LengthRequired` for a body in chunks where the server leaves them to the application.
    """
    given = environ.get("CONTENT_LENGTH") or ""
    if given.isascii() and given.isdigit():
        return int(given[:20])
    if environ.get("wsgi.input_terminated"):
        return None
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise LengthRequired
    return 0


def read_stream(read: Callable[[int], bytes], length: int | None, held: Held, *, socket: Any = None) -> bytes:
    """Return the body behind ``read``; ``length`` is its length, None: up to the end.

    The deadline is looked at after each block, so a sender that falls silent is noticed only where the server's
    ``socket`` is known. Raises as `read_messages` does.
    """
    cap = app_settings.MAX_BODY_BYTES
    if length is not None and length > cap:
        raise BodyTooLarge
    wanted = cap + 1 if length is None else length
    began = time.monotonic()
    before = _limit(socket, app_settings.BODY_TIMEOUT) if socket is not None else _UNKNOWN
    try:
        chunk = _read(read, min(wanted, BLOCK)) if wanted else b""
        size = len(chunk)
        held.add(size)
        if size == length and time.monotonic() - began < AT_ONCE:
            held.complete = True  # nearly always: GitHub's bodies have 10 to 30 KB
            return chunk
        deadline = began + app_settings.BODY_TIMEOUT
        if time.monotonic() > deadline:
            raise BodyTimeout
        if size == length:
            held.complete = True
            return chunk
        chunks = [chunk]
        while chunk and size < wanted and (chunk := _read(read, min(wanted - size, BLOCK))):
            size += len(chunk)
            held.add(len(chunk))
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise BodyTimeout
    finally:
        if before is not _UNKNOWN:
            socket.settimeout(before)
    if size > cap:
        raise BodyTooLarge
    if length is not None and size < length:
        raise BodyInvalid("the body ended early")
    if length is None and not size:
        # granian ends a body in silence where its chunks are malformed.
        raise BodyInvalid("there is no body, or its chunks are malformed")
    held.complete = True
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _read(read: Callable[[int], bytes], size: int) -> bytes:
    try:
        return read(size)
    except Exception as error:
        # Each server has errors of its own for a connection that broke off and for malformed chunks (gunicorn's
        # are no OSErrors), and Django wraps them.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise BodyTimeout from error
        raise BodyInvalid("the body ended early, or its chunks are malformed") from error


_UNKNOWN: Final = object()


def _limit(socket: Any, seconds: float) -> Any:
    """Let no receive on a server's socket wait longer; return what to set afterwards."""
    before = socket.gettimeout()
    socket.settimeout(seconds)
    return before
