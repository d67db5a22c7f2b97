"""The section of CHANGELOG.md that belongs to a version. Pure: text in, text out."""

from __future__ import annotations

import datetime as dt
import re

from .artefacts import ReleaseFailed

UNRELEASED = "Unreleased"
_HEADING = re.compile(r"^## (?P<version>\S+)(?: \((?P<date>\d{4}-\d\d-\d\d)\))?$", re.MULTILINE)


def section(changelog: str, version: str) -> str:
    """Return what is said about a version, without its heading. Raises ReleaseFailed if nothing is."""
    headings = list(_HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version:
            end = following.start() if following else len(changelog)
            if text := changelog[heading.end() : end].strip():
                return text + "\n"
    raise ReleaseFailed(f"CHANGELOG.md says nothing under `## {version}`")


def cut(changelog: str, version: str, date: dt.date) -> str:
    """Return the changelog with what is unreleased under a version and its date, and an empty section above.

    Raises ReleaseFailed if the version is there already, or nothing is unreleased.
    """
    section(changelog, UNRELEASED)
    if any(heading["version"] == version for heading in _HEADING.finditer(changelog)):
        raise ReleaseFailed(f"CHANGELOG.md has a section {version} already")
    return changelog.replace(f"## {UNRELEASED}\n", f"## {UNRELEASED}\n\n## {version} ({date})\n", 1)


def check_tag(tag: str, version: str, changelog: str) -> None:
    """Raise ReleaseFailed unless the tag names the version that pyproject.toml has and the changelog dates."""
    if tag != f"v{version}":
        raise ReleaseFailed(
            f"the tag is {tag}, and pyproject.toml says {version}: it would have to be v{version}"
        )
    section(changelog, version)
    if not any(h["version"] == version and h["date"] for h in _HEADING.finditer(changelog)):
        raise ReleaseFailed(f"CHANGELOG.md has no date beside `## {version}`: run `python -m release cut`")
