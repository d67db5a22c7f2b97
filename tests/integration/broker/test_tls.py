"""``rediss://`` with a certificate that its server signed itself, for the broker and for the cache."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from deploy.local_servers import free_port
from django_github_app.testing.fake_github_auth import rsa_keys
from tests.support.brokers import programs
from tests.support.site import ROOT

PASSWORD = "tls-password"
USE = """
import django
django.setup()
from celery import current_app
from django.core.cache import cache
from django_github_app.broker import publisher
from django_github_app.github import cache as shared
cache.set("a", 1)
shared.backend().set("b", 2)
publisher.publish([("async", 7)])
with current_app.connection_for_read() as connection:
    message = connection.SimpleQueue("github.async").get(timeout=5)
    message.ack()
print(cache.get("a"), shared.backend().get("b"), message.payload[0])
"""
NOTES = """
import asyncio
import django
django.setup()
from django.core.cache import caches
from worker import notes
client = caches.create_connection("default")._cache.get_client()  # none that the loop would inherit
def opened():
    return client.info("stats")["total_connections_received"]
async def main():
    for _ in range(10):
        await asyncio.gather(*[asyncio.create_task(notes.anote("push", "o/r", str(n))) for n in range(20)])
before = opened()
asyncio.run(main())
print(opened() - before, notes.last_note("push"))
"""


def certificate(folder: Path) -> Path:
    key = load_pem_private_key(rsa_keys()[0].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "self-signed")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_text(rsa_keys()[0])
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return folder / "cert.pem"


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """URL and certificate of a server that speaks TLS only."""
    folder = tmp_path_factory.mktemp("tls")
    cert = certificate(folder)
    for program in programs():
        port = free_port()
        options = [
            *("--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD),
            *("--tls-cert-file", str(cert), "--tls-key-file", str(folder / "key.pem")),
            *("--tls-ca-cert-file", str(cert), "--tls-auth-clients", "no", "--save", ""),
        ]
        process = subprocess.Popen([program, *options], cwd=folder, stdout=subprocess.DEVNULL)
        url = f"rediss://:{PASSWORD}@127.0.0.1:{port}/0"
        try:
            if _answers(process, url, cert):
                yield url, cert
                return
        finally:
            process.kill()
            process.wait()
    pytest.skip("no redis-server or valkey-server with TLS here: install Debian's redis-server")


def _answers(process: subprocess.Popen[bytes], url: str, cert: Path) -> bool:
    for _ in range(100):
        if process.poll() is not None:
            return False  # built without TLS
        try:
            with redis.Redis.from_url(url, ssl_ca_certs=str(cert)) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            time.sleep(0.05)
    return False


def use(url: str, program: str = USE, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "DATABASE_URL": "sqlite://:memory:",
            "SECRET_KEY": "tls",
            "REDIS_URL": url,
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("how", ["on Heroku", "unverified", "with its certificate"])
def test_broker_and_cache_work_over_tls_with_a_self_signed_certificate(
    tls_server: tuple[str, Path], how: str
) -> None:
    url, cert = tls_server
    environment = {
        "on Heroku": {"DYNO": "web.1"},
        "unverified": {"REDIS_TLS_VERIFY": "0"},
        "with its certificate": {"REDIS_CA_FILE": str(cert)},
    }[how]
    done = use(url, **environment)
    assert done.stdout.strip() == "1 2 [[7], 'async']", done.stderr[-2000:]


def test_a_certificate_that_nobody_knows_is_refused_by_default(tls_server: tuple[str, Path]) -> None:
    done = use(tls_server[0])
    assert done.returncode != 0
    assert "CERTIFICATE_VERIFY_FAILED" in done.stderr


def test_notes_of_many_events_share_a_few_connections(tls_server: tuple[str, Path]) -> None:
    """A handshake for each event is what made the async worker slow over TLS."""
    done = use(tls_server[0], NOTES, REDIS_TLS_VERIFY="0")
    opened, last = done.stdout.split()[-2:]
    assert int(last) < 20, done.stderr[-2000:]
    assert int(opened) <= 10, f"200 events opened {opened} connections"
