"""System checks of the retention settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it

from django_github_app.conf import app_settings

from .prefix import PREFIX

__all__ = ["check_retention"]


def check_retention(**kwargs: Any) -> list[CheckMessage]:
    """E005, W009, W017."""
    from django_github_app.retention.names import check_template

    found: list[CheckMessage] = []

    def wrong(name: str, what: str) -> None:
        message = f"GITHUB_APP[{name!r}] {what}."
        found.append(Error(message, hint="See docs/retention.md.", id=f"{PREFIX}.E005"))

    if app_settings.RETENTION_ACTION not in ("delete", "archive"):
        wrong("RETENTION_ACTION", "must be 'delete' or 'archive'")
    try:
        check_template(app_settings.ARCHIVE_FILENAME_TEMPLATE)
    except ValueError as error:
        wrong("ARCHIVE_FILENAME_TEMPLATE", str(error))
    for name, least in (
        ("DAYS_TO_KEEP_EVENTS", 0),
        ("RETENTION_BATCH_SIZE", 1),
        ("RETENTION_TASK_SECONDS", 1),
        ("ARCHIVE_MAX_FILE_BYTES", 1),
    ):
        value = getattr(app_settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            wrong(name, f"must be a number, {least} or more")
    by_status: Any = app_settings.DAYS_TO_KEEP_BY_STATUS or {}
    if not isinstance(by_status, Mapping) or set(by_status) - {"done", "ignored", "dead"}:
        wrong("DAYS_TO_KEEP_BY_STATUS", "must map 'done', 'ignored' or 'dead' to days")
    storage = app_settings.ARCHIVE_STORAGE
    if isinstance(storage, str) and storage and "." not in storage and storage not in settings.STORAGES:
        wrong("ARCHIVE_STORAGE", f"names {storage!r}, which is not in STORAGES")
    elif storage == "default" and app_settings.RETENTION_ACTION == "archive" and settings.MEDIA_URL != "/":
        found.append(
            Warning(
                "Archives hold whole payloads and go to the default storage, whose files the site may serve.",
                hint="Give them a storage of their own in STORAGES, and name it in GITHUB_APP['ARCHIVE_STORAGE'].",
                id=f"{PREFIX}.W009",
            )
        )
    if app_settings.RETENTION_ACTION == "archive" and not settings.DEBUG and _is_own_disk(storage):
        found.append(
            Warning(
                "Archives go to the disk of whichever worker makes them: other machines do not see them, and a "
                "container that is replaced takes them with it.",
                hint="Name a storage that all share in GITHUB_APP['ARCHIVE_STORAGE'], such as S3. If the folder is "
                "a shared volume, silence this check.",
                id=f"{PREFIX}.W017",
            )
        )
    return found


def _is_own_disk(storage: Any) -> bool:
    from django.core.files.storage import FileSystemStorage
    from django.utils.module_loading import import_string

    if isinstance(storage, str):
        path = settings.STORAGES.get(storage, {}).get("BACKEND", storage)
        try:
            storage = import_string(path) if isinstance(path, str) else path
        except ImportError:
            return False  # Django's own check says so
    return isinstance(storage, FileSystemStorage) or (
        isinstance(storage, type) and issubclass(storage, FileSystemStorage)
    )
