"""Send mutated requests to a server: ``python -m tests.support.wire.attack`` PORT HTTP SEED COUNT CONCURRENCY OUTPUT.

A process of its own that gives way to others (nice), so that it does not take the time of what is measured beside it.
OUTPUT becomes JSON: statuses, what went wrong, and the digests of every body that was signed.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import Wired, http1, http2

PATHS = ("/github/async/", "/github/sync/")
ANSWERED_WITHIN = 20  # seconds; bodies have one
LINGER = 0.05  # seconds that a client stays who does not wait for an answer
_STATUS = re.compile(rb"HTTP/1\.[01] (\d\d\d)")


class Attack:
    """Takes connections from one source, some at once, and notes what comes of them."""

    def __init__(self, port: int, kind: str, source: Iterator[Wired]) -> None:
        self.port = port
        self.is_http2 = kind == "2"
        self.source = source
        self.statuses: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[dict[str, Any]] = []
        self.signed: set[str] = set()
        self.accepted: set[str] = set()
        """Digests of the bodies to which the server has said 202, and GitHub may forget them."""

    async def run(self, concurrency: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(self._work())

    async def _work(self) -> None:
        for wired in self.source:
            signed = {hashlib.sha256(body).hexdigest() for body in wired.signed}
            self.signed |= signed
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    statuses, content = await self._exchange(wired)
            except TimeoutError:
                self._note("no answer, and not closed", wired, b"")
                continue
            self.statuses.update(statuses)
            self.outcomes["answered" if statuses else "closed without an answer"] += 1
            if any(_is_wrong(status, content) for status in statuses):
                self._note(f"answered {statuses}", wired, content)
            elif wired.faultless and statuses == [202] * wired.requests:
                self.accepted |= signed
            elif wired.faultless and 503 not in statuses:
                self._note(f"nothing is wrong with it, and it is answered {statuses}", wired, content)

    def _note(self, what: str, wired: Wired, content: bytes) -> None:
        sent = b"".join(piece for _, piece in wired.pieces)
        self.outcomes[what] += 1
        self.wrong.append(
            {
                "what": what,
                "kinds": wired.kinds,
                "answer": content[:500].decode("latin-1"),
                "sent": base64.b64encode(sent[:3000]).decode(),
            }
        )

    async def _exchange(self, wired: Wired) -> tuple[list[int], bytes]:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self._note("not let in", wired, b"")
            return [], b""
        try:
            answers = http2.Answers() if self.is_http2 else Answers()
            received = asyncio.create_task(_read(reader, writer, answers, wired.requests))
            await _send(writer, wired)
            await asyncio.wait([received], timeout=None if wired.awaits_answer else LINGER)
            received.cancel()
            await asyncio.wait([received])
            return answers.statuses, answers.body
        finally:
            writer.transport.abort()


class Answers:
    """Reads what an HTTP/1 server sends."""

    closed = False
    ended = 0  # it says so by closing
    patience: float | None = None  # for the first byte; `ANSWERED_WITHIN` ends it

    def __init__(self) -> None:
        self.body = b""

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in _STATUS.findall(self.body)]

    def feed(self, received: bytes) -> bytes:
        """Take bytes in; return what is to be sent back."""
        self.body += received
        return b""


async def _read(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: Answers | http2.Answers,
    requests: int,
) -> None:
    with contextlib.suppress(ConnectionError, TimeoutError):
        while not answers.closed and answers.ended < requests:
            # A connection that stays open is over when nothing more comes.
            data = await asyncio.wait_for(reader.read(65536), 0.5 if answers.statuses else answers.patience)
            if not data:
                break
            reply = answers.feed(data)
            if reply:
                writer.write(reply)


async def _send(writer: asyncio.StreamWriter, wired: Wired) -> None:
    with contextlib.suppress(ConnectionError):
        for pause, piece in wired.pieces:
            if pause:
                await asyncio.sleep(pause)
            writer.write(piece)
            await writer.drain()


def _is_wrong(status: int, content: bytes) -> bool:
    if status == 503:
        return b'"busy"' not in content
    return status >= 500


def main(port: str, kind: str, seed: str, count: str, concurrency: str, output: str) -> None:
    """Attack, and write down what came of it."""
    os.nice(10)
    make = http2.requests if kind == "2" else http1.requests
    attack = Attack(int(port), kind, make(int(seed), int(count), PATHS))
    asyncio.run(attack.run(int(concurrency)))
    result = {
        "statuses": dict(sorted(attack.statuses.items())),
        "outcomes": dict(attack.outcomes),
        "wrong": attack.wrong[:50],
        "signed": sorted(attack.signed),
        "accepted": sorted(attack.accepted),
    }
    Path(output).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
