"""Server-sent events, and the deliveries in them: what GitHub signed is what comes out."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from django_github_app.deliveries import sign
from django_github_app.setup.relay import Channel, RelayError, ServerEvent, events_of, relayed

SECRET = b"a secret"
# As JavaScript writes it: no blanks, nothing escaped that need not be; numbers and the order of keys as they came.
BODY = '{"z":1.10,"a":"é 🎉 \\n \\u0000 </script>","n":12345678901234567890}'.encode()


def packed(body: bytes | str, **more: Any) -> str:
    headers = {
        "X-GitHub-Event": "issues",
        "x-hub-signature-256": sign(BODY, SECRET),
        "content-type": "application/json",
        "host": "smee.io",
        **more,
    }
    text = body.decode() if isinstance(body, bytes) else body
    return json.dumps(headers)[:-1] + f',"body":{text},"timestamp":1}}'


def test_a_stream_is_read_as_the_standard_says() -> None:
    lines = [
        b"\xef\xbb\xbf: a comment\n",
        b"id: 7\r\n",
        b"event: ready\n",
        b"data: {}\n",
        b"\n",
        b"retry: 2500\n",
        b"\n",
        b"data:one\n",
        b"data:  two\n",
        b"unknown: x\n",
        b"\r\n",
        b"event: nothing in it\n",
        b"\n",
        b"data: not finished\n",
    ]
    assert list(events_of(lines)) == [
        ServerEvent("ready", "{}", "7", None),
        ServerEvent("message", "", "7", 2.5),
        ServerEvent("message", "one\n two", "7", None),
    ]


def test_the_body_is_taken_out_byte_for_byte_and_only_githubs_headers() -> None:
    found = relayed(packed(BODY), [b"another", SECRET])
    assert found is not None
    assert (found.body, found.intact) == (BODY, True)
    assert sorted(found.headers) == ["content-type", "x-github-event", "x-hub-signature-256"]


def test_a_relay_that_writes_json_differently_is_seen_through() -> None:
    plain = {"a": "é 🎉", "b": [1, 2]}
    body = json.dumps(plain, separators=(",", ":"), ensure_ascii=False).encode()
    signed = {"x-hub-signature-256": sign(body, SECRET)}
    for text in (json.dumps(plain), json.dumps(plain, indent=1), json.dumps(plain, separators=(",", ":"))):
        found = relayed(packed(text, **signed), [SECRET])
        assert found is not None
        assert (found.body, found.intact) == (body, True)


def test_the_bytes_of_gosmee_and_bodies_that_are_text() -> None:
    body = b'{ "odd" :  1 }'
    signed = {"x-hub-signature-256": sign(body, SECRET)}
    for text, more in (
        ('{"odd":1}', {"bodyB": base64.b64encode(body).decode()}),
        (json.dumps(body.decode()), {}),
    ):
        found = relayed(packed(text, **signed, **more), [SECRET])
        assert found is not None
        assert (found.body, found.intact) == (body, True)


def test_a_form_is_a_form_again() -> None:
    body = b"payload=%7B%22a%22%3A+%22%C3%A9%22%7D"
    more = {
        "x-hub-signature-256": sign(body, SECRET),
        "content-type": "application/x-www-form-urlencoded",
    }
    found = relayed(packed('{"payload":"{\\"a\\": \\"é\\"}"}', **more), [SECRET])
    assert found is not None
    assert (found.body, found.intact) == (body, True)


def test_a_wrong_signature_is_said_and_the_body_left_as_it_came() -> None:
    found = relayed(packed('{"changed":1}'), [SECRET])
    assert found is not None
    assert (found.body, found.intact) == (b'{"changed":1}', False)


@pytest.mark.parametrize("data", ["", "{}", "[]", "null", "{", '{"body":{}}', '{"x-github-event":"issues"}'])
def test_signs_of_life_are_no_deliveries(data: str) -> None:
    assert relayed(data, [SECRET]) is None


@pytest.mark.parametrize("url", ["smee.io/abc", "file:///etc/passwd", "", "https://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RelayError, match="is no channel"):
        Channel(url)
