"""What an archive says: one record per event with its runs, and the manifest beside the file. Pure."""

from __future__ import annotations

import base64
import datetime as dt
from enum import StrEnum

import msgspec
from msgspec import UNSET, Raw, UnsetType

from django_github_app.errors import GitHubAppError

__all__ = [
    "ArchiveDamaged",
    "ArchiveFormat",
    "ArchivedEvent",
    "ArchivedRun",
    "Manifest",
    "Stamp",
]

FORMAT_VERSION = 1


# A body may be nested as deep as the stack of whoever archived it allowed; whoever reads it may have less left.
EXTRA_DEPTH = 2000


class ArchiveDamaged(GitHubAppError):
    """The archive file is not what was written: it is missing, cut short or altered.

    Nothing was deleted because of it. Run ``manage.py github archives verify``; if the store keeps versions,
    bring back the right one.
    """


class ArchiveFormat(StrEnum):
    """What the ending of a file's name says about its content."""

    JSON = ".json"
    JSONL = ".jsonl"
    JSONL_GZ = ".jsonl.gz"
    JSONL_ZST = ".jsonl.zst"

    @classmethod
    def of(cls, path: str) -> ArchiveFormat:
        """Return the format of a path. Raises ValueError when its ending is none of ours."""
        for candidate in sorted(cls, key=len, reverse=True):
            if path.endswith(candidate.value):
                return candidate
        raise ValueError(f"{path!r} must end in one of {', '.join(cls)}")

    @property
    def content_type(self) -> str:
        match self:
            case ArchiveFormat.JSON:
                return "application/json"
            case ArchiveFormat.JSONL:
                return "application/x-ndjson"
            case ArchiveFormat.JSONL_GZ:
                return "application/gzip"
            case ArchiveFormat.JSONL_ZST:
                return "application/zstd"


class ArchivedRun(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    """A row of the ledger (`HandlerRun`). States are kept by name."""

    id: int
    kind: str = "event"
    handler: str
    position: int = 0
    status: str
    attempts: int = 1
    started_at: dt.datetime
    duration_ms: float | None = None
    next_attempt_at: dt.datetime | None = None
    error: str | None = None
    traceback: str | None = None
    command: str | None = None
    arguments: str | None = None
    actor: str | None = None
    tries: str | None = None  # those before the latest, as the database has them
    checkpoint: str | None = None  # likewise
    checkpointed_at: dt.datetime | None = None


class ArchivedEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """A row of the event log (`EventLog`) with its body and its runs."""

    # The columns of `sql.columns.ARCHIVED`, in that order.
    id: int
    status: str
    received_at: dt.datetime
    attempts: int = 0
    finished_at: dt.datetime | None = None
    event: str | None = None
    action: str | None = None
    delivery: str | None = None
    hook_id: int = 0
    target_id: int = 0
    installation_id: int | None = None
    repository_id: int | None = None
    repository: str | None = None
    sender: str | None = None
    number: int | None = None
    worker_type: str = ""
    lane: int | None = None
    lost_leases: int = 0
    lease_expires_at: dt.datetime | None = None
    next_attempt_at: dt.datetime | None = None
    published_at: dt.datetime | None = None
    restored_at: dt.datetime | None = None
    form_encoded: bool = False

    runs: list[ArchivedRun] = []
    payload: Raw | UnsetType = UNSET
    body_text: str | None = None
    body_base64: str | None = None
    frame_base64: str | None = None  # of a body that was damaged in the database: its stored form
    legacy_payload: Raw | UnsetType = UNSET
    legacy_text: str | None = None

    @property
    def body(self) -> bytes | None:
        """The exact bytes of the request body; None for a row that django-github-app stored."""
        if self.payload is not UNSET:
            return bytes(self.payload)
        if self.body_text is not None:
            return self.body_text.encode()
        return None if self.body_base64 is None else base64.b64decode(self.body_base64, validate=True)

    @body.setter
    def body(self, value: bytes | None) -> None:
        self.payload, self.body_text, self.body_base64 = UNSET, None, None
        if value is None:
            return
        if not value.isascii():
            try:
                value.decode()
            except UnicodeDecodeError:
                self.body_base64 = base64.b64encode(value).decode()
                return
        if _fits_on_a_line(value):
            self.payload = Raw(value)
        else:
            self.body_text = value.decode()

    @property
    def frame(self) -> bytes | None:
        """The stored form of a body that could not be decoded when it was archived."""
        return None if self.frame_base64 is None else base64.b64decode(self.frame_base64, validate=True)

    @frame.setter
    def frame(self, value: bytes) -> None:
        self.frame_base64 = base64.b64encode(value).decode()

    @property
    def legacy(self) -> str | None:
        """The JSON text of ``legacy_payload``, as the database wrote it."""
        if self.legacy_payload is not UNSET:
            return bytes(self.legacy_payload).decode()
        return self.legacy_text

    @legacy.setter
    def legacy(self, value: str | None) -> None:
        self.legacy_payload, self.legacy_text = UNSET, None
        if value is not None and _fits_on_a_line(encoded := value.encode()):
            self.legacy_payload = Raw(encoded)
        else:
            self.legacy_text = value


class Stamp(msgspec.Struct, frozen=True):
    """What tells whether a row is still the one that was archived."""

    id: int
    status: str
    received_at: dt.datetime
    attempts: int = 0
    finished_at: dt.datetime | None = None


_raw = msgspec.json.Decoder(Raw)


def _fits_on_a_line(text: bytes) -> bool:
    """Whether JSON text can stand inside a line as it is, and be cut out of it again byte for byte."""
    if not text or text[0] in b" \t\r\n" or text[-1] in b" \t\r\n" or b"\n" in text or b"\r" in text:
        return False
    try:
        _raw.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


class Manifest(msgspec.Struct, kw_only=True):
    """What is known of an archive file; written beside it in the store, as JSON."""

    version: int = FORMAT_VERSION
    path: str
    day: dt.date
    first_id: int
    last_id: int
    count: int
    size: int
    text_size: int
    sha256: str
    signature: str = ""  # over all the others, `signing`; manifests of older versions have none

    def to_json(self) -> bytes:
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    def unsigned(self) -> Manifest:
        """Return the manifest without its signature: what is signed."""
        return msgspec.structs.replace(self, signature="")

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Raises ArchiveDamaged when the text is not a manifest."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ArchiveDamaged(f"the manifest is not readable: {error}") from error
