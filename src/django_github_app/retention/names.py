"""Where an archive file lies: a path made of its day and its first event, and of nothing else."""

from __future__ import annotations

import datetime as dt
import re

from .records import ArchiveFormat

_FIELD = re.compile(r"\{([^{}]*)\}")
_FIELDS = frozenset({"date", "year", "month", "day", "id"})


def check_template(template: str) -> None:
    """Raise ValueError unless ``template`` gives every file a name of its own, in a known format."""
    ArchiveFormat.of(template)
    fields = _FIELD.findall(template)
    if unknown := sorted(set(fields) - _FIELDS):
        raise ValueError(f"{template!r} has unknown fields {unknown}: use {sorted(_FIELDS)}")
    if "id" not in fields:
        raise ValueError(f"{template!r} must contain {{id}}: without it two files would have one name")
    if re.search(r"[{}]", _FIELD.sub("", template)):
        raise ValueError(f"{template!r} has a brace too many")
    if template.startswith("/") or ".." in template.split("/") or "\\" in template:
        raise ValueError(f"{template!r} must stay inside ARCHIVE_LOCATION")


def archive_path(location: str, template: str, *, day: dt.date, first_id: int, generation: int = 1) -> str:
    """Return where the file that starts with event ``first_id`` of ``day`` lies.

    ``generation`` is 2 and up for an event that was changed, and archived, again.
    """
    check_template(template)
    ending = ArchiveFormat.of(template).value
    stem = template.removesuffix(ending).format(
        date=day.isoformat(),
        year=f"{day:%Y}",
        month=f"{day:%m}",
        day=f"{day:%d}",
        id=first_id,
    )
    name = f"{stem}.{generation}{ending}" if generation > 1 else f"{stem}{ending}"
    return f"{location.strip('/')}/{name}" if location.strip("/") else name
