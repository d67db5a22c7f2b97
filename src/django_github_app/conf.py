"""The ``GITHUB_APP`` setting: one dictionary, read when it is used, with these defaults."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.text import slugify

__all__ = [
    "DEPRECATED_SETTINGS",
    "GITHUB_APP_SETTINGS_NAME",
    "AppSettings",
    "app_settings",
]

GITHUB_APP_SETTINGS_NAME = "GITHUB_APP"
"""The name of the setting."""

DEPRECATED_SETTINGS = {
    "WEBHOOK_TYPE": (
        "GITHUB_APP['WEBHOOK_TYPE'] has no effect: the view class that is mapped in urls.py "
        "(SyncWebhookView or AsyncWebhookView) decides the worker type. Remove the setting."
    ),
}
"""Keys of the setting that have no effect any more, and what is said of each when Django starts."""

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
    """PEM text, or the path (``str`` or ``Path``, ``~`` too) of a file that holds it. Read as people paste it: in
    quotes, with ``\\n`` for line ends, on one line, in base64, without its first and last line."""
    WEBHOOK_SECRET: str | Sequence[str] = ""
    """One secret or, while rotating, several: a delivery signed with any of them is accepted."""
    WEBHOOK_TYPE: Literal["async", "sync"] = "async"

    # Receiving
    MAX_BODY_BYTES: int = 25 * MIB
    MAX_BYTES_IN_FLIGHT: int = 256 * MIB
    """Bytes of bodies that one process holds at once; a request beyond that is answered 503, to be sent again."""
    BODY_TIMEOUT: float = 10.0
    """Seconds that a request's body may take to arrive before it is answered 408 and the connection closed."""
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
    FAIR_SHARE: str = "installation"
    """Between whom workers share a backlog: events are taken in turn from each ``installation``, each ``repository``,
    or whatever the function with this dotted path returns for an installation's id and a repository's name."""
    BATCH_SIZE: int = 100
    """The most events that a worker claims at once, and that one Celery message names."""
    SLOW_AFTER: float = 1.0
    """Seconds after which a worker hands the rest of its batch back, in smaller messages, for others to take; it
    then claims no more at once than it got done in that time."""
    HANDLER_TIMEOUT: float = 300.0
    """Seconds one callback may run."""
    SHUTDOWN_GRACE: float = 15.0
    """Seconds for which a callback with a ``timeout`` of its own, or a checkpoint, may go on once its worker was told
    to stop. Then it is handed back, and another worker goes on from its last checkpoint."""
    LEASE_SECONDS: float = 60.0
    """How long a claim lasts without renewal; a lost worker's events run again after this."""
    LEASE_GUARD: bool = True
    """Whether a worker has a process beside it that keeps its leases while a callback keeps Python's lock to itself,
    and kills a process that such a callback has held for longer than HANDLER_TIMEOUT and LEASE_SECONDS."""
    MAX_ATTEMPTS: int = 5
    """How often one callback is tried before its event is DEAD."""
    MAX_LOST_LEASES: int = 3
    """How many workers an event may take down before it is DEAD."""
    RETRY_BACKOFF: float = 10.0
    """Seconds before the first retry; doubles each time, with jitter, up to RETRY_BACKOFF_MAX."""
    RETRY_BACKOFF_MAX: float = 3600.0
    OUTAGE_PATIENCE: float = 24.0
    """Hours after its receipt for which an event waits for GitHub, the database, the cache or the broker to come back
    without using up attempts. 0: an outage is a failure like any other."""
    LANE_PATIENCE: float = 600.0
    """Seconds in which no worker takes events of a worker type, although some could run, after which those no longer
    hold events of the other type in their lanes."""
    SWEEP_INTERVAL: float = 5.0
    """Seconds between sweeps: due retries, stranded events, expired leases."""
    SWEEP_GRACE: float = 30.0
    """Seconds a stored event may wait for a worker before the sweep publishes it (again)."""

    # GitHub's API
    API_URL: str = "https://api.github.com"
    API_VERSION: str = ""
    """Sent as ``X-GitHub-Api-Version``. Empty: 2026-03-10, and to an Enterprise Server (an ``API_URL`` that ends in
    ``/api/v3``), which need not know that one, 2022-11-28."""
    API_HOSTS: Sequence[str] = ()
    """More origins that may get the app's credentials, such as ``https://uploads.github.com``."""
    API_TIMEOUT: float = 30.0
    """Seconds that one HTTP request may take."""
    HTTP_CLIENT: Literal["", "httpx", "httpx2"] = ""
    """The library that calls GitHub; ``""``: httpx, and httpx2 where only that is installed."""
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
    RECOVER_MISSED: Literal["wanted", "all"] = "wanted"
    """Which of them are asked for: those that a handler is for by their event and action, or all, for a log without
    gaps."""
    CACHE: str = "default"
    """Alias in ``CACHES`` shared by all workers: tokens, rate-limit budgets, ETags."""

    # Observing
    METRICS: bool = False
    """Whether processes count what they do for Prometheus; needs the extra ``metrics``. docs/operations.md"""
    METRICS_TOKEN: str = ""
    """What ``Authorization: Bearer …`` must hold at the metrics view and port. Empty: the view is for staff, the port
    for everybody who reaches it."""
    METRICS_PORT: int = 0
    """Port on which a worker answers ``/metrics``; 0: none."""
    METRICS_HOST: str = "127.0.0.1"
    """Address that the port listens on; ``0.0.0.0``: all."""
    METRICS_DIR: str = ""
    """Folder in which the processes of one web server leave their counts for whichever of them is asked. Workers make
    one of their own. Empty: ``PROMETHEUS_MULTIPROC_DIR``, or the process that is asked tells its own counts only."""
    TRACING: float = 0.0
    """The share of deliveries, 0 to 1, of which spans are made, from receipt to the last call of GitHub; their trace
    context is stored in their rows. Needs the extra ``otel``. Each traced delivery costs, the others do not."""
    ROLLUPS: bool = True
    """Whether workers keep counters by minute and hour in the database, for pages about them."""
    ALARMS: Mapping[str, Any] | None = {}
    """Other thresholds of the built-in watch, and where it tells; docs/operations.md has the names. ``None``: no
    watch."""
    REPLAY_PROTECTION: Literal["off", "log", "refuse"] = "off"
    """What becomes of a signed body that comes again under another delivery id or event name: nothing is looked for,
    it is logged, or it is logged and answered 409. Looking costs a web process more than 1 % of a delivery."""
    REPLAY_MEMORY_DAYS: int = 7
    """Days for which bodies are recognised. Under the name of an event that has another shape they always are."""

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
    CANCEL_PERMISSION: str = ""
    """Who may type ``@app cancel``, which stops what runs or waits under a key for an issue or pull request: a
    permission of commands, such as ``write``. Empty: there is no such command."""
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
    ARCHIVE_STORAGE: Any = ""
    """Where archives go: an alias of ``STORAGES``, the dotted path of a storage class, or an instance. Empty:
    nowhere; nothing is archived before a store was named."""
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
        if value is None and name not in _NULLABLE:
            value = default  # as `os.environ.get` leaves it
        return _READ[name](value) if name in _READ else value

    @property
    def SLUG(self) -> str:
        """The name people mention: ``NAME`` as GitHub slugs it."""
        return _slug(self.NAME)

    @property
    def fair_share(self) -> Callable[[int | None, str | None], Hashable]:
        """What says whose an event is, of its installation's id and its repository's name: FAIR_SHARE."""
        return _fair_share(self.FAIR_SHARE)

    @property
    def api_version(self) -> str:
        """The version of GitHub's API that is asked for."""
        older = self.API_URL.rstrip("/").endswith("/api/v3")
        return self.API_VERSION or ("2022-11-28" if older else "2026-03-10")

    @property
    def webhook_secrets(self) -> tuple[bytes, ...]:
        """The configured secrets that are not empty. None at all means that every request is refused."""
        configured: Any = self.WEBHOOK_SECRET
        return _secrets((configured,) if isinstance(configured, str | bytes) else tuple(configured or ()))

    @property
    def panel_keys(self) -> tuple[bytes, ...]:
        """What items of checkbox panels are signed with: Django's secret key, and those that it had before."""
        keys = (settings.SECRET_KEY, *getattr(settings, "SECRET_KEY_FALLBACKS", ()))
        return tuple(key if isinstance(key, bytes) else key.encode() for key in keys)


@lru_cache(maxsize=4)
def _fair_share(name: str) -> Callable[[int | None, str | None], Hashable]:
    if name == "installation":
        return lambda installation, repository: installation
    if name == "repository":
        return lambda installation, repository: repository
    found: Callable[[int | None, str | None], Hashable] = import_string(name)
    return found


@lru_cache(maxsize=2)
def _secrets(configured: tuple[Any, ...]) -> tuple[bytes, ...]:
    # GitHub's form takes no line ends: one at the end comes from a file, or from `echo`.
    read = ((s if isinstance(s, bytes) else str(s).encode()).strip(b"\r\n") for s in configured if s)
    return tuple(secret for secret in read if secret)


@lru_cache(maxsize=8)
def _slug(name: str) -> str:
    return slugify(name)


def _read_app_id(value: Any) -> str:
    return str(value).strip() if value else ""


def _read_private_key(value: Any) -> str:
    """Return the PEM text of a key, however it was pasted; what cannot be read comes back as it is."""
    if not value:
        return ""
    found = _pem_in(value)
    if found is not None:
        return found
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    try:
        path = Path(text.strip().strip("\"'")).expanduser()
        # Read each time: a key that is replaced in its file counts at once.
        return (_pem_in(path.read_bytes()) or path.read_text(errors="replace")) if path.is_file() else text
    except (OSError, ValueError, RuntimeError):  # too long for a file name, a NUL byte, an unknown ~user
        return text


def _pem_in(value: Any) -> str | None:
    return _pem(value) if isinstance(value, str | bytes) else None


@lru_cache(maxsize=4)
def _pem(value: str | bytes) -> str | None:
    """Return the PEM text in ``value``: in quotes, with escaped line ends or none, in base64, as DER, or as it is."""
    if isinstance(value, bytes):
        if value[:1] == b"\x30":
            return _with_armour(value)
        value = value.decode("utf-8-sig", errors="replace")
    text = value.replace("\\r", "").replace("\\n", "\n").replace("\r", "")
    found = _ARMOUR.search(text)
    if found is not None:
        label, body = found[1], found[2]
        if ":" in body:  # headers of an encrypted key
            return f"-----BEGIN {label}-----\n{body.strip()}\n-----END {label}-----\n"
        return _wrap(label, "".join(body.split()))
    if "-----BEGIN" in text:
        return text.strip().strip("\"'")
    try:
        decoded = base64.b64decode("".join(text.strip().strip("\"'").split()), validate=True)
    except ValueError:
        return None
    if b"-----BEGIN" in decoded:
        return _pem(decoded)
    return _with_armour(decoded)


_ARMOUR = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


def _with_armour(der: bytes) -> str | None:
    # SEQUENCE { INTEGER 0, then the modulus, an INTEGER (PKCS #1), or the algorithm, a SEQUENCE (PKCS #8) }
    start = der[:2] == b"\x30\x82" and der[4:7] == b"\x02\x01\x00" and der[7:8]
    label = {b"\x02": "RSA PRIVATE KEY", b"\x30": "PRIVATE KEY"}.get(start or b"")
    return _wrap(label, base64.b64encode(der).decode()) if label else None


def _wrap(label: str, body: str) -> str:
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


_READ: dict[str, Callable[[Any], Any]] = {"APP_ID": _read_app_id, "PRIVATE_KEY": _read_private_key}
# Settings for which None says something else than "not set".
_NULLABLE = frozenset({"ALARMS", "COMMAND_REACTIONS", "DAYS_TO_KEEP_BY_STATUS", "ARCHIVE_DAYS_TO_KEEP"})

app_settings = AppSettings()
"""The settings of this project, as they are at the moment of asking."""

SETTING_TYPES: dict[str, Any] = {
    **{name: hint for name, hint in get_type_hints(AppSettings).items() if name.isupper()},
    # What is also read, but not how it is given out.
    "APP_ID": str | int,
    "PRIVATE_KEY": str | bytes | Path,
    "WEBHOOK_SECRET": str | bytes | Sequence[str | bytes],
}


def wrong_type(name: str, value: Any) -> str:
    """Return what a setting must be if ``value`` is not that, else ""."""
    hint = SETTING_TYPES.get(name)
    if hint is None or value is None or _fits(value, hint):
        return ""
    return (
        hint.__name__
        if isinstance(hint, type)
        else str(hint).replace("typing.", "").replace("collections.abc.", "")
    )


def _fits(value: Any, hint: Any) -> bool:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return value in parts
    if origin is Sequence:
        is_list = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return is_list and all(item is None or _fits(item, parts[0]) for item in value)
    if origin is Mapping:
        return isinstance(value, Mapping) and all(_fits(item, parts[1]) for item in value.values())
    if hint is Any:
        return True
    if hint is type(None):
        return value is None
    if hint is float:
        hint = int | float
    # A lazily translated string, or a number that is a flag, is not what is meant.
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
