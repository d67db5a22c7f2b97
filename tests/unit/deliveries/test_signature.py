"""The digest of a body, computed step by step, is HMAC's."""

from __future__ import annotations

import hmac

import pytest

from django_github_app.deliveries import check_signature, sign
from django_github_app.deliveries.rejections import SignatureInvalid
from django_github_app.deliveries.signature import _digest


@pytest.mark.parametrize("size", [0, 1, 2046, 2047, 2048, 6000, 64 * 1024, 64 * 1024 + 1])
@pytest.mark.parametrize("key", [1, 20, 63, 64, 65, 200])
def test_the_digest_of_every_size_of_body_and_secret_is_the_one_of_hmac(size: int, key: int) -> None:
    secret, body = bytes(range(256))[-key:], bytes(range(251)) * (size // 251 + 1)
    for _ in range(2):  # the second time with what was kept of the first
        assert _digest(secret, body[:size]) == hmac.digest(secret, body[:size], "sha256")


def test_a_secret_that_was_used_before_does_not_open_a_body_signed_with_another() -> None:
    headers = {"x-hub-signature-256": sign(b"{}", "one")}
    check_signature(headers, b"{}", [b"one"])
    for secret in (b"two", b"one\1"):
        with pytest.raises(SignatureInvalid):
            check_signature(headers, b"{}", [secret])
