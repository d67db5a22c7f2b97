"""Twenty thousand events of every kind, to the file system and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app import retention
from django_github_app.models import EventLog
from django_github_app.retention import Filter
from tests.support.retention import picture, varied_events

pytestmark = [pytest.mark.django_db, pytest.mark.backends, pytest.mark.slow, pytest.mark.timeout(600)]


def test_twenty_thousand_varied_events_make_the_round_trip(folder: Path, settings: Any) -> None:
    settings.GITHUB_APP = {**settings.GITHUB_APP, "ARCHIVE_MAX_FILE_BYTES": 8 * 1024 * 1024}
    varied_events(20_000, large=25)
    before = picture()
    count, files = EventLog.objects.archive_events(0)
    assert count == 20_000
    # Three days touch three or four dates, as the clock has it; the size ends the others.
    assert len(files) > 6
    assert picture() == {}
    assert retention.restore_events(Filter()) == (20_000, 0)
    assert picture() == before
