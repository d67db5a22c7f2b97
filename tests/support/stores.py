"""The stores that archives are tried in, and the table of docs/compatibility.md: ``make stores``.

The suite tries those whose servers are in the development environment.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tests.support.tables import Line, Table


@dataclass(frozen=True)
class Kind:
    """A storage class and a server that it is tried against."""

    name: str
    backend: str
    against: str
    outcome: str = "works"


S3 = "storages.backends.s3.S3Storage"
KINDS = [
    Kind("files", "django.core.files.storage.FileSystemStorage", "a disk"),
    Kind("moto", S3, "moto"),
    Kind("ministack", S3, "ministack"),
    Kind("s3rver", S3, "s3rver"),
    Kind("swift", S3, "OpenStack Swift", "works, without the encryption header: `ARCHIVE_ENCRYPTION=`"),
    Kind("sftp", "storages.backends.sftpstorage.SFTPStorage", "asyncssh"),
    Kind("ftp", "storages.backends.ftp.FTPStorage", "pyftpdlib"),
    Kind("azure", "storages.backends.azure_storage.AzureStorage", "Azurite"),
    Kind(
        "google",
        "storages.backends.gcloud.GoogleCloudStorage",
        "gcp-storage-emulator",
        "works, with `file_overwrite=False`",
    ),
]
BY_NAME = {kind.name: kind for kind in KINDS}
TABLE = Table(
    "stores",
    ("store", "tried against", "outcome"),
    [Line(f"`{kind.backend.rpartition('.')[2]}`", kind.against, kind.outcome, kind.name) for kind in KINDS],
    "tests/integration/retention/test_stores.py",
)

if __name__ == "__main__":
    sys.exit(TABLE.make())
