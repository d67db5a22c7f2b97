"""Request headers, body and secrets in; a `Delivery` out, or a `Rejection` that carries its HTTP status. Pure."""

from __future__ import annotations

from .headers import headers_of_environ, headers_of_scope
from .parsing import CGI_NAMES, HEADERS, Delivery, lane_of, parse
from .rejections import (
    BodyInvalid,
    BodyTimeout,
    BodyTooLarge,
    ContentTypeUnsupported,
    HeaderInvalid,
    HeadersTooLarge,
    LengthRequired,
    MethodNotAllowed,
    Rejection,
    SecretMissing,
    SignatureInvalid,
    SignatureMissing,
    TooManyBytes,
)
from .signature import check_claim, check_signature, sign
from .summary import Summary, summarize

__all__ = [
    "CGI_NAMES",
    "HEADERS",
    "BodyInvalid",
    "BodyTimeout",
    "BodyTooLarge",
    "ContentTypeUnsupported",
    "Delivery",
    "HeaderInvalid",
    "HeadersTooLarge",
    "LengthRequired",
    "MethodNotAllowed",
    "Rejection",
    "SecretMissing",
    "SignatureInvalid",
    "SignatureMissing",
    "Summary",
    "TooManyBytes",
    "check_claim",
    "check_signature",
    "headers_of_environ",
    "headers_of_scope",
    "lane_of",
    "parse",
    "sign",
    "summarize",
]
