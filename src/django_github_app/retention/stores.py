"""A store for archives: any Django storage, written as a stream and read as a stream.

Django's storage API says little about names and failures, so each storage is asked for no more than it does
reliably (django-storages publishes half a file when writing to an open one fails, and renames silently).
"""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import InvalidStorageError, Storage, storages
from django.utils.module_loading import import_string

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError

from .format import Readable
from .records import ArchiveFormat

logger = logging.getLogger(__name__)

# boto3 holds parts of an unseekable upload in memory, by default ten of them.
PARTS_IN_MEMORY = 2
WRITE_ATTEMPTS = 5
MOST_FOLDERS = 20
_MISSING = {("azure", "ResourceNotFoundError"), ("google", "NotFound")}
_WITH_SESSION = ("storages.backends.sftpstorage", "storages.backends.ftp")


class StoreError(GitHubAppError):
    """The archive store did not do what it was asked to.

    Nothing was deleted because of it. The cause is chained.
    """


class Store:
    """A storage and the name under which `ArchiveFile` rows refer to it."""

    def __init__(self, storage: Storage, name: str) -> None:
        self.storage = storage
        self.name = name

    @classmethod
    def resolve(cls, configured: Any = None) -> Store:
        """Return the store for an alias of STORAGES, a dotted path or a storage; None: as the settings say.

        Raises ImproperlyConfigured when there is no such storage, or none was named: archives are all that is left
        of their events, so they do not go to where a project's uploads happen to go.
        """
        default = app_settings.ARCHIVE_STORAGE
        if configured is None and not default:
            raise ImproperlyConfigured(
                "no store for archives is named: set GITHUB_APP['ARCHIVE_STORAGE'] to an alias of STORAGES, which "
                "should be one that outlives this machine's disk"
            )
        if configured is None or (isinstance(default, Storage) and configured == _name_of(default)):
            configured = default
        if isinstance(configured, Storage):
            return _store(configured, _name_of(configured))
        try:
            if "." not in configured:
                return _store(storages[configured], configured)
            return _store(import_string(configured)(), configured)
        except (InvalidStorageError, ImportError) as error:
            raise ImproperlyConfigured(f"archive storage {configured!r} cannot be used: {error}") from error

    def exists(self, path: str) -> bool:
        return bool(self._ask("look for", path, lambda storage: storage.exists(path)))

    def write(self, path: str, source: Readable) -> None:
        """Write an object under exactly this name, replacing one that is there. Raises StoreError."""

        def save(storage: Storage) -> None:
            if storage.exists(path):
                storage.delete(path)
            written = storage.save(path, _stream_file(source, path))
            if written != path:
                storage.delete(written)
                raise StoreError(f"the store {self.name} would call {path} {written}: it does not overwrite")

        self._ask("write", path, save)

    @contextmanager
    def open(self, path: str) -> Iterator[Readable]:
        """Open an object for reading. Raises FileNotFoundError or StoreError."""
        with self._borrow() as storage:
            file = self._try("open", path, lambda: self._opened(storage, path))
            try:
                yield _Guarded(file, self, path)
            finally:
                file.close()

    def read(self, path: str, most: int | None = None) -> bytes:
        """Return an object's bytes; ``most``: no more than so many."""
        with self.open(path) as file:
            return file.read() if most is None else file.read(most)

    def delete(self, path: str) -> None:
        """Remove an object; one that is not there is no error."""
        with contextlib.suppress(FileNotFoundError):
            self._ask("delete", path, lambda storage: storage.delete(path))

    def list(self, folder: str, depth: int = 0) -> Iterator[str]:
        """Yield the paths of all objects in a folder and the folders in it, which are `MOST_FOLDERS` deep at most."""
        try:
            folders, files = self._ask("list", folder, lambda storage: storage.listdir(folder))
        except FileNotFoundError:
            return
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        for name in sorted(files):
            # Azure's storage knows no folders: it answers with whole names, those in folders below too.
            yield name if prefix and name.startswith(prefix) else prefix + name
        for name in sorted(folders):
            # To an object store such names are like any other; followed, they lead back to where they are.
            if name.strip("/") in ("", ".", "..") or depth == MOST_FOLDERS:
                logger.warning(
                    "a folder is not looked into", extra={"store": self.name, "archive": prefix + name}
                )
                continue
            yield from self.list(prefix + name, depth + 1)

    def url(self, path: str) -> str | None:
        """Return a signed address from which a browser can fetch the object; None if the store has none."""
        return None

    @contextmanager
    def _borrow(self) -> Iterator[Storage]:
        """Have a storage that no other thread uses meanwhile, where that matters."""
        yield self.storage

    def _opened(self, storage: Storage, path: str) -> Any:
        return storage.open(path, "rb")

    def _ask(self, verb: str, path: str, action: Callable[[Storage], Any]) -> Any:
        with self._borrow() as storage:
            return self._try(verb, path, lambda: action(storage))

    def _try(self, verb: str, path: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (FileNotFoundError, StoreError):
            raise
        except Exception as error:
            if _is_missing(error):
                raise FileNotFoundError(f"{path} is not in the store {self.name}") from error
            raise StoreError(f"the store {self.name} could not {verb} {path}: {error}") from error


def _is_missing(error: Exception) -> bool:
    # Azure's and Google's clients, whose errors django-storages passes on.
    return (type(error).__module__.partition(".")[0], type(error).__name__) in _MISSING


class S3Store(Store):
    """django-storages' S3 storage, through its client where the storage API would hold a file in memory."""

    def write(self, path: str, source: Readable) -> None:
        storage: Any = self.storage

        def upload() -> None:
            parameters = {"ContentType": _content_type(path), **storage.get_object_parameters(path)}
            if storage.default_acl:
                parameters.setdefault("ACL", storage.default_acl)
            transfer = copy.copy(storage.transfer_config)
            transfer.max_in_memory_upload_chunks = min(transfer.max_in_memory_upload_chunks, PARTS_IN_MEMORY)
            self._object(path).upload_fileobj(_Unseekable(source), ExtraArgs=parameters, Config=transfer)

        self._try("write", path, upload)

    @contextmanager
    def open(self, path: str) -> Iterator[Readable]:
        body = self._try("open", path, lambda: self._get(path))
        try:
            yield _Guarded(body, self, path)
        finally:
            body.close()

    def url(self, path: str) -> str | None:
        if not self.storage.querystring_auth:  # type: ignore[attr-defined]  # S3Storage
            return None
        return self.storage.url(path)

    def _get(self, path: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self._object(path).get()["Body"]
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(path) from error
            raise

    def _object(self, path: str) -> Any:
        storage: Any = self.storage
        # A connection per thread: boto3's resources are not to be shared.
        return storage.connection.Object(storage.bucket_name, storage._normalize_name(path))


class SessionStore(Store):
    """A storage that keeps one connection, which is not for several threads: SFTP, FTP.

    An archive is written in one thread while another reads and lists. Each use has a storage to itself; one that
    failed is closed and not used again, for nobody knows in which folder or half answer its connection is.
    """

    def __init__(self, storage: Storage, name: str) -> None:
        super().__init__(storage, name)
        self._idle: list[Storage] = []

    @contextmanager
    def _borrow(self) -> Iterator[Storage]:
        try:
            storage = self._idle.pop()
        except IndexError:
            storage = _another(self.storage)
        try:
            yield storage
        except FileNotFoundError:
            self._idle.append(storage)
            raise
        except BaseException:
            _close(storage)
            raise
        self._idle.append(storage)

    def write(self, path: str, source: Readable) -> None:
        # Two that make the same folder at the same moment are in each other's way, once per level; a connection that
        # was idle for too long fails at once. Nothing was read for either, so it can be tried again.
        unread = _Unseekable(source)
        for attempt in range(WRITE_ATTEMPTS):
            try:
                super().write(path, unread)
            except StoreError:
                if unread.tell() or attempt == WRITE_ATTEMPTS - 1:
                    raise
            else:
                return

    def _opened(self, storage: Storage, path: str) -> Any:
        # Both open nothing before the first read, and FTP's error then does not say that there is no such file.
        if not self._may_have(storage, path):
            raise FileNotFoundError(path)
        return super()._opened(storage, path)

    def list(self, folder: str, depth: int = 0) -> Iterator[str]:
        # FTP's error does not say that there is no such folder.
        with self._borrow() as storage:
            there = not folder.strip("/") or self._may_have(storage, folder.rstrip("/"))
        return super().list(folder, depth) if there else iter(())

    @staticmethod
    def _may_have(storage: Any, path: str) -> bool:
        # An FTP storage that overwrites says of every name that it is free.
        return bool(getattr(storage, "allow_overwrite", False) or storage.exists(path))

    def __del__(self) -> None:
        for storage in self._idle:
            _close(storage)


def _another(storage: Any) -> Storage:
    """Return a storage like another one, with a connection of its own."""
    # What Django's `deconstructible`, which decorates both classes, remembers.
    arguments, options = storage._constructor_args
    made: Storage = type(storage)(*arguments, **options)
    return made


def _close(storage: Any) -> None:
    """Close a storage's connection, whatever state it is in: nobody uses it again."""
    # FTP's storage only says goodbye: if the server does not answer, the socket stays open.
    client = getattr(storage, "_connection", None)
    names = ((storage, "close"), (storage, "disconnect"), (client, "close"))
    for close in (getattr(owner, name, None) for owner, name in names):
        if close is not None:
            with contextlib.suppress(Exception):
                close()


class _Guarded:
    """A file whose read errors name the store and the object."""

    def __init__(self, file: Readable, store: Store, path: str) -> None:
        self._file, self._store, self._path = file, store, path

    def read(self, size: int = -1, /) -> bytes:
        # botocore's body takes None for "all", Django's files take -1.
        data: bytes = self._store._try(
            "read", self._path, lambda: self._file.read(size) if size >= 0 else self._file.read()
        )
        return data


class _Unseekable:
    """What storages and their clients need of a stream that is read once.

    Some ask for its start before they begin (Azure, Google Cloud, FTP): it is there. Elsewhere it does not go, and
    the clients then send parts of unknown number, as they do with a pipe.
    """

    closed = False

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._position = 0

    def read(self, size: int | None = -1) -> bytes:
        data = self._source.read(-1 if size is None else size)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        target = self._position + offset if whence == os.SEEK_CUR else offset
        if whence == os.SEEK_END or target != self._position:
            raise io.UnsupportedOperation("an archive is written as it is made: it cannot be read again")
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing to do: whoever makes the archive closes it."""


def _stream_file(source: Readable, path: str) -> File[bytes]:
    file: File[bytes] = _StreamFile(source, path)
    file.content_type = _content_type(path)  # type: ignore[attr-defined]  # django-storages reads it
    return file


class _StreamFile(File):  # type: ignore[type-arg]  # generic in the stubs only
    """A Django file that can be read once, from its start to its end; how long it gets nobody knows yet."""

    size = None  # type: ignore[assignment]  # clients take it for "as much as there is"

    def __init__(self, source: Readable, path: str) -> None:
        self._stream = _Unseekable(source)
        super().__init__(self._stream, name=path)  # type: ignore[arg-type]  # it only reads

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while data := self._stream.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield data

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> Self:
        self.seek(0)  # it is open
        return self

    def seekable(self) -> bool:
        return False


def _store(storage: Storage, name: str) -> Store:
    # By name, so that boto3 is not loaded for a storage that does not use it.
    if any(cls.__module__ == "storages.backends.s3" for cls in type(storage).__mro__):
        return S3Store(storage, name)
    if any(cls.__module__ in _WITH_SESSION for cls in type(storage).__mro__):
        return SessionStore(storage, name)
    return Store(storage, name)


def _name_of(storage: Storage) -> str:
    """Return the alias under which the project configured this very storage, or its class."""
    for alias in storages.backends:
        with contextlib.suppress(InvalidStorageError):
            if storages[alias] is storage:
                return str(alias)
    return f"{type(storage).__module__}.{type(storage).__qualname__}"


def _content_type(path: str) -> str:
    try:
        return ArchiveFormat.of(path).content_type
    except ValueError:
        return "application/octet-stream"
