"""An SFTP and an FTP server out of wheels, each in a thread of this process, on a folder."""

from __future__ import annotations

import asyncio
import ftplib
import gc
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from deploy.local_servers import free_port

USER, PASSWORD = "archives", "only for tests"


@contextmanager
def sftp_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Run a server and yield OPTIONS of django-storages' SFTP storage for it."""
    asyncssh = pytest.importorskip("asyncssh", reason="no SFTP server here: pip install asyncssh")
    pytest.importorskip("paramiko", reason="django-storages speaks SFTP with paramiko: pip install paramiko")
    served = folder / "served"
    served.mkdir()
    connections: list[Any] = []

    class Server(asyncssh.SSHServer):  # type: ignore[misc, name-defined]  # imported if it is there
        def connection_made(self, connection: Any) -> None:
            connections.append(connection)

        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    def sftp(channel: Any) -> Any:
        return asyncssh.SFTPServer(channel, chroot=str(served).encode())

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp-server")
    thread.start()

    async def start() -> Any:
        keys = [asyncssh.generate_private_key("ssh-ed25519")]
        return await asyncssh.create_server(Server, "127.0.0.1", 0, server_host_keys=keys, sftp_factory=sftp)

    async def stop(acceptor: Any) -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await asyncio.sleep(0.1)  # their sockets are closed in the loop's next rounds
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    try:
        yield {
            "host": "127.0.0.1",
            "params": {
                "port": acceptor.get_port(),
                "username": USER,
                "password": PASSWORD,
                "allow_agent": False,
                "look_for_keys": False,
            },
            "root_path": "/",
            "known_host_file": str(folder / "known_hosts"),
        }
    finally:
        asyncio.run_coroutine_threadsafe(stop(acceptor), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


@contextmanager
def ftp_server(folder: Path) -> Iterator[dict[str, Any]]:
    """Run a server and yield OPTIONS of django-storages' FTP storage for it."""
    if find_spec("pyftpdlib") is None:
        pytest.skip("no FTP server here: pip install pyftpdlib")
    with warnings.catch_warnings():
        # It runs on asyncore, which Python 3.11 says will go, and brings its own where it is gone.
        warnings.simplefilter("ignore", DeprecationWarning)
        from pyftpdlib.authorizers import DummyAuthorizer
        from pyftpdlib.handlers import FTPHandler
        from pyftpdlib.servers import FTPServer

    served = folder / "served"
    served.mkdir()
    authorizer = DummyAuthorizer()
    authorizer.add_user(USER, PASSWORD.replace(" ", "-"), str(served), perm="elradfmwMT")

    class Handler(FTPHandler):  # type: ignore[misc]  # has no types
        pass

    Handler.authorizer = authorizer
    port = free_port()
    server = FTPServer(("127.0.0.1", port), Handler)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            server.serve_forever(timeout=0.05, blocking=False)

    thread = threading.Thread(target=serve, name="ftp-server")
    thread.start()
    try:
        password = PASSWORD.replace(" ", "-")
        yield {"location": f"ftp://{USER}:{password}@127.0.0.1:{port}/", "encoding": "utf-8"}
    finally:
        for client in _every_ftp_client():
            client.close()
        over.set()
        thread.join(30)
        server.close_all()


def _every_ftp_client() -> list[ftplib.FTP]:
    """Return the clients that exist.

    django-storages drops one that lost its server without closing it. The garbage collector would find it unclosed,
    in the middle of another test.
    """
    return [one for one in gc.get_objects() if isinstance(one, ftplib.FTP)]
