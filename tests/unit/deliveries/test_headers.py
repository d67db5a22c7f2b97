"""Reading the headers of a delivery: once, under its own name, in linear time."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.deliveries import HeaderInvalid, HeadersTooLarge, headers_of_environ, headers_of_scope
from django_github_app.deliveries.headers import MAX_HEADERS, MAX_VALUE
from django_github_app.deliveries.parsing import CGI_NAMES, HEADERS

SINGLE = [name for name in HEADERS if name != "x-hub-signature"]


class CountedBytes(bytes):
    """A header value that adds up how many bytes were copied out of it."""

    copied = 0

    def decode(self, *args: Any, **kwargs: Any) -> str:
        CountedBytes.copied += len(self)
        return super().decode(*args, **kwargs)


def test_the_wanted_headers_and_the_length_are_read_and_nothing_else() -> None:
    raw = [(b"x-github-event", b"push"), (b"content-length", b"12"), (b"cookie", b"a"), (b"cookie", b"b")]
    assert headers_of_scope(raw) == ({"x-github-event": "push"}, 12)
    environ = {"HTTP_X_GITHUB_EVENT": "push", "HTTP_COOKIE": "a", "CONTENT_TYPE": ""}
    assert headers_of_environ(environ) == {"x-github-event": "push", "content-type": ""}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_comes_twice_is_refused(name: str) -> None:
    raw = (name.encode(), b"a")
    with pytest.raises(HeaderInvalid, match="twice"):
        headers_of_scope([raw, (b"host", b"x"), raw])


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("joined", ["a,b", "a, b", ",a"])
def test_a_header_that_a_server_made_of_two_is_refused(name: str, joined: str) -> None:
    with pytest.raises(HeaderInvalid, match="two values"):
        headers_of_environ({CGI_NAMES[name]: joined})
    with pytest.raises(HeaderInvalid, match="two values"):
        headers_of_scope([(name.encode(), joined.encode())])


@pytest.mark.parametrize(
    "name", [b"x_github_event", b"x-github_delivery", b"X_Hub_Signature_256", b"content_type"]
)
def test_an_underscore_does_not_stand_for_a_hyphen(name: bytes) -> None:
    with pytest.raises(HeaderInvalid, match="underscore"):
        headers_of_scope([(name, b"push")])
    assert headers_of_scope([(b"x_other", b"1")]) == ({}, 0)


def test_many_or_long_headers_are_refused() -> None:
    headers_of_scope([(b"a", b"b")] * MAX_HEADERS)
    with pytest.raises(HeadersTooLarge):
        headers_of_scope([(b"a", b"b")] * (MAX_HEADERS + 1))
    for name in HEADERS:
        with pytest.raises(HeadersTooLarge):
            headers_of_scope([(name.encode(), b"x" * (MAX_VALUE + 1))])
        with pytest.raises(HeadersTooLarge):
            headers_of_environ({CGI_NAMES[name]: "x" * (MAX_VALUE + 1)})


@pytest.mark.parametrize("count", [2, MAX_HEADERS, 50_000])
def test_what_is_copied_of_a_header_that_is_repeated_does_not_grow_with_its_number(count: int) -> None:
    CountedBytes.copied = 0
    with pytest.raises((HeaderInvalid, HeadersTooLarge)):
        headers_of_scope([(b"x-hub-signature-256", CountedBytes(b"sha256=" + b"0" * 64))] * count)
    assert CountedBytes.copied <= 71


@pytest.mark.parametrize("length", [b"-1", b"one", b"", b"1e3"])
def test_a_length_that_is_no_number_is_no_length(length: bytes) -> None:
    assert headers_of_scope([(b"content-length", length)]) == ({}, 0)
