"""Deliveries that come by a relay: a channel of server-sent events, as smee.io and gosmee have them.

The relay packs a delivery's headers and body into one JSON object per event. What GitHub signed are the bytes of the
body, so they are taken out of that object as they stand, never parsed and written again.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlencode, urlsplit

import msgspec

from django_github_app.deliveries import sign

__all__ = ["Channel", "RelayError", "Relayed", "ServerEvent", "events_of", "relayed"]

SILENCE = 90.0
"""Seconds without a byte, after which a connection is taken for dead: relays send a sign of life twice a minute."""
LONGEST_WAIT = 30.0
FORWARDED = ("content-type", "user-agent", "accept", "x-github-", "x-hub-signature")


class RelayError(ValueError):
    """A channel cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of a stream: its type, data and id, and the seconds that the server wants between connections."""

    type: str
    data: str
    id: str
    retry: float | None


@dataclass(frozen=True, slots=True)
class Relayed:
    """A delivery as GitHub sent it. ``intact``: its signature fits; None without a secret to check it with."""

    headers: dict[str, str]
    body: bytes
    intact: bool | None


def events_of(lines: Iterable[bytes]) -> Iterator[ServerEvent]:
    """Yield the events of a stream; https://html.spec.whatwg.org/multipage/server-sent-events.html.

    ``lines`` end with LF or CRLF. What stands after the last empty line is not finished, and left out.
    """
    kind, data, last_id, retry = "", list[str](), "", None
    for number, line in enumerate(lines):
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        if number == 0:
            text = text.removeprefix("\ufeff")
        if not text:
            if data or retry is not None:
                yield ServerEvent(kind or "message", "\n".join(data), last_id, retry)
            kind, data, retry = "", [], None
            continue
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                kind = value
            case "data":
                data.append(value)
            case "id" if "\0" not in value:
                last_id = value
            case "retry" if value.isascii() and value.isdigit():
                retry = int(value) / 1000


def relayed(data: str, secrets: Sequence[bytes] = ()) -> Relayed | None:
    """Return the delivery in an event's data; None when there is none, as in a sign of life.

    With ``secrets`` the body is the one of those it may have been that GitHub signed.
    """
    try:
        packed = msgspec.json.decode(data.encode(), type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return None
    headers = {}
    for name, raw in packed.items():
        lowered = name.lower()
        if lowered.startswith(FORWARDED):
            value = msgspec.json.decode(raw)
            headers[lowered] = value if isinstance(value, str) else bytes(raw).decode()
    if "x-github-event" not in headers:
        return None
    bodies = list(_bodies(packed, headers.get("content-type", "")))
    if not bodies:
        return None
    signature = headers.get("x-hub-signature-256", "")
    if not secrets:
        return Relayed(headers, bodies[0], None)
    for body in bodies:
        if any(hmac.compare_digest(sign(body, secret).encode(), signature.encode()) for secret in secrets):
            return Relayed(headers, body, True)
    return Relayed(headers, bodies[0], False)


def _bodies(packed: dict[str, msgspec.Raw], content_type: str) -> Iterator[bytes]:
    """Yield what the body may have been, the likeliest first."""
    if "bodyB" in packed:  # gosmee: the bytes themselves
        with contextlib.suppress(binascii.Error, msgspec.DecodeError):
            yield base64.b64decode(msgspec.json.decode(packed["bodyB"], type=str), validate=True)
    if "body" not in packed:
        return
    raw = bytes(packed["body"]).strip()
    if raw.startswith(b'"'):
        yield msgspec.json.decode(raw, type=str).encode()
        return
    if content_type.startswith("application/x-www-form-urlencoded"):
        fields = msgspec.json.decode(raw)
        if isinstance(fields, dict):
            yield urlencode(fields).encode()
    yield raw
    # A relay that writes JSON differently from GitHub: blanks, or everything beyond ASCII escaped.
    for separators, ascii_only in (((",", ":"), False), ((",", ":"), True), ((", ", ": "), False)):
        yield json.dumps(json.loads(raw), separators=separators, ensure_ascii=ascii_only).encode(
            errors="surrogatepass"
        )


class Channel:
    """A channel of a relay. `events` connects again whenever the connection ends, and goes on where it was."""

    def __init__(
        self,
        url: str,
        *,
        say: Callable[[str], None] = lambda text: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise RelayError(f"{url} is no channel: it starts with https://, as in https://smee.io/abc123")
        self.url = url
        self._say = say
        self._sleep = sleep
        self._last_id = ""
        self._wait = self._first_wait = 1.0

    def events(self) -> Generator[ServerEvent, None, None]:
        """Yield the channel's events until the caller stops. Raises RelayError when the channel is refused."""
        while True:
            try:
                yield from self._connection()
                reason = "the connection ended"
            except (OSError, HTTPException) as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
            self._say(f"{reason}; connecting again in {self._wait:g} s")
            self._sleep(self._wait)
            self._wait = min(self._wait * 2, LONGEST_WAIT)

    def _connection(self) -> Generator[ServerEvent, None, None]:
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        request = urllib.request.Request(self.url, headers=headers)  # noqa: S310 - the scheme is checked above
        try:
            response = urllib.request.urlopen(request, timeout=SILENCE)  # noqa: S310
        except urllib.error.HTTPError as error:
            with error:
                if 400 <= error.code < 500 and error.code not in (408, 425, 429):
                    raise RelayError(
                        f"{self.url} answers {error.code} {error.reason}: make a new channel"
                    ) from error
                raise
        with response:
            if response.headers.get_content_type() != "text/event-stream":
                raise RelayError(f"{self.url} is no channel: it does not answer with server-sent events")
            self._say(f"listening to {self.url}")
            for event in events_of(response):
                self._last_id = event.id
                if event.retry is not None:
                    self._first_wait = min(event.retry, LONGEST_WAIT)
                self._wait = self._first_wait
                yield event
