"""The SHA-256 signature over the raw body, checked before anything is parsed. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from .rejections import SecretMissing, SignatureInvalid, SignatureMissing

__all__ = ["check_claim", "check_signature", "sign"]


def sign(body: bytes, secret: str | bytes) -> str:
    """Return the X-Hub-Signature-256 header for a body, as GitHub computes it."""
    key = secret.encode() if isinstance(secret, str) else secret
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


def check_claim(headers: Mapping[str, str | None], secrets: Sequence[bytes]) -> bytes:
    """Return the digest that a request claims; raise unless it can be checked at all. Needs no body.

    So a request that bears no signature is refused before a byte of its body is read.
    """
    if not any(secrets):
        raise SecretMissing
    given = headers.get("x-hub-signature-256")
    if not given:
        if headers.get("x-hub-signature"):
            raise SignatureMissing(
                "only a SHA-1 signature was sent; SHA-256 (X-Hub-Signature-256) is required"
            )
        raise SignatureMissing
    match = _SIGNATURE.fullmatch(given.strip())
    if match is None:
        raise SignatureMissing
    return bytes.fromhex(match[1])


def check_signature(
    headers: Mapping[str, str | None],
    body: bytes,
    secrets: Sequence[bytes],
    *,
    claimed: bytes | None = None,
) -> None:
    """Raise unless the body is signed (SHA-256) with one of the secrets; with none, nothing is accepted."""
    if claimed is None:
        claimed = check_claim(headers, secrets)
    # Every secret is tried, so that the time taken does not tell which one nearly matched.
    matches = [hmac.compare_digest(_digest(secret, body), claimed) for secret in secrets if secret]
    if not any(matches):
        raise SignatureInvalid


# Python lets another thread run while it hashes more bytes than this (hashlib's documentation, hash.update).
_HASHED_AT_ONCE: Final = 2047

_WORTH_A_SWITCH: Final = 64 * 1024


@lru_cache(maxsize=8)
def _keyed(secret: bytes) -> hmac.HMAC:
    """Return the HMAC with the key in it, to be copied: to prepare the key costs as much as a small body."""
    return hmac.new(secret, digestmod="sha256")


def _digest(secret: bytes, body: bytes) -> bytes:
    if len(body) > _WORTH_A_SWITCH:
        return hmac.digest(secret, body, "sha256")
    # To give way and come back takes a busy server's thread longer than to hash a body of the usual size.
    digest = _keyed(secret).copy()
    update = digest.update
    for start in range(0, len(body), _HASHED_AT_ONCE):
        update(body[start : start + _HASHED_AT_ONCE])
    return digest.digest()
