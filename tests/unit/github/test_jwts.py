"""JSON web tokens of the app: whose, for how long, and without quoting the key when it is wrong."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.core.exceptions import ImproperlyConfigured

from django_github_app.github import clocks, jwts
from django_github_app.testing.fake_github_auth import rsa_keys

PRIVATE, PUBLIC = rsa_keys()[:2]


@pytest.fixture(autouse=True)
def _app(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GITHUB_APP = {"APP_ID": "1", "CLIENT_ID": "Iv1.x", "PRIVATE_KEY": PRIVATE}
    monkeypatch.setattr(jwts, "_latest", None)
    monkeypatch.setattr(clocks, "skew", lambda base_url: 0.0)


def claims(token: str) -> dict[str, Any]:
    options: Any = {"verify_exp": False, "verify_iat": False}
    key = load_pem_private_key(PRIVATE.encode(), None).public_key()
    return dict(jwt.decode(token, key, algorithms=["RS256"], options=options))


def test_it_is_of_the_client_id_backdated_and_short() -> None:
    now = int(time.time())
    found = claims(jwts.app_jwt())
    assert found["iss"] == "Iv1.x"
    assert found["iat"] in (now - 60, now - 59)
    assert found["exp"] - found["iat"] == 600


def test_without_a_client_id_it_is_of_the_app_id(settings: Any) -> None:
    settings.GITHUB_APP = {"APP_ID": "1", "PRIVATE_KEY": PRIVATE}
    assert claims(jwts.app_jwt())["iss"] == "1"


def test_its_times_are_githubs_where_this_hosts_clock_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "skew", lambda base_url: 3600.0)
    assert claims(jwts.app_jwt())["iat"] > time.time() + 3500


def test_one_is_used_for_minutes_and_not_after_them_nor_for_another_app(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    first = jwts.app_jwt()
    now += jwts.REUSED - 1
    assert jwts.app_jwt() == first
    now += 2
    later = jwts.app_jwt()
    assert later != first
    settings.GITHUB_APP = {**settings.GITHUB_APP, "CLIENT_ID": "Iv1.y"}
    assert jwts.app_jwt() != later


@pytest.mark.parametrize("missing", ["PRIVATE_KEY", "CLIENT_ID"])
def test_what_is_missing_is_said_with_the_way_to_get_it(settings: Any, missing: str) -> None:
    settings.GITHUB_APP = {name: "x" for name in ("PRIVATE_KEY", "CLIENT_ID") if name != missing}
    with pytest.raises(ImproperlyConfigured, match="github create-app"):
        jwts.app_jwt()


def test_a_key_that_cannot_be_used_is_not_quoted(settings: Any) -> None:
    settings.GITHUB_APP = {"CLIENT_ID": "Iv1.x", "PRIVATE_KEY": "-----BEGIN hunter2"}
    with pytest.raises(ImproperlyConfigured) as caught:
        jwts.app_jwt()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_is_wrong_with_a_key_is_said() -> None:
    key = load_pem_private_key(PRIVATE.encode(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    other = generate_private_key(SECP256R1())
    curve = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    assert jwts.problem_of_key(PRIVATE) == ""
    assert jwts.problem_of_key(locked) == "is encrypted, and there is no password to set"
    assert jwts.problem_of_key(curve) == "is not an RSA key"
    assert jwts.problem_of_key("-----BEGIN PUBLIC KEY-----") == "is a public key, not the private key"
    assert jwts.problem_of_key("-----BEGIN CERTIFICATE-----") == "is a certificate, not the private key"
    assert jwts.problem_of_key(PRIVATE[:200]) == "is damaged"
