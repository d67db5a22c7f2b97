"""A TCP proxy that stands before a server and behaves as networks do, in a process of its own.

    python -m tests.chaos.proxy HOST PORT        or        python -m tests.chaos.proxy /path/of/a/unix/socket

It prints its port, and takes one command a line: ``pass``; ``hole``: connections, old and new, stay open and hear
nothing more, those that met the hole for ever; ``reset``: connections end with a reset; ``slow SECONDS``: every
piece of data waits so long.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, cast

ROOT = Path(__file__).parents[2]
KEEPALIVE = 10.0
"""Seconds after which one end of a connection learns that the other one is gone, at the latest."""
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, no seconds


class Proxy:
    """The user's side: starts the process and tells it how to behave."""

    def __init__(self, *target: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.proxy", *target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._commands = cast(IO[str], self._process.stdin)
        self._output = cast(IO[str], self._process.stdout)
        self.port = int(self._output.readline())

    def behave(self, command: str) -> None:
        self._commands.write(command + "\n")
        self._commands.flush()

    def close(self) -> None:
        self._commands.close()
        self._process.wait(10)
        self._output.close()


class Network:
    """What all connections have in common."""

    def __init__(self, target: Sequence[str]) -> None:
        self.target = target
        self.hole = False
        self.delay = 0.0
        self.open: set[Link] = set()

    def command(self, line: str) -> None:
        match line.split():
            case ["pass"]:
                self.hole, self.delay = False, 0.0
            case ["hole"]:
                self.hole = True
                for link in self.open:
                    link.silent = True
            case ["reset"]:
                for link in list(self.open):
                    link.reset()
            case ["slow", seconds]:
                self.delay = float(seconds)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self.target) == 1:
                theirs = await asyncio.open_unix_connection(self.target[0])
            else:
                theirs = await asyncio.open_connection(self.target[0], int(self.target[1]))
        except OSError:
            writer.transport.abort()
            return
        with contextlib.suppress(asyncio.CancelledError):  # this process ends
            await Link(self, (reader, writer), theirs).run()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    """One connection through the proxy."""

    def __init__(self, network: Network, ours: Ends, theirs: Ends) -> None:
        self.network = network
        self.ours, self.theirs = ours, theirs
        self.silent = network.hole

    async def run(self) -> None:
        self.network.open.add(self)
        copies = [
            asyncio.ensure_future(self._copy(*ends))
            for ends in ((self.ours[0], self.theirs[1]), (self.theirs[0], self.ours[1]))
        ]
        try:
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
            # Of an end that nobody heard the other one learns by its keepalives: a server has so many places only.
            await asyncio.wait(copies, timeout=KEEPALIVE)
        finally:
            for copy in copies:
                copy.cancel()
            self.network.open.discard(self)
            for _, writer in (self.ours, self.theirs):
                writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.network.delay:
                    await asyncio.sleep(self.network.delay)
                if not self.silent:
                    writer.write(data)
                    await writer.drain()
            if not self.silent:
                writer.write_eof()

    def reset(self) -> None:
        for _, writer in (self.ours, self.theirs):
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                if sock.family == socket.AF_INET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


async def serve(target: Sequence[str]) -> None:
    network = Network(target)
    server = await asyncio.start_server(network.accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while line := await commands.readline():
        network.command(line.decode())


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
