"""Request headers, body and secrets in; a `Delivery` out, or a `Rejection` that carries its HTTP status. Pure."""

from __future__ import annotations

from .parsing import CGI_NAMES, HEADERS, Delivery, lane_of, parse
from .rejections import (
    BodyInvalid,
    BodyTooLarge,
    ContentTypeUnsupported,
    HeaderInvalid,
    MethodNotAllowed,
    Rejection,
    SecretMissing,
    SignatureInvalid,
    SignatureMissing,
)
from .signature import check_signature, sign
from .summary import Summary, summarize

__all__ = [
    "CGI_NAMES",
    "HEADERS",
    "BodyInvalid",
    "BodyTooLarge",
    "ContentTypeUnsupported",
    "Delivery",
    "HeaderInvalid",
    "MethodNotAllowed",
    "Rejection",
    "SecretMissing",
    "SignatureInvalid",
    "SignatureMissing",
    "Summary",
    "check_signature",
    "lane_of",
    "parse",
    "sign",
    "summarize",
]
