"""The ``GITHUB_APP`` setting: one dictionary, read when it is used, with these defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils.text import slugify

GITHUB_APP_SETTINGS_NAME = "GITHUB_APP"

DEPRECATED_SETTINGS = {
    "WEBHOOK_TYPE": (
        "GITHUB_APP['WEBHOOK_TYPE'] has no effect: the view class that is mapped in urls.py "
        "(SyncWebhookView or AsyncWebhookView) decides the worker type. Remove the setting."
    ),
}

MIB = 1024 * 1024
_lookup = object.__getattribute__


class AppSettings:
    """Typed access to ``settings.GITHUB_APP``; what the project does not set has the default below.

    Values are looked up on each access, so ``override_settings`` works in tests.
    """

    # The GitHub App
    APP_ID: str = ""
    CLIENT_ID: str = ""
    NAME: str = ""
    PRIVATE_KEY: str = ""
    """PEM text, or the path (``str`` or ``Path``) of a file that holds it."""
    WEBHOOK_SECRET: str | Sequence[str] = ""
    """One secret or, while rotating, several: a delivery signed with any of them is accepted."""
    WEBHOOK_TYPE: Literal["async", "sync"] = "async"

    # Receiving
    MAX_BODY_BYTES: int = 25 * MIB
    INBOX_TIMEOUT: float = 5.0
    """Seconds that a webhook request waits for its commit before it is answered 503."""
    GROUP_COMMIT: bool = True
    """Concurrent deliveries of a process share one INSERT. ``False``: each request stores its own."""
    BODY_DICTIONARIES: Sequence[str | Path] = ()
    """Files of zstd dictionaries made by ``manage.py github train-dictionary``, read when the process starts. New
    bodies are stored with the first; all others stay listed while there are bodies that were stored with them."""
    LOG_ALL_EVENTS: bool = True
    """``False``: an event that no callback matched is deleted by the worker."""

    # Processing
    HANDLERS: Mapping[str, Sequence[str]] = {}
    """Worker type → handler modules. A type not named here finds ``<app>.events.handlers`` (sync) and
    ``<app>.events.ahandlers`` (async) of each installed app."""
    QUEUE_PREFIX: str = "github"
    """Queues are ``<prefix>.sync``, ``<prefix>.async`` and ``<prefix>.maintenance``."""
    MAINTENANCE_PROCESS: bool = True
    """Whether a worker runs sweep, retries and retention in a small process of its own, which no handler can hold
    up. ``False``: they share the worker's processes or threads with the handlers."""
    LANES: bool = True
    """Events of one issue or pull request run in the order they were received, one at a time."""
    BATCH_SIZE: int = 100
    """The most events that one Celery message carries."""
    SLOW_AFTER: float = 1.0
    """Seconds after which a worker hands the rest of its batch back, in smaller messages, for others to take."""
    HANDLER_TIMEOUT: float = 300.0
    """Seconds one callback may run."""
    LEASE_SECONDS: float = 60.0
    """How long a claim lasts without renewal; a lost worker's events run again after this."""
    MAX_ATTEMPTS: int = 5
    """How often one callback is tried before its event is DEAD."""
    MAX_LOST_LEASES: int = 3
    """How many workers an event may take down before it is DEAD."""
    RETRY_BACKOFF: float = 10.0
    """Seconds before the first retry; doubles each time, with jitter, up to RETRY_BACKOFF_MAX."""
    RETRY_BACKOFF_MAX: float = 3600.0
    SWEEP_INTERVAL: float = 5.0
    """Seconds between sweeps: due retries, stranded events, expired leases."""
    SWEEP_GRACE: float = 30.0
    """Seconds a stored event may wait for a worker before the sweep publishes it (again)."""

    # GitHub's API
    API_URL: str = "https://api.github.com"
    API_VERSION: str = "2022-11-28"
    """Sent as ``X-GitHub-Api-Version``."""
    API_HOSTS: Sequence[str] = ()
    """More origins that may get the app's credentials, such as ``https://uploads.github.com``."""
    API_TIMEOUT: float = 30.0
    """Seconds that one HTTP request may take."""
    API_RETRIES: int = 2
    """How often a request is repeated at once after a connection error or a 5xx, if repeating is harmless."""
    CONTENT_PER_MINUTE: int = 80
    """Comments and other notifying posts per installation; 0: no pacing. GitHub's own limit is the default."""
    CONTENT_PER_HOUR: int = 500
    POINTS_PER_MINUTE: int = 900
    """GitHub's secondary limit per installation: a read is 1 point, a write 5; 0: not counted."""
    RECONCILE_INTERVAL: float = 6 * 3600.0
    """Seconds after which an installation's repositories are compared with GitHub again."""
    RECOVER_MISSED_INTERVAL: float = 300.0
    """Seconds between looks into GitHub's log for deliveries that it could not deliver; 0: never."""
    CACHE: str = "default"
    """Alias in ``CACHES`` shared by all workers: tokens, rate-limit budgets, ETags."""

    # Commands
    COMMAND_PREFIX: str = ""
    """A second way to address the app at the start of a line, such as ``/`` for ``/deploy``. Unlike ``@app``,
    other apps may use it too, so unknown commands behind it are not answered."""
    COMMANDS_IN_BODIES: bool = True
    """Whether commands count in the body of a newly opened issue, pull request or discussion."""
    COMMAND_REACTIONS: Mapping[str, str | None] | None = {}
    """Other reactions than ``taken``: eyes, ``done``: rocket, ``mistake``: confused, ``denied``: -1. ``None``
    for one of them: none; ``None`` for the setting: no reactions at all."""
    COMMAND_REPLIES: bool = True
    """Whether a command that was denied, mistyped or failed is answered with a comment that says why."""
    COMMAND_OVERDUE: float = 600.0
    """Seconds after which a command that was taken and has no outcome is reported, to its author and the log."""
    COMMAND_PERMISSION_SECONDS: float = 60.0
    """How long the answer to *may this person do that* is believed."""
    COMMAND_MEMORY_DAYS: int = 30
    """Days for which a command is known to have run already."""

    # Retention
    AUTO_CLEANUP_EVENTS: bool = True
    """Whether beat's retention schedule does anything. Never in a request."""
    DAYS_TO_KEEP_EVENTS: int = 7
    """Days that finished events stay in the database."""
    DAYS_TO_KEEP_BY_STATUS: Mapping[str, int] | None = None
    """Other numbers of days for ``done``, ``ignored`` or ``dead``. ``None``: dead events stay 30 days, or
    DAYS_TO_KEEP_EVENTS if that is longer."""
    RETENTION_ACTION: Literal["delete", "archive"] = "delete"
    """What the schedule does with events that are old enough."""
    RETENTION_BATCH_SIZE: int = 2000
    """The most events that one transaction deletes; less when a batch takes longer than 0.06 s."""
    RETENTION_TASK_SECONDS: float = 20.0
    """Seconds that one retention task works before it hands over to its successor."""
    RETENTION_REST: float = 20.0
    """How long retention leaves the database alone after a piece of work while deliveries arrive, in times of what
    that piece took; less when they are few, not at all when there are none. 0: never."""
    ARCHIVE_STORAGE: Any = "default"
    """Where archives go: an alias of ``STORAGES``, the dotted path of a storage class, or an instance."""
    ARCHIVE_LOCATION: str = "github_events"
    """Folder of the archives in the storage."""
    ARCHIVE_FILENAME_TEMPLATE: str = "events_{date}_{id}.jsonl.zst"
    """Name of an archive file; fields: date, year, month, day, id. The ending (.json, .jsonl, .jsonl.gz,
    .jsonl.zst) chooses the format."""
    ARCHIVE_MAX_FILE_BYTES: int = 256 * MIB
    """Bytes of text, before compression, after which another file is begun."""
    ARCHIVE_DAYS_TO_KEEP: int | None = None
    """Days after which an archive file is removed from the storage. ``None``: never."""

    def __getattribute__(self, name: str) -> Any:
        default = _lookup(self, name)
        if not name.isupper():
            return default
        try:
            # Each request asks several times: past the first, this is where Django's lazy settings keep the value.
            configured: Mapping[str, Any] | None = _lookup(settings, GITHUB_APP_SETTINGS_NAME)
        except AttributeError:
            configured = getattr(settings, GITHUB_APP_SETTINGS_NAME, None)
        value = configured.get(name, default) if configured else default
        return _READ[name](value) if name in _READ else value

    @property
    def SLUG(self) -> str:
        """The name people mention: ``NAME`` as GitHub slugs it."""
        return _slug(self.NAME)

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """The configured secrets that are not empty. None at all means that every request is refused."""
        configured: Any = self.WEBHOOK_SECRET
        return _secrets((configured,) if isinstance(configured, str | bytes) else tuple(configured or ()))


@lru_cache(maxsize=2)
def _secrets(configured: tuple[Any, ...]) -> tuple[bytes, ...]:
    return tuple(s if isinstance(s, bytes) else str(s).encode() for s in configured if s)


@lru_cache(maxsize=8)
def _slug(name: str) -> str:
    return slugify(name)


def _read_app_id(value: Any) -> str:
    return str(value) if value else ""


def _read_private_key(value: Any) -> str:
    if not value:
        return ""
    text = str(value)
    if text.lstrip().startswith("-----BEGIN"):
        # Environment variables often carry the PEM on one line with escaped line ends.
        return text.replace("\\n", "\n") if "\\n" in text else text
    try:
        path = Path(text)
        return path.read_text() if path.is_file() else text
    except OSError:  # a key that is too long to be a file name
        return text


_READ: dict[str, Callable[[Any], Any]] = {"APP_ID": _read_app_id, "PRIVATE_KEY": _read_private_key}

app_settings = AppSettings()
