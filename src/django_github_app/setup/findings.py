"""What doctor finds: one line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it is, and what to do if that is not well."""

    subject: str
    level: Level
    message: str
    hint: str = ""


Findings = Iterator[Finding]
