"""A short form of `make chaos`: a quarter of a minute, one process of each kind, another seed each time.

Not in `make test`: what is broken in the last second heals by time limits of half a minute, and on busy cores it
takes a minute and a half in all.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from .checks import Table, differences
from .proxy import Proxy
from .run import Size, run


@pytest.mark.slow
@pytest.mark.skipif(
    "CHAOS" not in os.environ, reason="takes a minute or two: set CHAOS=short, or use make chaos"
)
@pytest.mark.timeout(600)
def test_every_promise_is_kept_while_everything_fails() -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"SEED={seed}")
    table = run(Size(seed, seconds=15, deliveries=150, workers=1, old_events=0, pause=(0.5, 2.0)))
    print(table)
    assert table.kept, str(table)


def test_a_table_says_what_is_broken() -> None:
    good, bad = Table(), Table()
    good.broken("lost", [])
    bad.broken("lost", ["this one"])
    assert (good.kept, bad.kept) == (True, False)
    assert "| lost | **1** |" in str(bad)
    assert "this one" in str(bad)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({1: "a", 2: "b", 3: "new"}, []),
        ({1: "a"}, [(2, "is gone")]),
        ({1: "a", 2: "c"}, [(2, "is another one now")]),
    ],
)
def test_old_events_that_are_gone_or_changed_are_seen(
    after: dict[int, str], found: Sequence[tuple[int, str]]
) -> None:
    assert differences({1: "a", 2: "b"}, after) == list(found)


def test_a_proxy_swallows_resets_and_passes_on(tmp_path: Path) -> None:
    import contextlib
    import socket
    import threading

    server = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(100):
                connection.sendall(data)

    threading.Thread(target=echo, daemon=True).start()
    proxy = Proxy("127.0.0.1", str(server.getsockname()[1]))

    def connect() -> socket.socket:
        return socket.create_connection(("127.0.0.1", proxy.port), timeout=20)

    try:
        with connect() as one, connect() as other:
            one.sendall(b"a")
            assert one.recv(10) == b"a"
            proxy.behave("reset")
            with pytest.raises(ConnectionResetError):
                assert one.recv(10) != b""
            other.close()
        with connect() as one:
            one.sendall(b"b")
            assert one.recv(10) == b"b"
            proxy.behave("hole")
            one.settimeout(0.5)
            one.sendall(b"c")
            with pytest.raises(TimeoutError):
                one.recv(10)
            proxy.behave("pass")
            with connect() as later:
                later.sendall(b"d")
                assert later.recv(10) == b"d"
    finally:
        proxy.close()
        server.shutdown(socket.SHUT_RDWR)
        server.close()
