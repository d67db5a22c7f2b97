"""A proxy before PostgreSQL that can turn into a black hole: it takes every byte and answers none."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class BlackHole:
    """Connections that are open when `swallow` is called stay open and hear nothing more; later ones work again."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._target = self._address(settings)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent: set[int] = set()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.deaf = False
        """Whether new connections are silent too."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def swallow(self) -> None:
        with self._lock:
            self._silent.update(range(len(self._sockets)))

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    @staticmethod
    def _address(settings: dict[str, Any]) -> tuple[int, Any]:
        host = settings["HOST"] or settings["OPTIONS"].get("host", "127.0.0.1")
        port = int(settings["PORT"] or 5432)
        if host.startswith("/"):
            return socket.AF_UNIX, f"{host}/.s.PGSQL.{port}"
        return socket.AF_INET, (host, port)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            family, address = self._target
            server = socket.socket(family)
            server.connect(address)
            with self._lock:
                numbers = {len(self._sockets), len(self._sockets) + 1}
                self._sockets += [client, server]
                if self.deaf:
                    self._silent |= numbers
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._copy, args=(source, sink, numbers), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, numbers: set[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not numbers & self._silent:
                    sink.sendall(data)
            if not numbers & self._silent:
                sink.shutdown(socket.SHUT_WR)
