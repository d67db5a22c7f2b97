"""Settings as people write them, and what is read from that."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.test import override_settings

from django_github_app.conf import app_settings
from django_github_app.github.jwts import problem_of_key
from django_github_app.testing.fake_github_auth import rsa_keys

KEY = load_pem_private_key(rsa_keys()[0].encode(), None)
FORMATS = {
    "PKCS #1": KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode(),
    "PKCS #8": KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
}
PASTED: dict[str, Any] = {
    "as it is": lambda pem: pem,
    "bytes": lambda pem: pem.encode(),
    "in quotes": lambda pem: f'"{pem}"',
    "escaped": lambda pem: pem.replace("\n", "\\n"),
    "escaped with carriage returns, in quotes": lambda pem: "'" + pem.replace("\n", "\\r\\n") + "'",
    "from Windows": lambda pem: pem.replace("\n", "\r\n"),
    "on one line": lambda pem: pem.replace("\n", " "),
    "indented": lambda pem: "\n".join(f"    {line}" for line in pem.splitlines()),
    "with a byte order mark": lambda pem: b"\xef\xbb\xbf" + pem.encode(),
    "in base64": lambda pem: base64.b64encode(pem.encode()).decode(),
    "in wrapped base64": lambda pem: base64.encodebytes(pem.encode()).decode(),
    "without armour": lambda pem: "".join(pem.splitlines()[1:-1]),
    "without armour, in lines": lambda pem: "\n".join(pem.splitlines()[1:-1]),
    "as DER": lambda pem: base64.b64decode("".join(pem.splitlines()[1:-1])),
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("how", PASTED)
def test_a_private_key_is_read_however_it_was_pasted(how: str, kind: str) -> None:
    with override_settings(GITHUB_APP={"PRIVATE_KEY": PASTED[how](FORMATS[kind])}):
        assert FORMATS[kind] == app_settings.PRIVATE_KEY
    assert problem_of_key(FORMATS[kind]) == ""


@pytest.mark.parametrize("how", ["as it is", "from Windows", "in base64", "as DER"])
def test_a_private_key_may_be_the_path_of_any_such_file(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    content = PASTED[how](FORMATS["PKCS #1"])
    (tmp_path / "app.pem").write_bytes(content if isinstance(content, bytes) else content.encode())
    for path in (tmp_path / "app.pem", str(tmp_path / "app.pem"), "~/app.pem", '"~/app.pem"\n'):
        with override_settings(GITHUB_APP={"PRIVATE_KEY": path}):
            assert FORMATS["PKCS #1"] == app_settings.PRIVATE_KEY


def test_a_key_that_is_replaced_in_its_file_counts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "app.pem"
    with override_settings(GITHUB_APP={"PRIVATE_KEY": path}):
        for pem in FORMATS.values():
            path.write_text(pem)
            assert pem == app_settings.PRIVATE_KEY


@pytest.mark.parametrize("junk", ["/no/such.pem", "a\0b", "~nobody-here/key", "x" * 5000, "~", "not a key"])
def test_what_is_no_key_stays_as_it_is(junk: str) -> None:
    with override_settings(GITHUB_APP={"PRIVATE_KEY": junk}):
        assert junk == app_settings.PRIVATE_KEY


@pytest.mark.parametrize(
    ("pem", "problem"),
    [
        (
            "-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----",
            "is a public key, not the private key",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
            "is a certificate, not the private key",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nMA==\n-----END RSA PRIVATE KEY-----", "is damaged"),
        (FORMATS["PKCS #1"][:200], "is damaged"),
    ],
)
def test_a_key_that_cannot_sign_is_told_apart(pem: str, problem: str) -> None:
    assert problem_of_key(pem) == problem


def test_line_ends_around_a_secret_are_not_part_of_it_and_blanks_in_it_are() -> None:
    with override_settings(GITHUB_APP={"WEBHOOK_SECRET": ["one two\n", b"\r\nthree", "\n", None]}):
        assert app_settings.webhook_secrets == (b"one two", b"three")


def test_none_is_not_set_unless_it_says_something() -> None:
    nothing = dict.fromkeys(("NAME", "API_URL", "BATCH_SIZE", "WEBHOOK_SECRET", "COMMAND_REACTIONS"))
    with override_settings(GITHUB_APP=nothing):
        assert app_settings.NAME == app_settings.SLUG == ""
        assert app_settings.API_URL == "https://api.github.com"
        assert app_settings.BATCH_SIZE == 100
        assert app_settings.webhook_secrets == ()
        assert app_settings.COMMAND_REACTIONS is None


@pytest.mark.parametrize(
    ("url", "given", "asked"),
    [
        ("https://api.github.com", "", "2026-03-10"),
        ("https://api.octo.ghe.com", "", "2026-03-10"),
        ("https://github.example.com/api/v3", "", "2022-11-28"),
        ("https://github.example.com/api/v3/", "2026-03-10", "2026-03-10"),
        ("https://api.github.com", "2022-11-28", "2022-11-28"),
    ],
)
def test_an_enterprise_server_is_asked_for_a_version_that_it_knows(
    settings: Any, url: str, given: str, asked: str
) -> None:
    settings.GITHUB_APP = {"API_URL": url, "API_VERSION": given}
    assert app_settings.api_version == asked
