"""No secret is shown of an error, a traceback or a text."""

from __future__ import annotations

import pytest

from django_github_app.observe.redaction import (
    MAX_ERROR_LENGTH,
    MAX_TRACEBACK_LENGTH,
    describe,
    format_traceback,
    redact,
)

SECRETS = {
    "installation token": "ghs_" + "aB3_.-" * 80,
    "user token": "ghp_" + "x" * 36,
    "app token": "ghu_" + "0" * 36,
    "fine-grained token": "github_pat_" + "11AAAAAAA0" * 8,
    "JWT": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.c2lnbmF0dXJl-_",
    "key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----",
    "key that is cut": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_no_secret_reaches_the_ledger(secret: str) -> None:
    try:
        raise ValueError(f"could not log in with {secret}")
    except ValueError as error:
        texts = [redact(f"before {secret} after"), describe(error), format_traceback(error)]
    for text in texts:
        assert "[secret]" in text
        assert not any(part in text for part in secret.split("\n") if len(part) > 6)
    assert texts[0].startswith("before ")


def test_ordinary_text_is_left_alone() -> None:
    text = "ghs_ is a prefix, eyJ too; see octo/ghp_repo and github_pat_x: 404 Not Found"
    assert redact(text) == text


def test_a_description_is_one_short_line() -> None:
    assert describe(ValueError("two\n  lines\there")) == "ValueError: two lines here"
    assert describe(KeyError()) == "KeyError"
    assert len(describe(ValueError("x" * 10_000))) == MAX_ERROR_LENGTH


def test_a_token_at_the_cut_is_blanked_before_it_is_cut() -> None:
    text = describe(ValueError("x" * (MAX_ERROR_LENGTH - 30) + " ghs_" + "y" * 60))
    assert "ghs_" not in text


def test_a_traceback_names_the_line_and_of_a_long_one_the_end_stays() -> None:
    def deep(n: int) -> None:
        if n == 0:
            raise ValueError("at the bottom " + "z" * 15_000)
        deep(n - 1)

    try:
        try:
            raise KeyError("the cause " + "y" * 10_000)
        except KeyError as cause:
            raise RuntimeError("on top") from cause
    except RuntimeError as error:
        text = format_traceback(error)
    assert "test_redaction.py" in text
    assert text.endswith("RuntimeError: on top\n")
    with pytest.raises(ValueError, match="at the bottom") as caught:
        deep(3)
    caught.value.__cause__ = ValueError("w" * 30_000)
    text = format_traceback(caught.value)
    assert len(text) == MAX_TRACEBACK_LENGTH
    assert "at the bottom" in text


def test_a_traceback_begins_with_the_projects_frame() -> None:
    from django_github_app.routing import Registration

    def explode(value: object) -> bool:
        raise ValueError("here")

    # Out of our own code into the project's, as a callback is called.
    ours = Registration("push", {"n": explode}, explode)
    with pytest.raises(ValueError, match="here") as caught:
        ours.matches({"n": 1})
    beneath_this_test = caught.value.__traceback__
    assert beneath_this_test is not None
    text = format_traceback(caught.value.with_traceback(beneath_this_test.tb_next))
    assert "in explode" in text
    assert "matching.py" not in text


def test_a_traceback_of_ours_alone_stays_whole() -> None:
    from django_github_app.deliveries import parse
    from django_github_app.errors import GitHubAppError

    with pytest.raises(GitHubAppError) as caught:
        parse({}, b"", [b"secret"])
    beneath_this_test = caught.value.__traceback__
    assert beneath_this_test is not None
    assert "in check_" in format_traceback(caught.value.with_traceback(beneath_this_test.tb_next))
