"""Archives on S3 over HTTP, against two servers that disagree about what they forgive."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_github_app import retention
from django_github_app.admin.retention_pages import describe_store
from django_github_app.models import ArchiveFile, EventLog
from django_github_app.retention import Filter
from django_github_app.retention.restore import adopt, verify_file
from django_github_app.retention.stores import S3Store, Store, StoreError
from django_github_app.retention.uploads import Upload
from tests.support.retention import an_event, picture, varied_events
from tests.support.s3 import BUCKET, SERVERS, s3_server, storage_options

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


# Swift refuses the header of encryption, which these are about.
@pytest.fixture(scope="module", params=[name for name in SERVERS if name != "swift"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of an S3 server."""
    with s3_server(request.param, tmp_path_factory.mktemp(request.param)) as url:
        yield url


@pytest.fixture
def store(server: str, settings: Any) -> S3Store:
    """The archive store, in an empty bucket."""
    options = storage_options(
        server,
        location="folder",
        object_parameters={"ServerSideEncryption": "AES256", "StorageClass": "STANDARD_IA"},
    )
    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_STORAGE": "archives"}
    found = Store.resolve("archives")
    assert isinstance(found, S3Store)
    storage: Any = found.storage
    bucket = storage.connection.Bucket(BUCKET)
    bucket.create()
    bucket.objects.all().delete()
    return found


def test_events_go_to_s3_and_come_back(store: S3Store) -> None:
    varied_events(300, large=3)
    before = picture()
    EventLog.objects.archive_events(0)
    assert picture() == {}
    objects = sorted(store.list("github_events"))
    paths = list(ArchiveFile.objects.values_list("path", flat=True))
    assert objects == sorted([*paths, *(f"{path}.manifest.json" for path in paths)])
    assert [verify_file(file) for file in ArchiveFile.objects.all()] == [""] * len(paths)
    ArchiveFile.objects.all().delete()
    assert len(list(adopt(store, "github_events"))) == len(paths)
    retention.restore_events(Filter())
    assert picture() == before


@pytest.mark.backends
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thousands_of_varied_events_make_the_round_trip(store: S3Store) -> None:
    events = int(os.environ.get("ROUND_TRIP", "1500"))
    varied_events(events, large=10)
    before = picture()
    assert EventLog.objects.archive_events(0)[0] == events
    assert picture() == {}
    assert retention.restore_events(Filter()) == (events, 0)
    assert picture() == before


def test_encryption_storage_class_and_type_are_set_and_gzip_is_no_content_encoding(
    store: S3Store, settings: Any
) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_FILENAME_TEMPLATE": "{id}.jsonl.gz"}
    an_event(days=10)
    _, (path,) = EventLog.objects.archive_events(7)
    head = store._object(path).meta.client.head_object(Bucket=BUCKET, Key=f"folder/{path}")
    assert (head["ServerSideEncryption"], head["StorageClass"]) == ("AES256", "STANDARD_IA")
    assert (head["ContentType"], head.get("ContentEncoding")) == ("application/gzip", None)


def test_a_large_object_travels_in_parts_and_comes_back_whole(store: S3Store) -> None:
    data = os.urandom(20 * 1024 * 1024 + 3)
    with Upload(store, "large_1.jsonl") as upload:
        for start in range(0, len(data), 300_000):
            upload.send(data[start : start + 300_000])
    assert store.read("large_1.jsonl") == data


@pytest.mark.parametrize("name", ["/", "//", ".", "..", "deep/" * 300])
def test_names_that_no_folder_has_do_not_lead_in_circles(store: S3Store, name: str) -> None:
    """Whoever can write to the bucket may choose names that are parts of no path."""
    storage: Any = store.storage
    bucket = storage.connection.Bucket(BUCKET)
    folder = storage._normalize_name("github_events")
    bucket.put_object(Key=f"{folder}/{name}/x.manifest.json", Body=b"{}")
    store.write("github_events/ours", io.BytesIO(b"ours"))
    assert "github_events/ours" in list(store.list("github_events"))


def test_an_upload_whose_maker_fails_leaves_no_object(store: S3Store) -> None:
    def maker() -> None:
        with Upload(store, "half_1.jsonl") as upload:
            upload.send(os.urandom(12 * 1024 * 1024))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        maker()
    assert not store.exists("half_1.jsonl")
    client = store._object("half_1.jsonl").meta.client
    assert not client.list_multipart_uploads(Bucket=BUCKET).get("Uploads")


def test_what_is_there_is_replaced_and_what_is_not_is_missing(store: S3Store) -> None:
    for content in (b"one", b"two"):
        with Upload(store, "x_1.jsonl") as upload:
            upload.send(content)
    assert store.read("x_1.jsonl") == b"two"
    store.delete("x_1.jsonl")
    store.delete("x_1.jsonl")
    assert not store.exists("x_1.jsonl")
    with pytest.raises(FileNotFoundError):
        store.read("x_1.jsonl")


def test_a_bucket_that_is_not_there_deletes_nothing(server: str, settings: Any) -> None:
    options = storage_options(server, bucket_name="no-such-bucket")
    settings.STORAGES = {
        **settings.STORAGES,
        "nowhere": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    an_event(days=10)
    before = picture()
    with pytest.raises(StoreError, match="could not write"):
        EventLog.objects.archive_events(7, storage="nowhere")
    assert picture() == before


def test_a_server_that_does_not_answer_deletes_nothing(settings: Any, tmp_path: Path) -> None:
    from botocore.config import Config

    options = storage_options(
        "http://127.0.0.1:9", client_config=Config(retries={"max_attempts": 0}, connect_timeout=1)
    )
    settings.STORAGES = {
        **settings.STORAGES,
        "down": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    an_event(days=10)
    with pytest.raises(StoreError, match="down could not"):
        EventLog.objects.archive_events(7, storage="down")
    assert EventLog.objects.count() == 1


def test_the_admin_names_the_bucket_and_signs_downloads(store: S3Store) -> None:
    assert describe_store("archives") == f"archives (bucket {BUCKET})"
    an_event(days=10)
    _, (path,) = EventLog.objects.archive_events(7)
    url = store.url(path)
    assert url is not None
    assert "Signature" in url
