"""Manifests are signed: whoever can write to the store cannot say what an archive holds.

The key is derived from Django's SECRET_KEY for this purpose alone. A manifest that SECRET_KEY_FALLBACKS signed is
believed too, and signed anew when its archive is verified.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

import msgspec
from django.conf import settings
from django.utils.crypto import salted_hmac

from .records import Manifest

__all__ = ["is_signed", "is_signed_with_current_key", "signed"]

_SALT = "django_github_app.retention.manifest"


def signed(manifest: Manifest) -> Manifest:
    """Return the manifest with the signature of the current key."""
    return msgspec.structs.replace(manifest, signature=_signature(manifest, settings.SECRET_KEY))


def is_signed(manifest: Manifest) -> bool:
    """Return whether one of the site's keys, of now or before, has signed the manifest."""
    return _is_signed_by(manifest, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])


def is_signed_with_current_key(manifest: Manifest) -> bool:
    """Return whether the manifest would be signed in the same way today."""
    return _is_signed_by(manifest, [settings.SECRET_KEY])


def _is_signed_by(manifest: Manifest, keys: Sequence[str]) -> bool:
    given = manifest.signature.encode()
    return any(hmac.compare_digest(_signature(manifest, key).encode(), given) for key in keys)


def _signature(manifest: Manifest, key: str) -> str:
    text = msgspec.json.encode(manifest.unsigned())
    return salted_hmac(_SALT, text, secret=key, algorithm="sha256").hexdigest()
