"""The inline half of a comment: the pieces of a line, and which of them a person sees. Pure."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt, rules_inline
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

__all__ = [
    "OPAQUE",
]

OPAQUE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in `VisibleLine.plain` for a character that is shown, but can be no part of a mention or command."""


_URL = re.compile(r"(?:https?://|ftp://|www\.)[^\s<]+", re.IGNORECASE)


_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


# Elements in which GitHub links no mention, and a quote made of tags.
_SILENT_TAG = re.compile(
    r"<(/?)(a|blockquote|code|kbd|pre|samp|script|style|template|textarea|title|tt|var|xmp)(?=[\s/>])",
    re.IGNORECASE,
)


_TASK = re.compile(r"[ \t]*\[[ xX]\][ \t]+")


@dataclass(frozen=True, slots=True)
class VisibleLine:
    """One line as a reader sees it, without emphasis marks, tags, comments and link targets."""

    text: str
    plain: str
    """``text`` with `OPAQUE` for each character of code, a link, an image, an entity or an escape."""
    offsets: Sequence[int]
    """For each character of ``text`` its offset in the comment."""


class _TooMuchWork(Exception):
    """The comment would take more than linear time."""


class _Silence:
    """Which silencing elements written as HTML tags are open."""

    def __init__(self) -> None:
        self.open: dict[str, int] = {}

    def __bool__(self) -> bool:
        return any(self.open.values())

    def copy(self) -> _Silence:
        other = _Silence()
        other.open = dict(self.open)
        return other

    def see(self, html: str) -> None:
        for match in _SILENT_TAG.finditer(_HTML_COMMENT.sub("", html)):
            tag, step = match[2].lower(), -1 if match[1] else 1
            self.open[tag] = max(0, self.open.get(tag, 0) + step)


# --- guards ---


def _comment_rule(state: StateInline, silent: bool) -> bool:
    """Take an HTML comment up to the first ``-->``.

    The library's expression misses comments that end in ``--->``, so that their text would be visible, and
    then looks for an end again at each ``<!--``.
    """
    if not state.src.startswith("<!--", state.pos):
        return False
    if state.html_terminator_last("-->") < state.pos + 2:
        return False
    end = state.src.find("-->", state.pos + 2)  # `<!-->` is a comment too
    if end + 3 > state.posMax:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = state.src[state.pos : end + 3]
    state.pos = end + 3
    return True


# --- the inline level ---


class _Kind(Enum):
    PLAIN = auto()
    SHOWN = auto()
    """Visible, but not plain text: code, a link's text, an entity."""
    MARK = auto()
    """A delimiter: whether it is text or emphasis is known when the whole block has been read."""
    TAG = auto()
    END = auto()


class _Piece(NamedTuple):
    """What became of a stretch of a block's content."""

    kind: _Kind
    start: int
    text: str
    in_place: bool = True
    """The characters of ``text`` stand in the content side by side from ``start`` on."""
    mark: Token | None = None


class _Inline(ParserInline):
    """markdown-it's inline parser, noting on the way in ``env["pieces"]`` what each rule took."""

    def tokenize(self, state: StateInline) -> None:
        rules = self.ruler.getRules("")
        pieces: list[_Piece] = state.env["pieces"]
        while state.pos < state.posMax:
            start, known, tokens = state.pos, len(pieces), len(state.tokens)
            rule = next((rule for rule in rules if rule(state, False)), None)
            if rule is None:
                state.append_pending(state.src[start])
                state.pos += 1
            # A link or an image has read its text by now, and what that noted becomes a part of it.
            pieces[known:] = _pieces(rule, state, start, state.tokens[tokens:], pieces[known:])
        if state.pending:
            state.pushPending()


def _pieces(
    rule: object, state: StateInline, start: int, tokens: list[Token], inner: list[_Piece]
) -> list[_Piece]:
    taken = state.src[start : state.pos]
    if rule is rules_inline.link:
        return [p._replace(kind=_Kind.SHOWN) if p.kind is _Kind.PLAIN else p for p in inner]
    if rule is rules_inline.image:
        return [_Piece(_Kind.SHOWN, start, OPAQUE, in_place=False)]
    if rule is rules_inline.autolink:
        return [_Piece(_Kind.SHOWN, start + 1, taken[1:-1])]
    if rule in (rules_inline.html_inline, _comment_rule):
        return [_Piece(_Kind.TAG, start, taken)]
    if rule is rules_inline.newline or taken == "\\\n":
        return [_Piece(_Kind.END, start, "")]
    if rule is rules_inline.escape:
        return [_Piece(_Kind.END if taken[1:2] == "\n" else _Kind.SHOWN, start, taken)]
    if rule is rules_inline.entity:
        return [_Piece(_Kind.SHOWN, start, tokens[-1].content, in_place=False)]
    if rule is rules_inline.backtick and tokens and tokens[-1].type == "code_inline":
        return [_Piece(_Kind.SHOWN, start, tokens[-1].content, in_place=False)]
    if rule in (rules_inline.emphasis.tokenize, rules_inline.strikethrough.tokenize):
        marks, end = [], state.pos
        for token in reversed(tokens):
            if end == start:  # text before the delimiters, pushed with the first of them
                break
            end -= len(token.content)
            marks.append(_Piece(_Kind.MARK, end, token.content, mark=token))
        return marks[::-1]
    return [_Piece(_Kind.PLAIN, start, taken)]


def _inline(
    content: str,
    offsets: list[int],
    parser: MarkdownIt,
    env: dict[str, Any],
    silence: _Silence,
    *,
    task: bool,
) -> list[VisibleLine]:
    pieces: list[_Piece] = []
    env["pieces"] = pieces
    parser.inline.parse(content, parser, env, [])
    lines: list[VisibleLine] = []
    line = _Line(offsets)
    for piece in pieces:
        match piece.kind:
            case _Kind.MARK if piece.mark is not None and not (
                piece.mark.type == "text" and piece.mark.content
            ):
                continue
            case _Kind.TAG if not _BREAK.fullmatch(piece.text):
                silence.see(piece.text)
            case _Kind.TAG | _Kind.END:
                lines.append(line.finish(task=task and not lines))
                line = _Line(offsets)
            case _:
                line.add(piece, shown_only=piece.kind is _Kind.SHOWN or bool(silence))
    return [*lines, line.finish(task=task and not lines)]


class _Line:
    """A visible line in the making."""

    def __init__(self, offsets: list[int]) -> None:
        self.of_content = offsets
        self.text: list[str] = []
        self.plain: list[str] = []
        self.offsets = array("q")

    def add(self, piece: _Piece, *, shown_only: bool) -> None:
        size = len(piece.text)
        self.text.append(piece.text)
        self.plain.append(OPAQUE * size if shown_only else piece.text)
        if piece.in_place:
            self.offsets.extend(self.of_content[piece.start : piece.start + size])
        else:
            self.offsets.extend([self.of_content[piece.start]] * size)

    def finish(self, *, task: bool) -> VisibleLine:
        text, plain = "".join(self.text), "".join(self.plain)
        plain = _URL.sub(lambda url: OPAQUE * len(url[0]), plain)
        box = _TASK.match(plain) if task else None
        begin, end = box.end() if box else 0, len(plain.rstrip(" \t"))
        return VisibleLine(text[begin:end], plain[begin:end], self.offsets[begin:end])
