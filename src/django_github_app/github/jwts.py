"""JSON web tokens that authenticate as the app itself."""

from __future__ import annotations

import time

import jwt
from django.core.exceptions import ImproperlyConfigured

from django_github_app.conf import app_settings

from . import clocks

# GitHub refuses a JWT from the future, and clocks drift; it allows ten minutes in all (probot#637).
BACKDATED = 60
LIFETIME = 540
REUSED = 420

_latest: tuple[tuple[str, str], float, str] | None = None


def app_jwt() -> str:
    """Return a JWT for calls as the app: ``await gh.getitem("/app", jwt=app_jwt())``.

    Signing takes a millisecond, so one is used for some minutes. Raises ImproperlyConfigured without a
    PRIVATE_KEY and a CLIENT_ID or APP_ID.
    """
    global _latest
    issuer, key = app_settings.CLIENT_ID or app_settings.APP_ID, app_settings.PRIVATE_KEY
    if not issuer or not key:
        raise ImproperlyConfigured(
            "GITHUB_APP needs a PRIVATE_KEY and a CLIENT_ID (or APP_ID) to authenticate with GitHub; "
            "`manage.py github create-app` makes an app and writes them down."
        )
    # GitHub refuses one of a host whose clock is off, and says in its refusal what the time is.
    now = time.time() + clocks.skew(app_settings.API_URL)
    if _latest is not None and _latest[0] == (issuer, key) and 0 <= now - _latest[1] < REUSED:
        return _latest[2]
    claims = {"iat": int(now) - BACKDATED, "exp": int(now) + LIFETIME, "iss": str(issuer)}
    try:
        encoded = jwt.encode(claims, key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        # The cause is not chained: its message may quote the key.
        raise ImproperlyConfigured(
            'GITHUB_APP["PRIVATE_KEY"] is neither an RSA key in PEM format nor the path of one.'
        ) from None
    _latest = ((issuer, key), now, encoded)
    return encoded


def signed_anew(authorization: str) -> str:
    """Return what replaces a header with the JWT of `app_jwt`, by the clock as it is known now; "" for any other."""
    scheme, _, secret = authorization.partition(" ")
    if _latest is None or scheme.lower() != "bearer" or secret != _latest[2]:
        return ""
    return f"bearer {app_jwt()}"


def problem_of_key(key: str) -> str:
    """Return what is wrong with a private key in PEM format, without quoting it; "" if nothing is."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        loaded = load_pem_private_key(key.encode(), None)
    except TypeError:
        return "is encrypted, and there is no password to set"
    except (ValueError, UnsupportedAlgorithm):
        kind = "a public key" if "PUBLIC KEY" in key else "a certificate" if "CERTIFICATE" in key else ""
        return f"is {kind}, not the private key" if kind else "is damaged"
    return "" if isinstance(loaded, RSAPrivateKey) else "is not an RSA key"
