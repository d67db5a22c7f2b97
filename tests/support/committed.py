"""Rows that are really committed, without the cost of flushing every table after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from django_github_app.ingest import inbox
from django_github_app.models import EventLog, HandlerRun


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Stand in for pytest-django's fixture of this name: no transaction, its events removed after the test.

    For modules whose tests store through the inbox's threads, which could not see into a transaction.
    """
    with django_db_blocker.unblock():
        yield
        inbox.close()
        HandlerRun.objects.all().delete()
        EventLog.objects.all()._raw_delete("default")
