"""What an archive says, and what it is called."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.retention.records import (
    ArchiveDamaged,
    Manifest,
)


def test_a_manifest_comes_back_and_a_damaged_one_is_refused() -> None:
    manifest = Manifest(
        path="a/b.jsonl",
        day=dt.date(2026, 3, 14),
        first_id=1,
        last_id=2,
        count=2,
        size=10,
        text_size=20,
        sha256="0" * 64,
    )
    assert Manifest.from_json(manifest.to_json()) == manifest
    with pytest.raises(ArchiveDamaged, match="manifest"):
        Manifest.from_json(manifest.to_json()[:-10])
