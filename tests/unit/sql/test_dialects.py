"""Which errors of a database are about what was to be stored, and which about the database."""

from __future__ import annotations

import django.db
import psycopg
import pytest
from psycopg import errors

from django_github_app.sql.dialects import is_about_the_data


def wrapped(kind: type[Exception], cause: Exception) -> Exception:
    """Return an error as Django raises it, around the client's own."""
    error = kind(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        django.db.DataError(),
        django.db.IntegrityError(),
        django.db.ProgrammingError("cannot adapt type 'object'"),
        psycopg.DataError(),
        errors.UniqueViolation(),
        wrapped(django.db.OperationalError, errors.ProgramLimitExceeded("index row size exceeds maximum")),
        OverflowError("int too big to convert"),
    ],
    ids=repr,
)
def test_what_refuses_a_value_is_about_the_data(error: Exception) -> None:
    assert is_about_the_data(error)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(django.db.InternalError, errors.ReadOnlySqlTransaction()),
        errors.ReadOnlySqlTransaction(),
        wrapped(django.db.InternalError, errors.InFailedSqlTransaction()),
        wrapped(django.db.ProgrammingError, errors.UndefinedTable()),
        wrapped(django.db.ProgrammingError, errors.InsufficientPrivilege()),
        wrapped(django.db.NotSupportedError, errors.FeatureNotSupported()),
        wrapped(django.db.OperationalError, errors.AdminShutdown()),
        django.db.InterfaceError("connection already closed"),
        django.db.OperationalError("server closed the connection"),
        psycopg.OperationalError("the connection is lost"),
        TimeoutError(),
        RuntimeError("cannot schedule new futures after shutdown"),
    ],
    ids=repr,
)
def test_everything_else_is_about_the_database(error: Exception) -> None:
    assert not is_about_the_data(error)
