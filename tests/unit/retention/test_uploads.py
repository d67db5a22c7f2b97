"""Bytes are streamed into a store while they are made; an error on either side ends the other."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app.retention import uploads
from django_github_app.retention.format import Packer
from django_github_app.retention.records import ArchiveFormat
from django_github_app.retention.uploads import StreamAborted, Upload


class Store:
    """Reads what it is to write, in pieces of a size."""

    def __init__(self, size: int = 4, fail_after: int | None = None) -> None:
        self.size, self.fail_after = size, fail_after
        self.pieces: list[bytes] = []
        self.published = False
        self.error: BaseException | None = None

    def write(self, path: str, source: Any) -> None:
        try:
            while piece := source.read(self.size):
                if len(self.pieces) == self.fail_after:
                    raise OSError("the store is full")
                self.pieces.append(piece)
            self.published = True
        except BaseException as error:
            self.error = error
            raise


def upload(store: Store, **options: Any) -> Upload:
    taker: Any = store
    return Upload(taker, "a.jsonl", **options)


@pytest.mark.parametrize("size", [1, 4, 100, -1])
def test_the_store_reads_in_the_pieces_that_it_wants(size: int) -> None:
    store = Store(size)
    with upload(store) as stream:
        for part in (b"one", b"", b" and two", b"."):
            stream.send(part)
    assert b"".join(store.pieces) == b"one and two."
    assert store.published
    if size > 0:
        assert all(len(piece) == size for piece in store.pieces[:-1])


def test_a_packer_compresses_on_the_way_and_its_end_is_there() -> None:
    store, packer = Store(1000), Packer(ArchiveFormat.JSONL)
    with upload(store, packer=packer) as stream:
        stream.send(b"line\n")
    assert b"".join(store.pieces) == b"line\n"
    assert packer.size == 5


def test_who_makes_it_fails_and_nothing_is_published() -> None:
    store = Store()
    with pytest.raises(ZeroDivisionError), upload(store) as stream:  # noqa: PT012 - the block is what fails
        stream.send(b"half a file")
        raise ZeroDivisionError
    assert not store.published
    assert isinstance(store.error, StreamAborted)


def test_the_store_fails_and_whoever_sends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "BLOCKS_AHEAD", 1)
    store = Store(fail_after=1)

    def send() -> None:
        with upload(store) as stream:
            for _ in range(1000):
                stream.send(b"12345678")

    with pytest.raises(OSError, match="the store is full"):
        send()
