"""Several files as one: ``_extends``, and what a nearer file says over a farther one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["EXTENDS", "MAX_FILES", "Address", "extended", "merged"]

EXTENDS: Final = "_extends"
MAX_FILES: Final = 5
"""Files that one configuration is made of."""

_NAME = re.compile(r"(?:(?P<owner>[\w.-]+)/)?(?P<repo>[\w.-]+)?(?::(?P<path>[\w./ -]+))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A file of a repository, on its default branch."""

    repo: str
    """``owner/name``."""
    path: str

    @property
    def key(self) -> str:
        """The same for the same file: names of repositories have no case."""
        return f"{self.repo.casefold()}:{self.path}"


def extended(value: object, by: Address) -> Address | None:
    """Return the file that ``_extends`` names: ``repo``, ``owner/repo``, ``owner/repo:path`` or ``:path``.

    Without an owner it is that of ``by``, without a path the same as that. None for what names no file.
    """
    match = _NAME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or not (match["repo"] or match["path"]):
        return None
    path = (match["path"] or by.path).strip().removeprefix("/")
    if any(part in ("", ".", "..") for part in path.split("/")):
        return None
    repo = f"{match['owner'] or by.repo.partition('/')[0]}/{match['repo']}" if match["repo"] else by.repo
    return Address(repo, path)


def merged(nearer: Any, farther: Any) -> Any:
    """Return both as one: mappings key by key, of everything else what is nearer."""
    if not (isinstance(nearer, dict) and isinstance(farther, dict)):
        return nearer
    return {
        **farther,
        **{
            name: merged(value, farther[name]) if name in farther else value for name, value in nearer.items()
        },
    }
