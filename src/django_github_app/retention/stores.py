"""A store for archives: any Django storage, written as a stream and read as a stream.

Django's storage API says little about names and failures, so each storage is asked for no more than it does
reliably (django-storages publishes half a file when writing to an open one fails, and renames silently).
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import InvalidStorageError, Storage, storages
from django.utils.module_loading import import_string

from django_github_app.conf import app_settings
from django_github_app.errors import GitHubAppError

from .format import Readable
from .records import ArchiveFormat

# boto3 holds parts of an unseekable upload in memory, by default ten of them.
PARTS_IN_MEMORY = 2


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
        return bool(self._try("look for", path, lambda: self.storage.exists(path)))

    def write(self, path: str, source: Readable) -> None:
        """Write an object under exactly this name, replacing one that is there. Raises StoreError."""

        def save() -> None:
            if self.storage.exists(path):
                self.storage.delete(path)
            written = self.storage.save(path, _stream_file(source, path))
            if written != path:
                self.storage.delete(written)
                raise StoreError(f"the store {self.name} would call {path} {written}: it does not overwrite")

        self._try("write", path, save)

    @contextmanager
    def open(self, path: str) -> Iterator[Readable]:
        """Open an object for reading. Raises FileNotFoundError or StoreError."""
        file = self._try("open", path, lambda: self.storage.open(path, "rb"))
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
            self._try("delete", path, lambda: self.storage.delete(path))

    def list(self, folder: str) -> Iterator[str]:
        """Yield the paths of all objects in a folder and the folders in it."""
        try:
            folders, files = self._try("list", folder, lambda: self.storage.listdir(folder))
        except FileNotFoundError:
            return
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        for name in sorted(files):
            yield prefix + name
        for name in sorted(folders):
            yield from self.list(prefix + name)

    def url(self, path: str) -> str | None:
        """Return a signed address from which a browser can fetch the object; None if the store has none."""
        return None

    def _try(self, verb: str, path: str, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (FileNotFoundError, StoreError):
            raise
        except Exception as error:
            raise StoreError(f"the store {self.name} could not {verb} {path}: {error}") from error


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
    """What boto3 needs of a stream: read, and a name for errors."""

    def __init__(self, source: Readable) -> None:
        self._source = source

    def read(self, size: int = -1) -> bytes:
        return self._source.read(size)


def _stream_file(source: Readable, path: str) -> File[bytes]:
    file: File[bytes] = _StreamFile(source, path)
    file.content_type = _content_type(path)  # type: ignore[attr-defined]  # django-storages reads it
    return file


class _StreamFile(File):  # type: ignore[type-arg]  # generic in the stubs only
    """A Django file that can be read once, from its start to its end."""

    def __init__(self, source: Readable, path: str) -> None:
        super().__init__(_Unseekable(source), name=path)  # type: ignore[arg-type]  # it only reads
        self._source = source

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while data := self._source.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
            yield data

    def seekable(self) -> bool:
        return False


def _store(storage: Storage, name: str) -> Store:
    # By name, so that boto3 is not loaded for a storage that does not use it.
    if any(cls.__module__ == "storages.backends.s3" for cls in type(storage).__mro__):
        return S3Store(storage, name)
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
