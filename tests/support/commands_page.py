"""The examples of docs/commands.md: code, and what is typed with its answer."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
_BLOCK = re.compile(r"^(`{3,})(\w+)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)

PYTHON = [text for _, language, text in _BLOCK.findall(_PAGE) if language == "python"]
CONSOLE = [text for _, language, text in _BLOCK.findall(_PAGE) if language == "console"]
