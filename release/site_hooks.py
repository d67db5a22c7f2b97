"""What the site does to the pages of docs/: links to files that it does not have lead to the repository."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_LINK = re.compile(r"(?<=\]\()(\.\./[^)#\s]+)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Rewrite the links of a page that lead out of docs/, as they do in the repository."""
    return rewritten(markdown, Path(page.file.abs_src_path).parent, config.repo_url)


def rewritten(markdown: str, folder: Path, repository: str) -> str:
    """Return a page's text for the site. ``folder``: where the page is."""

    def lead(match: re.Match[str]) -> str:
        target = (folder / match[1]).resolve()
        if target.is_relative_to(ROOT / "docs") or not target.exists():
            return match[1]
        kind = "tree" if target.is_dir() else "blob"
        return f"{repository}/{kind}/main/{target.relative_to(ROOT).as_posix()}"

    return _LINK.sub(lead, markdown)
