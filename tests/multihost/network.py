"""Hosts with a network between them: Linux network namespaces on a bridge, else processes behind proxies.

A host of `Namespaces` has an address, a name (``hostname``) and process ids of its own, as a container or a machine
has; what it sends and hears can be dropped, all of it or some. Nothing but iproute2 is needed for that: the dropping
is done by ``tc``, with programs of four instructions, since many kernels come without netem.

Where namespaces are not allowed, `Proxies` has every host on the loopback and a proxy for each way between two, which
can be made a black hole; packets do not get lost there.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.proxy import Proxy

Direction = str
"""``from`` or ``to`` the host."""
BOTH = ("from", "to")
_PASS, _DROP = "6 0 0 0", "6 0 0 2"  # return TC_ACT_OK, TC_ACT_SHOT
_RANDOM = "32 0 0 4294963256"  # a random word: SKF_AD_OFF + SKF_AD_RANDOM


@dataclass(frozen=True)
class Host:
    """A machine of the network."""

    name: str
    address: str
    prefix: tuple[str, ...] = ()
    """What a program is started with so that it runs there."""

    def command(self, program: Sequence[str]) -> list[str]:
        return [*self.prefix, *program]


class Network:
    """What both kinds of network do. ``outside`` is where GitHub is."""

    kind = ""
    outside = "127.0.0.1"

    def __init__(self, names: Iterable[str]) -> None:
        self.hosts: dict[str, Host] = {}
        self.left_out: list[str] = []

    def way(self, start: str, end: str, port: int) -> tuple[str, int]:
        """Return address and port by which ``start`` (a host, or "" for the outside) reaches a port of ``end``."""
        raise NotImplementedError

    def cut(self, name: str, directions: Sequence[Direction] = BOTH) -> None:
        """Drop whatever a host sends, or hears, until `mend`; nobody is told."""
        raise NotImplementedError

    def lose(self, share: float) -> None:
        """Drop this share of what every host sends, until `mend`."""
        raise NotImplementedError

    def mend(self) -> None:
        """Let everything pass."""
        raise NotImplementedError

    def close(self) -> None:
        """Leave nothing behind."""


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    if check and done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done


def missing() -> str:
    """Return why this machine has no namespaces for us; "" if it has."""
    for program, package in (("ip", "iproute2"), ("tc", "iproute2"), ("unshare", "util-linux")):
        if shutil.which(program) is None:
            return f"{program} is missing: apt install {package}"
    if os.geteuid():
        return "only root may make network namespaces"
    name = f"mh{os.getpid()}-try"
    try:
        run("ip", "netns", "add", name)
        try:
            run("ip", "-n", name, "link", "add", "try0", "type", "veth", "peer", "name", "try1")
            run("ip", "-n", name, "link", "add", "try2", "type", "bridge")
        finally:
            run("ip", "netns", "del", name, check=False)
    except OSError as error:
        return f"namespaces are not allowed here ({error})"
    return ""


class Namespaces(Network):
    """A namespace for each host, all on one bridge."""

    kind = "network namespaces"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names)
        _sweep_up()
        number = os.getpid() % 100_000
        self._prefix, self._bridge = f"mh{number}", f"mh{number}br"
        self._net = f"10.{64 + number // 250 % 128}.{number % 250}"
        self.outside = f"{self._net}.1"
        try:
            run("ip", "link", "add", self._bridge, "type", "bridge")
            run("ip", "address", "add", f"{self.outside}/24", "dev", self._bridge)
            run("ip", "link", "set", self._bridge, "up")
            for last, name in enumerate(names, 10):
                self._add(name, f"{self._net}.{last}")
            self._try_to_lose()
        except BaseException:
            self.close()
            raise

    def _add(self, name: str, address: str) -> None:
        space, link = f"{self._prefix}-{name}", self._link(name)
        run("ip", "netns", "add", space)
        prefix = (
            *("ip", "netns", "exec", space),
            *("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"),
            *("sh", "-c", 'hostname "$0" && exec "$@"', name),
        )
        self.hosts[name] = Host(name, address, prefix)
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", link, "master", self._bridge, "up")
        run("ip", "-n", space, "address", "add", f"{address}/24", "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("tc", "qdisc", "add", "dev", link, "clsact")

    def _link(self, name: str) -> str:
        return f"{self._prefix}{name}"[:15]

    def _try_to_lose(self) -> None:
        try:
            self.lose(0.01)
            self.mend()
        except OSError as error:
            self.left_out.append(f"packet loss ({error})")

    def way(self, start: str, end: str, port: int) -> tuple[str, int]:
        return self.hosts[end].address, port

    def cut(self, name: str, directions: Sequence[Direction] = BOTH) -> None:
        for direction in directions:
            self._filter(name, direction, 1, (_DROP,))

    def lose(self, share: float) -> None:
        program = (_RANDOM, f"37 0 1 {int((1 - share) * 2**32) - 1}", _DROP, _PASS)
        # Greater than the bound: the next instruction, which drops; else one is jumped over.
        for name in self.hosts:
            self._filter(name, "from", 2, program)

    def _filter(self, name: str, direction: Direction, preference: int, program: Sequence[str]) -> None:
        # What a host sends comes into the bridge's end of its cable.
        side = "ingress" if direction == "from" else "egress"
        run(
            *("tc", "filter", "replace", "dev", self._link(name), side, "pref", str(preference)),
            *("protocol", "all", "handle", "1", "bpf", "direct-action"),
            *("bytecode", ",".join([str(len(program)), *program])),
        )

    def mend(self) -> None:
        for name in self.hosts:
            for side in ("ingress", "egress"):
                run("tc", "filter", "del", "dev", self._link(name), side, check=False)

    def close(self) -> None:
        for name in self.hosts:
            run("ip", "netns", "del", f"{self._prefix}-{name}", check=False)
            run("ip", "link", "del", self._link(name), check=False)
        run("ip", "link", "del", self._bridge, check=False)


def _sweep_up() -> None:
    """Remove what a killed run of ours left."""
    for name in run("ip", "netns", "list", check=False).stdout.split():
        owner = re.fullmatch(r"mh(\d+)-\w+", name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            run("ip", "netns", "del", name, check=False)
            run("ip", "link", "del", f"mh{owner[1]}br", check=False)


class Proxies(Network):
    """Hosts that share this machine's loopback; a proxy stands in each way between two."""

    kind = "plain processes on loopback addresses"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names)
        for last, name in enumerate(names, 10):
            self.hosts[name] = Host(name, f"127.77.{os.getpid() % 250}.{last}")
        self._ways: dict[tuple[str, str, int], Proxy] = {}
        self.left_out = ["packet loss, names and process ids of a host's own (no namespaces)"]

    def way(self, start: str, end: str, port: int) -> tuple[str, int]:
        key = (start, end, port)
        if key not in self._ways:
            self._ways[key] = Proxy(self.hosts[end].address, str(port))
        return "127.0.0.1", self._ways[key].port

    def cut(self, name: str, directions: Sequence[Direction] = BOTH) -> None:
        for (start, end, _), proxy in self._ways.items():
            if name in (start, end):
                proxy.behave("hole")

    def lose(self, share: float) -> None:
        """Do nothing: what one process of a machine writes to another is not lost."""

    def mend(self) -> None:
        for proxy in self._ways.values():
            proxy.behave("pass")

    def close(self) -> None:
        for proxy in self._ways.values():
            proxy.close()


def network(names: Sequence[str], *, namespaces: bool | None = None) -> Network:
    """Return a network of hosts with these names: namespaces where they are allowed, unless it is told otherwise."""
    if namespaces is False:
        return Proxies(names)
    reason = missing()
    if not reason:
        return Namespaces(names)
    if namespaces:
        raise OSError(reason)
    made = Proxies(names)
    made.left_out.insert(0, reason)
    return made


def wait_for(reachable: tuple[str, int], timeout: float = 30) -> None:
    """Wait until something accepts connections there."""
    import socket

    deadline = time.monotonic() + timeout
    while True:
        with contextlib.suppress(OSError), socket.create_connection(reachable, timeout=1):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answers at {reachable}")
        time.sleep(0.05)
