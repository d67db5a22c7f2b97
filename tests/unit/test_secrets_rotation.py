"""What docs/runbooks.md promises for a change of each secret."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from django_github_app.deliveries.rejections import SignatureInvalid
from django_github_app.deliveries.signature import check_signature, sign
from django_github_app.github.tokens import seal, unseal
from django_github_app.retention.records import Manifest
from django_github_app.retention.signing import is_signed, is_signed_with_current_key, signed

TOKEN = {"token": "ghs_x", "expires": 1.0, "issued": 0.0}


@pytest.fixture
def keys(settings: Any) -> Any:
    """Settings of a site before any rotation."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    settings.GITHUB_APP = {**settings.GITHUB_APP, "PRIVATE_KEY": "first"}
    return settings


def a_manifest() -> Manifest:
    return Manifest(
        path="a.jsonl.zst",
        day=dt.date(2026, 1, 2),
        first_id=1,
        last_id=9,
        count=9,
        size=100,
        text_size=900,
        sha256="0" * 64,
    )


def test_while_the_webhook_secret_is_rotated_both_are_believed_and_afterwards_one() -> None:
    body = b'{"zen": "Speak like a human."}'
    for secret in ("old", "new"):
        check_signature({"x-hub-signature-256": sign(body, secret)}, body, [b"new", b"old"])
    with pytest.raises(SignatureInvalid):
        check_signature({"x-hub-signature-256": sign(body, "old")}, body, [b"new"])


def test_cached_tokens_are_read_through_a_rotation_of_secret_key(keys: Any) -> None:
    sealed = seal("installation:7", TOKEN)
    keys.SECRET_KEY = "new"
    assert unseal("installation:7", sealed) == TOKEN


def test_without_a_private_key_too_as_long_as_the_old_key_is_a_fallback(keys: Any) -> None:
    keys.GITHUB_APP = {**keys.GITHUB_APP, "PRIVATE_KEY": ""}
    sealed = seal("installation:7", TOKEN)
    keys.SECRET_KEY, keys.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert unseal("installation:7", sealed) == TOKEN
    assert unseal("installation:8", sealed) is None
    fresh = seal("installation:7", TOKEN)
    keys.SECRET_KEY_FALLBACKS = []
    assert unseal("installation:7", sealed) is None
    assert unseal("installation:7", fresh) == TOKEN


def test_another_private_key_reads_no_token_of_the_one_before_and_nothing_breaks(keys: Any) -> None:
    sealed = seal("installation:7", TOKEN)
    keys.GITHUB_APP = {**keys.GITHUB_APP, "PRIVATE_KEY": "second"}
    assert unseal("installation:7", sealed) is None


def test_manifests_stay_believed_while_the_old_key_is_a_fallback(keys: Any) -> None:
    manifest = signed(a_manifest())
    keys.SECRET_KEY, keys.SECRET_KEY_FALLBACKS = "new", ["old"]
    assert (is_signed(manifest), is_signed_with_current_key(manifest)) == (True, False)
    renewed = signed(manifest)
    keys.SECRET_KEY_FALLBACKS = []
    assert (is_signed(manifest), is_signed(renewed)) == (False, True)
