"""A short form of `make multihost`: the network by itself, and a small site of which each host is cut off once."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from .network import Host, Namespaces, Network, Proxies, missing
from .run import Size, run

SMALL = {
    "web1": ("web",),
    "work1": ("worker_async",),
    "work2": ("worker_async", "beat"),
    "db": (),
    "broker": (),
}
ECHO = """
import socket, sys, threading
def echo(connection):
    while data := connection.recv(1000):
        connection.sendall(data)
server = socket.create_server((sys.argv[1], 7000))
print("up", flush=True)
while True:
    threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()
"""
COUNT = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(2000):
    sender.sendto(b"x", (sys.argv[1], int(sys.argv[2])))
"""


def namespaces() -> None:
    if reason := missing():
        pytest.skip(f"no network namespaces: {reason}")


@pytest.fixture(params=[Namespaces, Proxies])
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    if request.param is Namespaces:
        namespaces()
    made: Network = request.param(["one", "two"])
    yield made
    made.close()


@contextlib.contextmanager
def started(host: Host, program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = host.command([sys.executable, "-c", program, *arguments])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(connection: socket.socket, text: bytes) -> bool:
    """Return whether what is sent comes back."""
    connection.settimeout(0.4)
    connection.sendall(text)
    with contextlib.suppress(TimeoutError):
        return connection.recv(100).endswith(text)
    return False


def is_heard_anew(way: tuple[str, int]) -> bool:
    with socket.create_connection(way, timeout=5) as connection:
        return heard(connection, b"after")


def test_a_host_that_is_cut_off_hears_nothing_and_nobody_is_told(network: Network) -> None:
    with started(network.hosts["one"], ECHO, network.hosts["one"].address) as echo:
        assert echo.stdout is not None
        assert echo.stdout.readline() == "up\n"
        way = network.way("", "one", 7000)
        with socket.create_connection(way, timeout=5) as connection:
            assert heard(connection, b"before")
            network.cut("two")
            assert heard(connection, b"the other one")
            network.cut("one")
            # A proxy is told, and does so in a moment.
            assert not all(heard(connection, b"meanwhile") for _ in range(3))
        network.mend()
        assert any(is_heard_anew(way) for _ in range(5))


def test_hosts_have_names_process_ids_and_addresses_of_their_own() -> None:
    namespaces()
    network = Namespaces(["one", "two"])
    try:
        said = {}
        for name, host in network.hosts.items():
            asked = f"echo $(hostname) $$ $(ip -4 -o address show eth0 | grep -c {host.address})"
            done = subprocess.run(
                host.command(["sh", "-c", asked]), capture_output=True, text=True, check=True
            )
            said[name] = done.stdout.split()
        assert said == {"one": ["one", "1", "1"], "two": ["two", "1", "1"]}
    finally:
        network.close()
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert f"{network.hosts['one'].prefix[3]}" not in left


def test_the_share_of_packets_that_is_to_be_lost_is_lost() -> None:
    namespaces()
    network = Namespaces(["one"])
    try:
        if network.left_out:
            pytest.skip("; ".join(network.left_out))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind((network.outside, 0))
            receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            receiver.settimeout(0.5)
            network.lose(0.25)
            command = [sys.executable, "-c", COUNT, network.outside, str(receiver.getsockname()[1])]
            subprocess.run(network.hosts["one"].command(command), check=True)
            came = 0
            with contextlib.suppress(TimeoutError):
                while receiver.recv(10):
                    came += 1
        assert 1350 < came < 1650
    finally:
        network.close()


@pytest.mark.skipif(os.environ.get("HOSTS") != "all", reason="a whole site: HOSTS=all, or `make multihost`")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_while_each_host_is_cut_off_in_turn() -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"SEED={seed}")
    began = time.monotonic()
    report = run(
        Size(seed, seconds=2.0, rest=1.0, rate=8, hosts=SMALL, cut=["work1", "db", "broker"], loss=(0.05,))
    )
    print(report, f"{time.monotonic() - began:.0f} s", sep="\n")
    assert report.kept, str(report)
