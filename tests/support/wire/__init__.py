"""Mutated webhook requests as bytes on a socket, for real servers: HTTP/1, HTTP/2, and who sends them.

`tests.support.mutations` says what is wrong with a request's headers and body; here the mistakes of the wire are
added, which a server answers, or passes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FAULTLESS_EACH = 12
"""One in so many connections has nothing wrong with it, and is to be accepted among all the others."""


@dataclass
class Wired:
    """What one connection sends: pieces of bytes, each after a pause in seconds.

    ``awaits_answer`` says whether whoever sends it waits for what comes back, and does not hang up.
    """

    pieces: list[tuple[float, bytes]]
    awaits_answer: bool = True
    requests: int = 1
    kinds: list[str] = field(default_factory=list)
    """Which mistakes were made, for the report of one that went wrong."""
    signed: list[bytes] = field(default_factory=list)
    """The bodies in it that GitHub signed. Nothing else may be stored."""
    faultless: bool = False
    """Whether GitHub could have sent it: each of its requests is accepted, and stored."""
