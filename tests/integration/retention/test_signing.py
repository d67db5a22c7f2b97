"""Manifests are signed, and what nobody of ours signed is not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from django_github_app.models import ArchiveFile, EventLog
from django_github_app.retention.records import Manifest
from django_github_app.retention.signing import is_signed
from tests.support.retention import a_run, an_event

pytestmark = [pytest.mark.django_db, pytest.mark.backends]


def archived(days: float = 10, **values: Any) -> ArchiveFile:
    event = an_event(days=days, **values)
    a_run(event)
    EventLog.objects.archive_events(0)
    return ArchiveFile.objects.order_by("-id")[0]


def test_a_manifest_is_signed_for_this_purpose_with_the_sites_key(folder: Path, settings: Any) -> None:
    file = archived()
    manifest = Manifest.from_json((folder / file.manifest_path).read_bytes())
    assert is_signed(manifest)
    assert not is_signed(manifest.unsigned())
    assert not is_signed(msgspec.structs.replace(manifest, count=manifest.count + 1))
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", []
    assert not is_signed(manifest)
    settings.SECRET_KEY_FALLBACKS = ["only for tests"]
    assert is_signed(manifest)
