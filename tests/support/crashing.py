"""Run a retention job in a process that kills itself at a chosen step: ``python -m tests.support.crashing``.

Arguments: the job's id, and the step; none: the job runs to its end.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import django
from django.core.files.storage import FileSystemStorage

ARCHIVE_STEPS = (
    "before the upload",
    "during the upload",
    "after the upload",
    "after the read-back",
    "after the manifest",
    "after the record",
    "between delete batches",
    "after the deletes",
    "between files",
)
TWO_FILE_STEPS = ("when the next file is begun too", "when the next file is whole too")


def die(*arguments: Any, **options: Any) -> Any:
    """End this process as a lost machine does."""
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


class HalfWritten(FileSystemStorage):
    """A storage that takes the process down in the middle of a file."""

    def _save(self, name: str, content: Any) -> str:
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(next(iter(content.chunks()))[:1000])
        die()
        return name


def arm(step: str) -> None:
    """Arrange for this process to die at ``step``."""
    from django.core.files.storage import storages

    from django_github_app.models import ArchiveFile
    from django_github_app.retention import cleanup, file_builder, pipeline, restore, settling, uploads
    from django_github_app.sql import restore as rows

    def after(number: int, function: Any) -> Any:
        def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal number
            number -= 1
            return function(*arguments, **options) if number >= 0 else die()

        return counted

    def few(batches: Any) -> Any:
        def limited(*arguments: Any, **options: Any) -> Iterator[Any]:
            for count, batch in enumerate(batches(*arguments, **options)):
                if count == 2:
                    die()
                yield batch

        return limited

    # Their names are replaced, those too that they import and that are not theirs to give.
    of_pipeline: Any = pipeline
    of_builder: Any = file_builder
    of_restore: Any = restore
    begun: list[Any] = []

    class Noted(file_builder.FileBuilder):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            begun.append(self)
            super().__init__(*arguments, **options)

    of_pipeline.FileBuilder = Noted

    def wait_for(condition: Any) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.01)

    def late(check: Any, until: Any) -> Any:
        calls: list[None] = []

        def checked(*arguments: Any, **options: Any) -> Any:
            calls.append(None)
            if len(calls) == 1:
                wait_for(until)
            return check(*arguments, **options)

        return checked

    match step:
        case "before the upload":
            uploads.Upload.__enter__ = die  # type: ignore[method-assign]
        case "during the upload":
            storage: Any = storages["archives"]
            storage.__class__ = HalfWritten
        case "after the upload":
            of_builder.check = die
        case "after the read-back":
            of_builder.write_manifest = die
        case "after the manifest":
            ArchiveFile.record = die  # type: ignore[method-assign]
        case "after the record":
            of_pipeline.settle = die
        case "between delete batches":
            of_pipeline.delete_rows = few(settling.delete_rows)
        case "after the deletes":
            ArchiveFile.settle = die  # type: ignore[method-assign]
        case "between files":
            of_pipeline.FileBuilder = after(1, file_builder.FileBuilder)
        case "when the next file is begun too":
            of_builder.check = late(of_builder.check, lambda: len(begun) > 1)
            ArchiveFile.record = die  # type: ignore[method-assign]
        case "when the next file is whole too":
            of_builder.check = late(of_builder.check, lambda: len(begun) > 1 and begun[1].verified())
            of_pipeline.delete_rows = few(settling.delete_rows)
        case "between cleanup batches":
            cleanup._delete_range = after(2, cleanup._delete_range)
        case "between restore batches":
            of_restore.insert_restored = after(1, rows.insert_restored)
        case _:
            raise ValueError(step)


def main(job: str, step: str = "") -> None:
    django.setup()
    from django.conf import settings

    from django_github_app.retention import jobs, requesting

    settings.STORAGES = {
        **settings.STORAGES,
        "archives": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": os.environ["ARCHIVES"]},
        },
    }
    settings.GITHUB_APP = {
        **settings.GITHUB_APP,
        "ARCHIVE_STORAGE": "archives",
        "RETENTION_BATCH_SIZE": 20,
        "ARCHIVE_MAX_FILE_BYTES": 400_000,
    }
    requesting.publish = lambda pk: None
    if step:
        arm(step)
    jobs.run(int(job), seconds=3600)


if __name__ == "__main__":
    main(*sys.argv[1:])
