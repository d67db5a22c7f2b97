from __future__ import annotations

import datetime as dt

import pytest

from release import notes
from release.artefacts import ROOT, ReleaseFailed

CHANGELOG = "# Changelog\n\n## Unreleased\n\n- b\n\n## 0.1.0 (2026-01-02)\n\n### Added\n\n- a\n"
DAY = dt.date(2026, 3, 4)


def test_a_version_has_the_section_of_its_name() -> None:
    assert notes.section(CHANGELOG, "0.1.0") == "### Added\n\n- a\n"
    assert notes.section(CHANGELOG, "Unreleased") == "- b\n"
    with pytest.raises(ReleaseFailed, match=r"## 0\.2\.0"):
        notes.section(CHANGELOG, "0.2.0")


def test_cutting_dates_what_is_unreleased_and_nothing_twice() -> None:
    changed = notes.cut(CHANGELOG, "0.2.0", DAY)
    assert "## Unreleased\n\n## 0.2.0 (2026-03-04)\n\n- b\n" in changed
    with pytest.raises(ReleaseFailed, match="nothing under `## Unreleased`"):
        notes.cut(changed, "0.3.0", DAY)
    with pytest.raises(ReleaseFailed, match="already"):
        notes.cut(CHANGELOG, "0.1.0", DAY)


def test_a_tag_names_the_version_whose_notes_are_dated() -> None:
    notes.check_tag("v0.1.0", "0.1.0", CHANGELOG)
    with pytest.raises(ReleaseFailed, match=r"the tag is v0\.1\.1"):
        notes.check_tag("v0.1.1", "0.1.0", CHANGELOG)
    with pytest.raises(ReleaseFailed, match="no date"):
        notes.check_tag("v0.1.0", "0.1.0", CHANGELOG.replace(" (2026-01-02)", ""))


def test_this_checkout_can_be_cut() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    if "## 0.1.0" not in changelog:
        changelog = notes.cut(changelog, "0.1.0", DAY)
    notes.check_tag("v0.1.0", "0.1.0", changelog)
