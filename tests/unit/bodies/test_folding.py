"""Links that repeat are said once, and every body comes back byte for byte."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from benchmarks import corpus
from benchmarks.shapes import SHAPES
from django_github_app.bodies import folding, frames

ACCOUNT = folding._ACCOUNT.replace(b"\0", b"octocat")
REPOSITORY = folding._REPOSITORY.replace(b"\0", b"https://api.github.com/repos/octo-org/octo-repo")
PIECES = [
    ACCOUNT,
    REPOSITORY,
    ACCOUNT[:-1],
    ACCOUNT[10:],
    ACCOUNT.replace(b"/gists", b"/gifts"),
    REPOSITORY[:-1],
    REPOSITORY[1:],
    REPOSITORY.replace(b"octo-repo", b"other", 1),
    folding._BEFORE_LOGIN,
    folding._UNTIL_SINCE,
    folding._SINCE,
    folding._AFTER_ADDRESS,
    folding._ACCOUNT.replace(b"\0", b""),
    folding._REPOSITORY.replace(b"\0", b""),
    b"?",
    b'"',
    b"\0",
    b"\1",
    b"\0\1octocat" + b'"',
]


@pytest.mark.parametrize("event", sorted(SHAPES))
def test_a_body_becomes_shorter_and_comes_back(event: str) -> None:
    body = corpus.body_of(event, random.Random(event))
    folded = folding.fold(body)
    assert len(folded) < len(body) * 0.75
    assert folding.unfold(folded) == body


def test_what_is_left_of_a_run_is_what_it_begins_with() -> None:
    body = b'{"a":"x' + ACCOUNT + b',"b":{' + REPOSITORY + b"}}"
    address = b"https://api.github.com/repos/octo-org/octo-repo"
    assert folding.fold(body) == b'{"a":"x\0\1octocat","b":{\0\2' + address + b'"}}'
    assert folding.unfold(folding.fold(body)) == body


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"why?":"no"}', ACCOUNT + b"\0", ACCOUNT[:-1], REPOSITORY[1:]]
)
def test_a_body_without_a_whole_run_or_with_a_nul_stays_itself(body: bytes) -> None:
    assert folding.fold(body) is body


@examples(max_examples=300, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=12))
def test_whatever_stands_around_and_between_runs_comes_back(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    folded = folding.fold(body)
    assert folded is body or folding.unfold(folded) == body
    assert frames.decompress(frames.compress(body)) == body


@pytest.mark.parametrize("folded", [b"\0", b'\0"', b"\0\1octocat", b'\0\3octocat"', b'{}\0\1a"\0'])
def test_what_fold_does_not_return_is_refused(folded: bytes) -> None:
    with pytest.raises(ValueError, match="not a folded body"):
        folding.unfold(folded)
    stored = frames.FOLDED + zstandard.ZstdCompressor().compress(folded)
    with pytest.raises(zstandard.ZstdError, match="not a folded body"):
        frames.decompress(stored)


def test_a_stored_folded_body_is_told_from_a_frame_by_its_first_byte() -> None:
    body = corpus.body_of("push", random.Random(1))
    stored = frames.compress(body)
    assert stored[:1] == frames.FOLDED != zstandard.ZstdCompressor().compress(body)[:1]
    assert frames.decompress(memoryview(stored)) == body


def test_the_runs_are_never_changed() -> None:
    """Bodies that are stored need them; other runs get marks of their own."""
    digests = {mark: hashlib.sha256(run).hexdigest()[:16] for mark, run in folding._RUNS.items()}
    assert digests == {1: "68ff64bbf3dff6a2", 2: "2d62c4e129d6f80b"}


@pytest.mark.parametrize(
    "middle",
    [
        b"/notifications{?since,all,participating}",
        b'?v=4","gravatar_id":"","url":"https://api.github.com/users/',
    ],
)
def test_text_that_looks_like_the_middle_of_a_run_is_not_taken_for_an_address(
    middle: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    for name in ("_account", "_repository"):
        original = getattr(folding, name)

        def seen(
            value: bytes, original: Callable[[bytes], tuple[bytes, bytes]] = original
        ) -> tuple[bytes, bytes]:
            asked.append(value)
            return original(value)

        monkeypatch.setattr(folding, name, seen)
    body = b"x" * 1000 + (middle + b"x" * 400) * 100
    assert folding.fold(body) is body
    assert asked == []
