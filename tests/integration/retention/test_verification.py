"""Archive files are read back and compared with what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from django_github_app import retention
from django_github_app.models import ArchiveFile, ArchiveState, EventLog
from django_github_app.retention import Filter
from django_github_app.retention.records import Manifest
from django_github_app.retention.restore import verify_file
from django_github_app.retention.signing import is_signed
from django_github_app.retention.stores import Store
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def archived(days: float = 10, **values: Any) -> ArchiveFile:
    event = an_event(days=days, **values)
    a_run(event)
    EventLog.objects.archive_events(0)
    return ArchiveFile.objects.order_by("-id")[0]


def test_verifying_signs_an_old_manifest_with_todays_key(folder: Path, settings: Any) -> None:
    file = archived()
    path = folder / file.manifest_path
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"
    assert verify_file(file) == ""
    settings.SECRET_KEY_FALLBACKS = []
    assert is_signed(Manifest.from_json(path.read_bytes()))
    path.write_bytes(Manifest.from_json(path.read_bytes()).unsigned().to_json())
    assert verify_file(file) == ""
    assert is_signed(Manifest.from_json(path.read_bytes()))


def test_one_wrong_read_is_no_verdict(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = archived()
    path = folder / file.path
    good = path.read_bytes()
    opened = Store.open
    times = []

    def once_wrong(store: Store, name: str) -> Any:
        times.append(name)
        path.write_bytes(good[:-1] if len(times) == 1 else good)
        return opened(store, name)

    monkeypatch.setattr(Store, "open", once_wrong)
    assert verify_file(file) == ""
    times.clear()
    assert retention.restore_events(Filter()) == (1, 0)
    file.refresh_from_db()
    assert file.state == ArchiveState.STORED


def test_what_was_damaged_and_is_whole_again_is_restored_after_a_verification(folder: Path) -> None:
    file = archived()
    path = folder / file.path
    good = path.read_bytes()
    path.write_bytes(good[:-1])
    assert verify_file(file)
    path.write_bytes(good)
    assert verify_file(ArchiveFile.objects.get()) == ""
    assert retention.restore_events(Filter()) == (1, 0)
