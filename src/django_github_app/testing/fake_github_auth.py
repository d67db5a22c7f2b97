"""Who makes a request of the fake GitHub, and what they may do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .fake_github_server import Actor, ApiError

if TYPE_CHECKING:
    from .fake_github import FakeGitHub
    from .fake_github_server import RecordedRequest


@cache
def rsa_keys() -> tuple[str, str]:
    """Return a private and a public key, made once per process: making one takes a tenth of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def actor_of(fake: FakeGitHub, request: RecordedRequest) -> Actor:
    """Return who the ``Authorization`` header says it is, or raise 401."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return Actor("anonymous")
    request.token = credentials
    if scheme.lower() == "bearer" and credentials.count(".") == 2 and not credentials.startswith("gh"):
        return _app(fake, credentials)
    token = fake.tokens.get(credentials)
    if token is None or token.revoked or token.expires_at <= fake.now():
        raise ApiError(401, "Bad credentials")
    if token.installation is not None:
        request.installation_id = token.installation.id
        if token.installation.suspended_at is not None:
            raise ApiError(403, "This installation has been suspended")
        return Actor("installation", token.login, token, token.installation)
    return Actor("user", token.login, token)


def _app(fake: FakeGitHub, encoded: str) -> Actor:
    try:
        claims = jwt.decode(
            encoded,
            fake.public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "require": ["iat", "exp", "iss"]},
        )
    except jwt.PyJWTError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    now = fake.now()
    if claims["iss"] not in (str(fake.app_id), fake.client_id):
        raise ApiError(401, "Integration not found")
    if claims["iat"] > now:
        message = (
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )
        raise ApiError(401, message)
    if claims["exp"] <= now:
        raise ApiError(401, "'Expiration time' claim ('exp') must be a numeric value in the future")
    if claims["exp"] - now > 600:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    return Actor("app", f"{fake.slug}[bot]")


def check_access(fake: FakeGitHub, actor: Actor, method: str, auth: str, params: dict[str, str]) -> None:
    """Raise 401, 403 or 404 unless the actor may use the endpoint and the repository it names."""
    if auth == "jwt" and actor.kind != "app":
        raise ApiError(401, "A JSON web token could not be decoded")
    if auth == "installation" and actor.kind != "installation":
        raise ApiError(403, "Resource not accessible by this credential")
    if "repo" not in params or auth == "jwt":
        return
    repo = fake.repos.get(f"{params['owner']}/{params['repo']}".lower())
    if repo is None:
        raise ApiError(404, "Not Found")
    if actor.kind == "app":
        raise ApiError(403, "Resource not accessible by integration")
    if not actor.may_see(repo):
        raise ApiError(404, "Not Found")
    granted = set(actor.token.permissions.values()) if actor.token is not None else set()
    if method != "GET" and granted == {"read"}:
        raise ApiError(403, "Resource not accessible by integration")
