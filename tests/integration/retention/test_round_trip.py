"""Thousands of events of every kind, to the file system and back; `make stores` tries twenty thousand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from django_github_app import retention
from django_github_app.models import EventLog
from django_github_app.retention import Filter
from tests.support.retention import picture, varied_events

pytestmark = [pytest.mark.django_db, pytest.mark.backends, pytest.mark.slow, pytest.mark.timeout(600)]


EVENTS = int(os.environ.get("ROUND_TRIP", "4000"))


def test_thousands_of_varied_events_make_the_round_trip(folder: Path, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_MAX_FILE_BYTES": EVENTS * 400}
    varied_events(EVENTS, large=25)
    before = picture()
    count, files = EventLog.objects.archive_events(0)
    assert count == EVENTS
    # Three days touch three or four dates, as the clock has it; the size ends the others.
    assert len(files) > 6
    assert picture() == {}
    assert retention.restore_events(Filter()) == (EVENTS, 0)
    assert picture() == before
