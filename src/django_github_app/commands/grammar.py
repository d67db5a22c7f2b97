"""What a person typed: the lines of a comment that address the app, and their words. Pure.

    @slug name arguments…        also @slug[bot], @slug: and @slug,
    /name arguments…             when a prefix is configured

A command begins at the start of a line's visible text and ends with the line. Its arguments are words as in a
shell: quotes keep spaces, a backslash keeps the next character.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from django_github_app.comments.inline import OPAQUE, VisibleLine
from django_github_app.comments.markdown import visible_lines

__all__ = ["Mistake", "Typed", "Word", "find", "split", "words"]


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that addresses the app."""

    position: int
    """Offset of the ``@`` or of the prefix in the comment."""
    line: int
    """1-based, as is ``column``: in the source of the comment."""
    column: int
    address: str
    """How the app was addressed, as it is repeated in an answer: ``@slug`` followed by a space, or the prefix."""
    text: str
    """The visible text behind the address: the command's name and its arguments."""
    plain_words: tuple[str, ...]
    """The first words of ``text``, as far as they are no code and no link: those that a name can be made of."""

    @property
    def mentioned(self) -> bool:
        """Whether the app was addressed by its name."""
        return self.address.startswith("@")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the arguments without its quotes, and where it stands in them with its quotes."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Mistake(Exception):
    """The arguments cannot be read. ``start`` and ``end`` say where in them."""

    message: str
    start: int
    end: int

    def __str__(self) -> str:
        return self.message


MOST_WORDS_OF_A_NAME = 4
_LINE_END = re.compile(r"\r\n?|\n")
_WORD = re.compile(r"\S+")
# Opening mark → marks that close it. Phones and word processors put in those of their language.
_QUOTES = {
    '"': '"',
    "'": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{DOUBLE LOW-9 QUOTATION MARK}": "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "\N{RIGHT DOUBLE QUOTATION MARK}",
    "\N{LEFT SINGLE QUOTATION MARK}": "\N{RIGHT SINGLE QUOTATION MARK}",
    "\N{SINGLE LOW-9 QUOTATION MARK}": "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}",
    "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}": "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}",
    "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}": "\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}",
}
# These open anywhere, as in a shell; the others, which also stand for inches and apostrophes, where a value begins.
_OPEN_ANYWHERE = "\"'\N{LEFT DOUBLE QUOTATION MARK}"
# What nobody sees and pasting brings along: zero-width spaces, byte order and direction marks, soft hyphens, fillers,
# whatever else Unicode shows as nothing (Default_Ignorable_Code_Point). Joiners are a part of emoji and of some
# scripts, but not beside a space; variation selectors and tags are one of emoji, but not behind a space or a letter.
# Behind @ and / they stay: so a mention is broken on purpose (`quoting.neutralise`).
_INVISIBLE = re.compile(
    "(?<![@/])(?:[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f]"
    r"|(?:(?<=\s)|^)[\u200c\u200d]|[\u200c\u200d](?=\s|$)"
    "|(?:(?<=[\\sA-Za-z])|^)[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0020-\U000e0fff]++)"
)


def find(comment: str, slug: str, prefix: str | None = None) -> list[Typed]:
    """Return the lines that address the app, in order. Raises nothing, whatever the text."""
    needle, address = _patterns(slug.casefold(), (prefix or "").casefold())
    if needle is None or address is None or needle.search(comment) is None:
        return []
    starts = [0, *(match.end() for match in _LINE_END.finditer(comment))]
    number = 0
    found = []
    for seen in visible_lines(comment, needle):
        line = _without_invisible(seen)
        match = address.match(line.plain)
        if match is None:
            continue
        position = line.offsets[match.end("space")]
        while number + 1 < len(starts) and starts[number + 1] <= position:
            number += 1
        found.append(
            Typed(
                position=position,
                line=number + 1,
                column=position - starts[number] + 1,
                address=f"@{slug} " if match["mention"] else prefix or "",
                text=line.text[match.end() :].replace(OPAQUE, "").strip(),
                plain_words=_plain_words(line.plain[match.end() :]),
            )
        )
    return found


def _without_invisible(line: VisibleLine) -> VisibleLine:
    dropped = {index for match in _INVISIBLE.finditer(line.text) for index in range(*match.span())}
    if not dropped:
        return line
    kept = [index for index in range(len(line.text)) if index not in dropped]
    text, plain = ("".join([whole[index] for index in kept]) for whole in (line.text, line.plain))
    return VisibleLine(text, plain, [line.offsets[index] for index in kept])


@lru_cache(maxsize=32)
def _patterns(slug: str, prefix: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Return a pattern for what such a line contains at least, and one for how it begins."""
    needles = [re.escape(text) for text in (f"@{slug}" if slug else "", prefix) if text]
    if not needles:
        return None, None
    ways = []
    if slug:
        # Behind the name comes a space, a colon or a comma: @slug-too, @slug/team and @slug.com are others.
        ways.append(rf"(?P<mention>@{re.escape(slug)}(?:\[bot\])?(?:[:,](?=\s)|(?=\s|[:,]?$))[:,]?\s*)")
    else:
        ways.append(r"(?P<mention>(?!))")
    if prefix:
        ways.append(re.escape(prefix) + (r"\s+" if prefix[-1].isalnum() else "(?=[^\\s\u200b])"))
    needle = re.compile("|".join(needles), re.IGNORECASE)
    return needle, re.compile(rf"(?P<space>\s*)(?:{'|'.join(ways)})", re.IGNORECASE)


def _plain_words(plain: str) -> tuple[str, ...]:
    found: list[str] = []
    for match in _WORD.finditer(plain):
        if OPAQUE in match[0] or len(found) == MOST_WORDS_OF_A_NAME:
            break
        found.append(match[0])
    return tuple(found)


def split(arguments: str) -> list[Word]:
    """Split arguments into words as a shell does. Raises `Mistake` for a quote that is not closed."""
    found: list[Word] = []
    position, end = 0, len(arguments)
    while True:
        while position < end and arguments[position].isspace():
            position += 1
        if position == end:
            return found
        word, stop = _word(arguments, position)
        found.append(Word(word, position, stop))
        position = stop


def _word(arguments: str, start: int) -> tuple[str, int]:
    parts: list[str] = []
    position, end = start, len(arguments)
    while position < end and not arguments[position].isspace():
        character = arguments[position]
        if character in _QUOTES and (
            character in _OPEN_ANYWHERE or position == start or arguments[position - 1] == "="
        ):
            text, position = _quoted(arguments, position)
            parts.append(text)
        elif character == "\\" and position + 1 < end:
            parts.append(arguments[position + 1])
            position += 2
        elif character == "\N{EM DASH}" and position == start:
            parts.append("--")  # what phones and word processors make of two hyphens
            position += 1
        else:
            parts.append(character)
            position += 1
    return "".join(parts), position


def _quoted(arguments: str, start: int) -> tuple[str, int]:
    quote = arguments[start]
    closing = _QUOTES[quote]
    parts: list[str] = []
    position = start + 1
    while position < len(arguments):
        character = arguments[position]
        if character in closing:
            return "".join(parts), position + 1
        if character == "\\" and quote != "'" and arguments[position + 1 : position + 2] in (*closing, "\\"):
            position += 1
            character = arguments[position]
        parts.append(character)
        position += 1
    raise Mistake("This quote is not closed.", start, len(arguments))


def words(arguments: str) -> list[str]:
    """Split arguments into words; when a quote is not closed, at spaces. Raises nothing."""
    try:
        return [word.text for word in split(arguments)]
    except Mistake:
        return arguments.split()
