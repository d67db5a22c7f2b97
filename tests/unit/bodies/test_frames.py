"""The stored form of a body: exact bytes in, exact bytes out, from any number of threads."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from benchmarks import corpus
from django_github_app import apps
from django_github_app.bodies import frames
from django_github_app.errors import DictionaryMissing
from django_github_app.testing import payloads


@examples(max_examples=100, deadline=None)
@given(body=st.binary(max_size=5000))
def test_any_bytes_come_back(body: bytes) -> None:
    assert frames.decompress(frames.compress(body)) == body
    assert frames.decompress(memoryview(frames.compress(body))) == body


def test_the_frame_says_how_large_it_is_and_carries_a_checksum() -> None:
    frame = frames.compress(b"x" * 100_000)
    parameters = zstandard.get_frame_parameters(frame)
    assert (parameters.content_size, parameters.has_checksum) == (100_000, True)
    assert len(frame) < 100


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_a_damaged_frame_is_an_error_and_no_other_body(damage: str) -> None:
    frame = bytearray(frames.compress(json.dumps(payloads.build("push")).encode()))
    match damage:
        case "cut":
            frame = frame[:-5]
        case "flipped":
            frame[-1] ^= 1
        case "empty":
            frame = bytearray()
        case "text":
            frame = bytearray(b"{}")
    with pytest.raises(zstandard.ZstdError):
        frames.decompress(bytes(frame))


def test_a_frame_that_claims_too_much_is_refused_before_memory_is_taken() -> None:
    # Magic number, single segment with an 8-byte size, one raw last block: a terabyte, it says.
    frame = b"\x28\xb5\x2f\xfd\xe0" + (1 << 40).to_bytes(8, "little") + b"\x01\x00\x00"
    with pytest.raises((zstandard.ZstdError, MemoryError)):
        frames.decompress(frame)


def test_threads_do_not_share_what_zstd_cannot_share() -> None:
    texts = [json.dumps({"n": n, "text": "abc" * n}).encode() for n in range(400)]

    def round_trip(text: bytes) -> bool:
        return all(frames.decompress(frames.compress(text)) == text for _ in range(5))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(round_trip, texts))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1}', {"a": 1}),
        ('{"a":"\\u0000\\ud800"}', {"a": "\x00\ud800"}),
        ('{"a":1e400}', {"a": float("inf")}),
        ('{"a":1,"a":2}', {"a": 2}),
        ("\ufeff{}", {}),
    ],
)
def test_a_payload_is_decoded_as_python_decodes_it(text: str, expected: Any) -> None:
    assert frames.decode(text.encode("utf-8")) == expected


@pytest.mark.parametrize("digits", [4000, 4001, 4300, 4301, 20_000])
def test_an_integer_that_python_will_not_convert_keeps_its_value(digits: int) -> None:
    number = "-" + "7" * digits
    value = frames.decode(b'{"n":%b,"small":12}' % number.encode())
    assert isinstance(value["n"], int | Decimal)
    assert Decimal(value["n"]) == Decimal(number)
    assert value["small"] == 12


def test_the_payload_of_a_form_is_decoded_from_its_field() -> None:
    body = b"x=1&payload=%7B%22a%22%3A%22b+c%26d%22%7D"
    assert frames.json_text(body, form_encoded=True) == b'{"a":"b c&d"}'
    assert frames.decode(body, form_encoded=True) == {"a": "b c&d"}


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"\xff"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeDecodeError and JSONDecodeError have only this in common
        frames.decode(body)


@pytest.fixture
def own_dictionary(tmp_path: Path) -> Iterator[Path]:
    """A dictionary of a project's own, in use; afterwards the package's is used again."""
    texts: list[bytes | bytearray | memoryview] = [
        json.dumps(payloads.build("issues", number=n, title=f"t{n}")).encode() for n in range(200)
    ]
    path = tmp_path / "own.zstdict"
    path.write_bytes(zstandard.train_dictionary(4096, texts, dict_id=77_777_777).as_bytes())
    yield path
    frames.use_dictionaries([])


def dictionary_of(frame: bytes) -> int:
    return zstandard.get_frame_parameters(frame.removeprefix(frames.FOLDED)).dict_id


def test_a_dictionary_of_webhooks_makes_bodies_much_smaller() -> None:
    body = corpus.body_of("issue_comment", random.Random("a seed that the training does not use"))
    plain = zstandard.ZstdCompressor(level=frames.LEVEL, write_checksum=True).compress(body)
    assert dictionary_of(frames.compress(body)) == 1_000_002
    assert len(frames.compress(body)) < len(plain) * 0.5


def test_frames_without_a_dictionary_stay_readable() -> None:
    frame = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(b'{"old": true}')
    assert frames.decompress(frame) == b'{"old": true}'


def test_frames_of_another_dictionary_stay_readable_when_a_new_one_is_written_with(
    own_dictionary: Path,
) -> None:
    body = json.dumps(payloads.build("issues")).encode()
    shipped = frames.compress(body)
    frames.use_dictionaries([own_dictionary])
    own = frames.compress(body)
    assert [dictionary_of(frame) for frame in (shipped, own)] == [1_000_002, 77_777_777]
    assert frames.decompress(shipped) == frames.decompress(own) == body


def test_another_thread_takes_up_new_dictionaries_too(own_dictionary: Path) -> None:
    body = json.dumps(payloads.build("issues")).encode()
    with ThreadPoolExecutor(1) as other:
        assert dictionary_of(other.submit(frames.compress, body).result()) == 1_000_002
        frames.use_dictionaries([own_dictionary])
        assert dictionary_of(other.submit(frames.compress, body).result()) == 77_777_777


def test_a_frame_whose_dictionary_is_gone_says_which_one_it_needs(own_dictionary: Path) -> None:
    frames.use_dictionaries([own_dictionary])
    frame = frames.compress(b'{"action": "opened"}')
    frames.use_dictionaries([])
    with pytest.raises(DictionaryMissing, match="dictionary 77777777; list its file") as raised:
        frames.decompress(frame)
    assert raised.value.number == 77_777_777


def test_shipped_dictionaries_are_never_removed_or_changed() -> None:
    digests = {
        name: hashlib.sha256((frames.DIRECTORY / name).read_bytes()).hexdigest() for name in frames.SHIPPED
    }
    assert digests == {
        "github-2.zstdict": "c7719ce6128970e458472ccda66c92ae6798b97735559778b965c5b498f37c00",
        "github-1.zstdict": "13962e5d724a8473bc5fae8985fc3d23eba6d767516c3db6e17c3eacf0f7f591",
    }


@pytest.mark.parametrize("name", frames.SHIPPED)
def test_frames_of_every_shipped_dictionary_are_readable(name: str) -> None:
    body = json.dumps(payloads.build("push")).encode()
    dictionary = zstandard.ZstdCompressionDict((frames.DIRECTORY / name).read_bytes())
    assert frames.decompress(zstandard.ZstdCompressor(dict_data=dictionary).compress(body)) == body


def test_a_setting_that_names_no_dictionary_stops_the_start(tmp_path: Path, settings: Any) -> None:
    settings.GITHUB_APP = {"BODY_DICTIONARIES": [tmp_path / "missing.zstdict"]}
    with pytest.raises(ImproperlyConfigured, match=r"missing\.zstdict"):
        apps.use_dictionaries()
    (tmp_path / "text.zstdict").write_bytes(b"not a dictionary")
    settings.GITHUB_APP = {"BODY_DICTIONARIES": [tmp_path / "text.zstdict"]}
    with pytest.raises(ImproperlyConfigured, match="BODY_DICTIONARIES"):
        apps.use_dictionaries()


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@examples(max_examples=200, deadline=None)
@given(value=_json, ascii_only=st.booleans())
def test_a_body_decodes_to_what_python_decodes_it_to(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - each decoder has an error of its own
            frames.decode(text)
        return
    assert repr(frames.decode(text)) == repr(expected)


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_many_bodies_are_stored_as_each_alone(count: int) -> None:
    made = [json.dumps(payloads.build("issues", number=n)).encode() for n in range(count)]
    assert frames.compress_all(made) == [frames.compress(body) for body in made]


def test_among_many_bodies_one_may_be_empty_or_no_json() -> None:
    made = [b"", b"\0", b"{}", json.dumps(payloads.build("push")).encode()]
    assert [frames.decompress(stored) for stored in frames.compress_all(made)] == made


def test_a_compressor_that_takes_one_at_a_time_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = frames._ready().compressor.compress

    class OneAtATime:
        compress = staticmethod(alone)

    made = [b"{}", json.dumps(payloads.build("push")).encode()]
    expected = frames.compress_all(made)
    monkeypatch.setattr(frames._ready(), "compressor", OneAtATime())
    assert frames.compress_all(made) == expected
