"""Why a request is not a delivery, each with its HTTP status. Pure."""

from __future__ import annotations

from typing import ClassVar

from django_github_app.errors import GitHubAppError

__all__ = [
    "BodyInvalid",
    "BodyTimeout",
    "BodyTooLarge",
    "ContentTypeUnsupported",
    "HeaderInvalid",
    "HeadersTooLarge",
    "LengthRequired",
    "MethodNotAllowed",
    "Rejection",
    "SecretMissing",
    "SignatureInvalid",
    "SignatureMissing",
    "TooManyBytes",
]


class Rejection(GitHubAppError):
    """The request is not a delivery that can be accepted."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "rejected"

    def as_json(self) -> dict[str, str]:
        """Return the body of the answer: one reason, nothing of the request."""
        return {"error": self.code, "reason": str(self)}


class MethodNotAllowed(Rejection):
    """Webhooks are sent with POST."""

    status = 405
    code = "method_not_allowed"


class SecretMissing(Rejection):
    """No webhook secret is configured, so no request can be trusted."""

    status = 403
    code = "secret_missing"


class SignatureMissing(Rejection):
    """The X-Hub-Signature-256 header is missing or is not of the form sha256=<64 hex digits>."""

    status = 401
    code = "signature_missing"


class SignatureInvalid(Rejection):
    """The signature does not match the body with any configured secret."""

    status = 403
    code = "signature_invalid"


class ContentTypeUnsupported(Rejection):
    """The content type must be application/json or application/x-www-form-urlencoded."""

    status = 415
    code = "content_type_unsupported"


class HeaderInvalid(Rejection):
    """A header that every delivery has is missing or malformed."""

    code = "header_invalid"


class BodyInvalid(Rejection):
    """The body is not a JSON object in UTF-8."""

    code = "body_invalid"


class BodyTooLarge(Rejection):
    """The body is larger than GITHUB_APP["MAX_BODY_BYTES"]."""

    status = 413
    code = "body_too_large"


class BodyTimeout(Rejection):
    """The body did not arrive within GITHUB_APP["BODY_TIMEOUT"] seconds."""

    status = 408
    code = "body_timeout"


class TooManyBytes(Rejection):
    """Too many bytes of other deliveries are in flight in this process; send it again."""

    status = 503
    code = "busy"


class LengthRequired(Rejection):
    """This server does not put bodies together that are sent in chunks: send a Content-Length."""

    status = 411
    code = "length_required"


class HeadersTooLarge(Rejection):
    """There are too many headers, or one of them is too long."""

    status = 431
    code = "headers_too_large"
