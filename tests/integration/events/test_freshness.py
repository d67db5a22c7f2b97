"""News may arrive in any order: the latest counts, and what is deleted stays so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache

from django_github_app.events import freshness

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _no_news() -> None:
    cache.clear()


def test_older_news_is_no_news() -> None:
    assert freshness.note("repository", 1, LATER)
    assert not freshness.note("repository", 1, NOON)
    assert freshness.note("repository", 1, LATER)
    assert freshness.note("repository", 2, NOON)
    assert freshness.note("installation", 1, NOON)


def test_news_without_a_date_counts_only_where_nothing_is_known() -> None:
    assert freshness.note("repository", 1, None)
    assert freshness.note("repository", 1, NOON)
    assert not freshness.note("repository", 1, None)


def test_what_is_gone_is_gone_for_ever() -> None:
    assert not freshness.is_gone("repository", 1)
    freshness.note_gone("repository", 1)
    assert freshness.is_gone("repository", 1)
    assert not freshness.is_gone("installation", 1)
    assert not freshness.note("repository", 1, LATER)
    assert not freshness.note_access(9, 1, LATER, lost=False)


def test_access_is_lost_and_got_back_by_date() -> None:
    assert freshness.note_access(9, 1, NOON, lost=True)
    assert freshness.is_lost(9, 1)
    assert not freshness.is_lost(8, 1)
    assert not freshness.note_access(9, 1, NOON - dt.timedelta(days=1), lost=False)
    assert freshness.is_lost(9, 1)
    assert freshness.note_access(9, 1, LATER, lost=False)
    assert not freshness.is_lost(9, 1)
