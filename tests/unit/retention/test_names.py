"""Where an archive file lies."""

from __future__ import annotations

import datetime as dt

import pytest

from django_github_app.retention.names import archive_path, check_template
from django_github_app.retention.records import (
    ArchiveFormat,
)

NOON = dt.datetime(2026, 3, 14, 12, 0, 0, 123456, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("events_{date}_{id}.jsonl.zst", "github_events/events_2026-03-14_42.jsonl.zst"),
        ("{year}/{month}/{day}/{id}.json", "github_events/2026/03/14/42.json"),
    ],
)
def test_the_template_names_the_file(template: str, path: str) -> None:
    assert archive_path("github_events/", template, day=NOON.date(), first_id=42) == path


def test_a_later_generation_has_a_name_of_its_own() -> None:
    path = archive_path("", "{date}_{id}.jsonl.gz", day=NOON.date(), first_id=42, generation=2)
    assert path == "2026-03-14_42.2.jsonl.gz"
    assert ArchiveFormat.of(path) is ArchiveFormat.JSONL_GZ


@pytest.mark.parametrize(
    "template",
    [
        "events_{id}.txt",
        "events_{date}.jsonl",
        "{secret}_{id}.jsonl",
        "{id!r}.jsonl",
        "{id:>5}.jsonl",
        "../{id}.jsonl",
        "/{id}.jsonl",
        "{id}}.jsonl",
        "a\\{id}.jsonl",
    ],
)
def test_a_template_that_would_lose_files_or_leave_its_place_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"must|unknown|brace"):
        check_template(template)
