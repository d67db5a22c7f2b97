"""S3 servers out of wheels, as processes of their own, spoken to over HTTP."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local_servers import free_port
from tests.support import swift_server
from tests.support.cloud_servers import npm_program

BUCKET = "archives-of-tests"
# They catch different mistakes: moto refuses parts that are too small, ministack wrong checksums.
SERVERS = {
    "moto": ("moto", "moto_server"),
    "ministack": ("ministack", "ministack"),
    "s3rver": ("", "s3rver"),
    "swift": ("swift", ""),
}
CREDENTIALS = {"s3rver": {"access_key": "S3RVER", "secret_key": "S3RVER"}, "swift": swift_server.CREDENTIALS}


@contextmanager
def s3_server(name: str, directory: Path) -> Iterator[str]:
    """Start a server and yield its URL; skip the test where it is not installed."""
    package, program = SERVERS[name]
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"no {name} here: make stores")
    port = free_port()
    command = [str(Path(sys.executable).parent / program if package else npm_program(program))]
    environment = {**os.environ, "GATEWAY_PORT": str(port), "SERVICES": "s3", "HOME": str(directory)}
    if name == "moto":
        command += ["-H", "127.0.0.1", "-p", str(port)]
    elif name == "s3rver":
        command += ["-d", str(directory), "-a", "127.0.0.1", "-p", str(port)]
    elif name == "swift":
        command = [sys.executable, "-W", "ignore", swift_server.__file__, str(directory), str(port)]
    with (directory / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=directory)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the S3 server ended: see its log"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no S3 server answered at {url}")


def storage_options(url: str, **options: Any) -> dict[str, Any]:
    """Return OPTIONS of django-storages' S3 storage for a test server."""
    return {
        "bucket_name": BUCKET,
        "access_key": "test",
        "secret_key": "test",
        "region_name": "us-east-1",
        "endpoint_url": url,
        "addressing_style": "path",
        **options,
    }
