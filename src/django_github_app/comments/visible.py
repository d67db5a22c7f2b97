"""What a person sees of a text on GitHub, as plain text, and which of it is quoted. Pure.

For whatever reads a text in a person's place, a language model above all: what is hidden from people is not in it.
That is HTML comments and tags with their attributes, targets and titles of links, alternative texts of images,
definitions of links, formulas and diagrams (which can draw text that nobody sees), and characters without a shape,
in which whole sentences can be written. Code and quotes are seen, so they are in it.

The work is bounded as in `comments.markdown`: what lies behind a bound is left out, and `CUT` says so.
"""

from __future__ import annotations

import html as html_entities
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .inline import OPAQUE, _inline, _Silence, _TooMuchWork
from .markdown import MAX_LENGTH, MAX_MARKS, _marks, _parser, _Source

__all__ = ["CUT", "Passage", "passages", "visible_text", "with_shape"]

CUT: Final = "[the rest is left out]"
IMAGE: Final = "[image]"
FORMULA: Final = "[formula]"
DIAGRAM: Final = "[diagram]"
_DRAWN: Final = {
    "math": FORMULA,
    **dict.fromkeys(("mermaid", "geojson", "topojson", "stl"), DIAGRAM),
}
# A formula with a command in it: \phantom and \color make text that is there and not seen.
_FORMULA: Final = re.compile(r"\$\$[^$\\]*\\[^$]*\$\$|\$[^$\n\\]*\\[^$\n]*\$")
_BREAK: Final = re.compile(r"</?(?:br|p|div|li|tr|h[1-6]|summary|details)\b", re.IGNORECASE)
# Seen as nothing, though Unicode counts them among letters and marks.
_SHAPELESS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_NO_SHAPE: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


class Passage(NamedTuple):
    """A part of a text that is quoted, or that is not."""

    text: str
    quoted: bool


def visible_text(text: str) -> str:
    """Return what a person sees of a text in GitHub's Markdown; lines of quotes begin with ``> ``."""
    return "\n\n".join(
        "\n".join(f"> {line}" for line in passage.text.splitlines()) if passage.quoted else passage.text
        for passage in passages(text)
    )


def passages(text: str) -> list[Passage]:
    """Return what a person sees of a text, in order, cut where a quote begins or ends."""
    found: list[Passage] = []
    for block, quoted in _blocks(text):
        shown = with_shape(block).strip("\n")
        if not shown.strip():
            continue
        if found and found[-1].quoted == quoted:
            found[-1] = Passage(f"{found[-1].text}\n\n{shown}", quoted)
        else:
            found.append(Passage(shown, quoted))
    return found


def _blocks(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each block as a person sees it, and whether it is quoted."""
    source, parser = _Source.cut(text[:MAX_LENGTH]), _parser()
    tokens: list[Token] = []
    reader = _Reader(parser)
    try:
        parser.block.parse(source.normalised, parser, reader.env, tokens)
        for token in tokens:
            shown = reader.read(token)
            if shown is not None:
                yield shown, reader.quotes > 0
    except _TooMuchWork:
        yield CUT, False
        return
    if len(text) > MAX_LENGTH:
        yield CUT, False


class _Reader:
    """Reads one token after another, and knows in which quote, list and row it is."""

    def __init__(self, parser: MarkdownIt) -> None:
        self.parser = parser
        self.env: dict[str, Any] = {}
        self.quotes = 0
        self._marks_left = MAX_MARKS
        self._lead = ""
        self._cells: list[str] | None = None

    def read(self, token: Token) -> str | None:
        """Return what is seen of a token, None when that is nothing. Raises _TooMuchWork where a bound is."""
        match token.type:
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "list_item_open":
                self._lead = f"{token.info}{token.markup} " if token.info else "- "
            case "tr_open":
                self._cells = []
            case "tr_close":
                cells, self._cells = self._cells or [], None
                return " | ".join(cells)
            case "inline":
                return self._paragraph(token.content)
            case "fence" | "code_block":
                words = token.info.split()
                return _DRAWN.get(words[0].lower() if words else "", token.content)
            case "html_block":
                return _text_of_html(token.content)
            case _:
                pass
        return None

    def _paragraph(self, content: str) -> str | None:
        self._marks_left -= _marks(content)
        if self._marks_left < 0:
            raise _TooMuchWork
        # Rows may lack many thousands of cells.
        line = self._lead + (_line(content, self.parser, self.env) if content else "")
        self._lead = ""
        if self._cells is None:
            return line
        self._cells.append(line)
        return None


def _line(content: str, parser: MarkdownIt, env: dict[str, Any]) -> str:
    """Return the text of a paragraph, heading or cell."""
    places = list(range(len(content) + 1))
    lines = _inline(content, places, parser, env, _Silence(), task=False)
    return _FORMULA.sub(FORMULA, "\n".join(line.text for line in lines)).replace(OPAQUE, IMAGE)


def _text_of_html(html: str) -> str:
    """Return the text between the tags of a block: in one pass, whatever is in it.

    Raises _TooMuchWork for a tag or a comment that does not end: everything behind it is a part of it.
    """
    found: list[str] = []
    at = 0
    while at < len(html):
        opened = html.find("<", at)
        if opened < 0:
            found.append(html[at:])
            break
        found.append(html[at:opened])
        at = _end_of_tag(html, opened)
        if at == opened:  # no tag: a less-than sign that is seen
            found.append("<")
            at += 1
        elif _BREAK.match(html, opened):
            found.append("\n")
    return html_entities.unescape("".join(found))


def _end_of_tag(html: str, at: int) -> int:
    """Return where what begins with ``<`` ends; where nothing begins, ``at`` itself."""
    for begin, end in (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")):
        if html.startswith(begin, at):
            close = html.find(end, at + 2)
            if close < 0:
                raise _TooMuchWork
            return close + len(end)
    if not html[at + 1 : at + 3].lstrip("/")[:1].isalpha():
        return at
    quote = ""
    for place in range(at + 1, len(html)):
        character = html[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == ">":
            return place + 1
    raise _TooMuchWork


def with_shape(text: str) -> str:
    """Return a plain text, a title say, without the characters that nobody sees."""
    return "".join(
        character
        for character in text
        if character in "\n\t"
        or not (character in _SHAPELESS or unicodedata.category(character) in _NO_SHAPE)
    )
