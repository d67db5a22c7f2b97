"""Each store that can be run here does what archives need of one, also when a tenth of what it is asked fails."""

from __future__ import annotations

import gc
import io
import os
import random
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from django_github_app import retention
from django_github_app.models import ArchiveFile, EventLog
from django_github_app.retention import Filter, StoreError
from django_github_app.retention.restore import verify_file
from django_github_app.retention.stores import S3Store, SessionStore, Store, _stream_file
from tests.support import cloud_servers, file_servers
from tests.support.retention import picture, varied_events
from tests.support.s3 import BUCKET, CREDENTIALS, s3_server, storage_options
from tests.support.stores import BY_NAME, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.backends]
CLOUDS: dict[str, Any] = {"azure": cloud_servers.azure, "google": cloud_servers.google}


@pytest.fixture(autouse=True)
def _collect_what_libraries_leave_open() -> Iterator[None]:
    """django-storages leaves FTP and SFTP connections to the garbage collector: here, not in another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module", params=list(BY_NAME))
def options(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kind of a store whose server runs, and its OPTIONS."""
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    if kind == "files":
        yield kind, {"location": str(folder)}
    elif kind == "sftp":
        with file_servers.sftp_server(folder) as found:
            yield kind, found
    elif kind == "ftp":
        with file_servers.ftp_server(folder) as found:
            yield kind, found
    elif kind in CLOUDS:
        with CLOUDS[kind](folder) as found:
            yield kind, found
    else:
        with s3_server(kind, folder) as url:
            yield kind, storage_options(url, **CREDENTIALS.get(kind, {}))


@pytest.fixture
def store(options: tuple[str, dict[str, Any]], settings: Any) -> Store:
    """The archive store."""
    kind, of_kind = options
    backend = BY_NAME[kind].backend
    settings.STORAGES = {**settings.STORAGES, "archives": {"BACKEND": backend, "OPTIONS": of_kind}}
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ARCHIVE_STORAGE": "archives",
        # Of its own for each test: the servers go on.
        "ARCHIVE_LOCATION": f"events-{random.randbytes(4).hex()}",
    }
    found = Store.resolve("archives")
    if isinstance(found, S3Store):
        with suppress(found.storage.connection.meta.client.exceptions.BucketAlreadyExists):  # type: ignore[attr-defined]  # S3Storage
            found.storage.connection.Bucket(BUCKET).create()  # type: ignore[attr-defined]  # as above
    return found


def test_objects_are_written_replaced_listed_read_and_deleted(store: Store) -> None:
    folder = f"objects-{random.randbytes(4).hex()}"
    path, content = f"{folder}/2026/one.bin", os.urandom(300_000)
    assert list(store.list(folder)) == []
    assert not store.exists(path)
    store.write(path, io.BytesIO(b"before"))
    store.write(path, io.BytesIO(content))
    assert store.exists(path)
    assert store.read(path) == content
    with store.open(path) as file:
        assert file.read(1000) == content[:1000]
        assert store.exists(path), "the store is of no use while a file is open"
        assert file.read(1000) == content[1000:2000]
    assert list(store.list(folder)) == [path]
    store.delete(path)
    assert not store.exists(path)
    store.delete(path)
    with pytest.raises(FileNotFoundError):
        store.read(path)


def test_several_threads_use_a_store_at_once(store: Store) -> None:
    folder = f"threads-{random.randbytes(4).hex()}"
    problems: list[BaseException] = []

    def use(number: int) -> None:
        content = bytes([number]) * 200_000
        try:
            for turn in range(3):
                path = f"{folder}/{number}-{turn}"
                store.write(path, io.BytesIO(content))
                assert store.read(path) == content
        except BaseException as problem:  # raised below
            problems.append(problem)

    threads = [threading.Thread(target=use, args=(number,), daemon=True) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "the store is stuck"
    assert problems == []
    assert len(list(store.list(folder))) == 12


def test_events_go_there_and_come_back(store: Store) -> None:
    varied_events(120, large=2)
    before = picture()
    archived, _ = EventLog.objects.archive_events(0)
    assert archived == len(before)
    assert picture() == {}
    for file in ArchiveFile.objects.all():
        assert verify_file(file) == ""
    retention.restore_events(Filter())
    assert picture() == before


def test_nothing_is_lost_when_a_tenth_of_what_a_store_is_asked_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(13)
    faults = 0
    do = Store._try

    def sometimes(self: Store, verb: str, path: str, action: Callable[[], Any]) -> Any:
        nonlocal faults
        if chance.random() >= 0.1:
            return do(self, verb, path, action)
        faults += 1
        if chance.random() < 0.5:  # it was done, and the answer was lost
            done = do(self, verb, path, action)
            if verb == "open":
                done.close()
        raise StoreError(f"the store could not {verb} {path}: fault {faults}")

    varied_events(60)
    before = picture()
    monkeypatch.setattr(Store, "_try", sometimes)
    archived = restored = 0
    for _ in range(200):
        try:
            archived += EventLog.objects.archive_events(0)[0]
        except (retention.StoreError, FileNotFoundError):
            continue
        if not EventLog.objects.exists():
            break
    assert not EventLog.objects.exists()
    for _ in range(200):
        try:
            restored += retention.restore_events(Filter())[0]
        except (retention.StoreError, FileNotFoundError):
            continue
        if EventLog.objects.count() == len(before):
            break
    monkeypatch.undo()
    assert picture() == before
    assert faults > 0


def test_a_storage_with_one_connection_is_not_shared_by_threads(
    options: tuple[str, dict[str, Any]], store: Store
) -> None:
    if options[0] not in ("sftp", "ftp"):
        assert not isinstance(store, SessionStore)
        return
    assert isinstance(store, SessionStore)
    with store._borrow() as one, store._borrow() as other:
        assert one is not other
    with store._borrow() as again:
        assert again in (one, other), "a connection that is idle is used again"
    with pytest.raises(StoreError), store._borrow() as broken:
        raise StoreError("the connection broke")
    assert broken not in store._idle


class TestTheFileThatStoragesGet:
    """What django-storages' backends do to it before and while they read, each in its own way."""

    def test_azure_seeks_its_start_and_measures_it_if_it_can(self) -> None:
        content = _stream_file(io.BytesIO(b"text"), "a.jsonl").file
        assert content is not None
        content.seek(0)
        with pytest.raises(io.UnsupportedOperation):
            content.seek(0, os.SEEK_END)
        assert content.tell() == 0
        assert not content.seekable()
        assert content.read(2) + content.read() == b"text"
        assert content.tell() == 4

    def test_google_cloud_rewinds_it_and_takes_no_size_for_unknown(self) -> None:
        content = _stream_file(io.BytesIO(b"text"), "a.jsonl")
        content.seek(0, os.SEEK_SET)
        assert getattr(content, "size", None) is None
        assert content.tell() == 0
        assert content.read(3) == b"tex"
        assert content.tell() == 3

    def test_ftp_opens_it_and_closes_it(self) -> None:
        content = _stream_file(io.BytesIO(b"text"), "a.jsonl")
        assert not content.closed
        content.open()
        assert content.file is not None
        assert content.file.read(content.DEFAULT_CHUNK_SIZE) == b"text"
        content.close()

    def test_what_was_read_cannot_be_read_again(self) -> None:
        content = _stream_file(io.BytesIO(b"text"), "a.jsonl")
        assert b"".join(content.chunks()) == b"text"
        with pytest.raises(io.UnsupportedOperation, match="cannot be read again"):
            content.seek(0)


def test_the_table_in_the_documentation_is_that_of_these_stores() -> None:
    assert TABLE.differences() == [], "rewrite it: make stores"
