"""Why a request is refused: each reason has its status and its code."""

from __future__ import annotations

import inspect

from django_github_app.deliveries import rejections
from django_github_app.deliveries.rejections import Rejection

REASONS = {
    name: (made.status, made.code)
    for name, made in inspect.getmembers(rejections, inspect.isclass)
    if issubclass(made, Rejection)
}


def test_each_reason_has_its_status_and_code() -> None:
    assert REASONS == {
        "BodyInvalid": (400, "body_invalid"),
        "BodyTimeout": (408, "body_timeout"),
        "BodyTooLarge": (413, "body_too_large"),
        "ContentTypeUnsupported": (415, "content_type_unsupported"),
        "HeaderInvalid": (400, "header_invalid"),
        "HeadersTooLarge": (431, "headers_too_large"),
        "LengthRequired": (411, "length_required"),
        "MethodNotAllowed": (405, "method_not_allowed"),
        "Rejection": (400, "rejected"),
        "SecretMissing": (403, "secret_missing"),
        "SignatureInvalid": (403, "signature_invalid"),
        "SignatureMissing": (401, "signature_missing"),
        "TooManyBytes": (503, "busy"),
    }
    assert REASONS.keys() == set(rejections.__all__)


def test_the_answer_says_the_code_and_the_reason() -> None:
    assert rejections.BodyInvalid("the body is not UTF-8").as_json() == {
        "error": "body_invalid",
        "reason": "the body is not UTF-8",
    }
    assert rejections.SecretMissing().as_json()["reason"].startswith("No webhook secret is configured")
