"""Azure's and Google's storages, played by servers that run here, each as a process of its own.

Azurite and s3rver are npm's: ``make stores`` puts them into ``.local/npm``. The Google one is gcp-storage-emulator.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from deploy.local_servers import free_port
from tests.support.site import ROOT

CONTAINER = "archives-of-tests"
# Azurite's well-known account: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
ACCOUNT, KEY = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
)


def npm_program(name: str) -> Path:
    """Return the path of a program of npm's, and skip the test where it is missing."""
    found = ROOT / ".local/npm/node_modules/.bin" / name
    if not found.exists():
        pytest.skip(f"no {name} here: make stores")
    return found


@contextmanager
def served(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a program until the block is left; begin when its port answers."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while not _answers(port):
                assert process.poll() is None, (
                    f"{command[0]} ended: {(folder / 'server.log').read_text()[-2000:]}"
                )
                assert time.monotonic() < deadline, f"{command[0]} does not answer"
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


@contextmanager
def azure(folder: Path) -> Iterator[dict[str, Any]]:
    """Run Azurite and yield OPTIONS of django-storages' Azure storage for it."""
    blob = pytest.importorskip("azure.storage.blob", reason="no Azure client here: make stores")
    port = free_port()
    program = str(npm_program("azurite-blob"))
    options = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
    with served([program, "--blobPort", str(port), *options], folder, port):
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
        address = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={url};"
        with blob.BlobServiceClient.from_connection_string(address) as client:
            client.create_container(CONTAINER)
        yield {"connection_string": address, "azure_container": CONTAINER}


@contextmanager
def google(folder: Path) -> Iterator[dict[str, Any]]:
    """Run gcp-storage-emulator and yield OPTIONS of django-storages' Google Cloud storage for it."""
    for package in ("gcp_storage_emulator", "google.cloud.storage"):
        try:
            missing = find_spec(package) is None
        except ModuleNotFoundError:
            missing = True
        if missing:
            pytest.skip(f"no {package} here: make stores")
    # Not by an import statement: mypy looks for the package's types, and it is here only after `make stores`.
    credentials = import_module("google.auth.credentials").AnonymousCredentials()

    port = free_port()
    command = [str(Path(sys.executable).parent / "gcp-storage-emulator")]
    if not Path(command[0]).exists():
        command = [sys.executable, "-m", "gcp_storage_emulator"]
    command += ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
    # The client library finds an emulator by the environment only.
    environment = {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}"}
    with (
        served([*command, "--default-bucket", CONTAINER], folder, port),
        mock.patch.dict(os.environ, environment),
    ):
        yield {
            "bucket_name": CONTAINER,
            "project_id": "tests",
            "credentials": credentials,
            "file_overwrite": False,
        }
