"""What somebody typed, said again by the app: it mentions nobody, closes nothing and starts no other app. Pure."""

from __future__ import annotations

import re

__all__ = ["neutralise", "quote"]

BREAK = "\N{ZERO WIDTH SPACE}"
"""Nobody sees it, and GitHub finds neither a login nor a number behind it."""

# GitHub looks for names and numbers in what Markdown makes of the text, where a character may stand as an entity.
_REFERENCE = re.compile(
    r"@(?=\S)|#(?=[\d&])|\bGH-(?=[\d&])|<(?=!--)"
    r"|&(?=(?:#[0-9]{1,8}|#x[0-9a-f]{1,8}|commat|num|lt|sol|hyphen|dash);)",
    re.IGNORECASE,
)
# Before an address, in whatever Markdown or as much room it stands.
_CLOSING = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?(?:\s|&nbsp;|&(?:Tab|NewLine);)++(?=[^\w\s]{0,8}https?:)",
    re.IGNORECASE,
)
# Wherever it does not stand in a word, a path or an address: Markdown shows a line without its marks, and a command
# may begin behind any of them ("- /close", "**/close**", "<b>/close").
_SLASH = re.compile(r"(?<![^\W_])(?<![:/.<])/(?=\S)")
LONGEST_TAG = 100
"""Characters before ``/>`` in which the tag that it ends begins."""
_RUN = re.compile("`+")


def quote(text: str) -> str:
    """Return text as a code span, whatever backticks it contains: there it mentions nobody and commands nothing."""
    text = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in _RUN.findall(text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def neutralise(text: str) -> str:
    """Return text that looks the same, and does nothing: no mention, no reference, no command, no hidden mark.

    An invisible space breaks ``@name``, ``#1``, ``fixes https://…``, ``/command`` and ``<!--``. Code spans in a
    single line are left as they are, so that they can be copied.
    """
    if "\n" in text or "\r" in text or "<" in text or "\\" in text:
        return _neutralised(text)  # where a code span begins and ends would need a parser
    pieces, position = [], 0
    for start, end in _code_spans(text):
        pieces += [_neutralised(text[position:start]), text[start:end]]
        position = end
    return "".join([*pieces, _neutralised(text[position:])])


def _neutralised(text: str) -> str:
    text = _REFERENCE.sub(lambda match: match[0] + BREAK, text)
    text = _CLOSING.sub(lambda match: match[0] + BREAK, text)
    return _SLASH.sub(lambda match: match[0] if _ends_a_tag(text, match.start()) else match[0] + BREAK, text)


def _ends_a_tag(text: str, at: int) -> bool:
    """Return whether the slash at ``at`` is that of ``<br />``."""
    if text[at + 1 : at + 2] != ">":
        return False
    before = text[max(0, at - LONGEST_TAG) : at]
    return before.rfind("<") > max(before.rfind(mark) for mark in ">\n\r")


def _code_spans(line: str) -> list[tuple[int, int]]:
    runs = [(match.start(), match.end()) for match in _RUN.finditer(line)]
    following: dict[int, int] = {}
    closing: list[int | None] = [None] * len(runs)  # for each run the next one of its length
    for number in range(len(runs) - 1, -1, -1):
        size = runs[number][1] - runs[number][0]
        closing[number] = following.get(size)
        following[size] = number
    spans, number = [], 0
    while number < len(runs):
        end = closing[number]
        if end is not None:
            spans.append((runs[number][0], runs[end][1]))
            number = end
        number += 1
    return spans
