"""The visible text of a GitHub comment, line by line, with the place in the source of each character. Pure.

markdown-it-py decides what is code, quote, comment or link; this module adds what it does not keep: where
each piece of inline text stands in the source. It also bounds the work: nesting and size have limits, two
rules of markdown-it that take quadratic time have guards (`_comment_rule`, `_blockquote_rule`), and what lies
beyond a bound does not count as visible. benchmarks/bench_markdown.py measures the result.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt, rules_block, rules_inline
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

__all__ = ["MAX_LENGTH", "OPAQUE", "VisibleLine", "visible_lines"]

MAX_LENGTH: Final = 65_536
"""Characters of a comment that are looked at: GitHub accepts no longer one."""

MAX_NESTING: Final = 20
"""Levels of quotes and lists (a list item takes two); text nested deeper does not count."""

OPAQUE: Final = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands in `VisibleLine.plain` for a character that is shown, but can be no part of a mention or command."""

_TRIM = "\t\n\v\f\r "  # what CommonMark, and so markdown-it, strips around blocks
_LINE_END = re.compile(r"\r\n?|\n")
_BLANK_LINE = re.compile(r"(?:\r\n?|\n)[ \t]*(?=\r|\n)")
_BAR = re.compile(r"(?<!\\)\|")
_URL = re.compile(r"(?:https?://|ftp://|www\.)[^\s<]+", re.IGNORECASE)
_TASK = re.compile(r"[ \t]*\[[ xX]\][ \t]+")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# Elements in which GitHub links no mention, and a quote made of tags.
_SILENT_TAG = re.compile(
    r"<(/?)(a|blockquote|code|kbd|pre|samp|script|style|template|textarea|title|tt|var|xmp)(?=[\s/>])",
    re.IGNORECASE,
)


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


@lru_cache(maxsize=4)  # a comment is read once for each callback that waits for a mention
def visible_lines(comment: str, pattern: re.Pattern[str]) -> Sequence[VisibleLine]:
    """Return, in order, the visible lines of those blocks of ``comment`` in which ``pattern`` is found.

    A line ends where the reader sees it end: at a line break in the source, outside code and comments, and at
    ``<br>``. Of a comment over `MAX_LENGTH` the part that ends at the last blank line before it is looked at.
    """
    if len(comment) - comment.count("\r\n") > MAX_LENGTH:
        ends = [match.start() for match in _BLANK_LINE.finditer(comment, 0, MAX_LENGTH)]
        comment = comment[: ends[-1]] if ends else ""
    if pattern.search(comment) is None:
        return ()
    source = _Source.cut(comment)
    parser = _parser()
    tokens: list[Token] = []
    env: dict[str, Any] = {}
    try:
        parser.block.parse(source.normalised, parser, env, tokens)
    except _TooMuchWork:
        return ()
    found: list[VisibleLine] = []
    silence = _Silence()
    for token, task, offsets in _blocks(tokens, source):
        if token.type == "html_block":
            silence.see(token.content)
            continue
        wanted = pattern.search(token.content)
        if wanted or "<" in token.content:  # a tag may silence what follows
            lines = _inline(token.content, offsets(), parser, env, silence, task=task)
            if wanted:
                found += lines
    return tuple(found)


def _blocks(
    tokens: Sequence[Token], source: _Source
) -> Iterator[tuple[Token, bool, Callable[[], list[int]]]]:
    """Yield each block that is not quoted, whether it may begin with a task's box, and its offsets."""
    quotes = 0
    row: _Row | None = None
    for index, token in enumerate(tokens):
        match token.type:
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "tr_open":
                row = _Row(source, token.map or [0, 0])
            case "tr_close":
                row = None
            case "html_block" if not quotes:
                yield token, False, list
            case "inline":
                if row is not None:
                    row.next(token.content)
                if token.content and not quotes:
                    task = index > 1 and tokens[index - 2].type == "list_item_open"
                    place = row.offsets if row else partial(_offsets, token, tokens[index - 1], source)
                    yield token, task, place
            case _:
                pass


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero")
    parser.inline = _Inline()
    parser.inline.ruler.before("html_inline", "comment", _comment_rule)
    parser.configure("commonmark", {"maxNesting": MAX_NESTING, "strikethrough_single_tilde": True})
    parser.enable(["table", "strikethrough", "comment"])
    parser.block.ruler.at(
        "blockquote", _blockquote_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    # Joins text tokens, which would lose the positions of those delimiters that are no emphasis.
    parser.disable("fragments_join")
    # Rules are compiled on first use, and a second thread could see half of them.
    for ruler in (parser.block.ruler, parser.inline.ruler, parser.inline.ruler2):
        ruler.getRules("")
    return parser


class _Silence:
    """Which silencing elements written as HTML tags are open."""

    def __init__(self) -> None:
        self.open: dict[str, int] = {}

    def __bool__(self) -> bool:
        return any(self.open.values())

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


def _blockquote_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Parse a block quote, within a budget of lines for all quotes together.

    A quote that ends at its first lazy line has looked at all lines up to the next blank one, and so has the
    next quote: `"> <div>\\nx\\n" * n` is quadratic. Ten levels of quotes on every line are within the budget.
    """
    if not silent and state.src.startswith(">", state.bMarks[start_line] + state.tShift[start_line]):
        if "paragraph_end" not in state.env:
            state.env["paragraph_end"] = _paragraph_ends(state.src)
            state.env["quote_budget"] = 5_000 + 10 * state.lineMax
        state.env["quote_budget"] -= state.env["paragraph_end"][start_line] - start_line
        if state.env["quote_budget"] < 0:
            raise _TooMuchWork
    return rules_block.blockquote(state, start_line, end_line, silent)


def _paragraph_ends(source: str) -> list[int]:
    """Return for each line the number of the next blank one."""
    lines = source.split("\n")
    ends, end = [0] * len(lines), len(lines)
    for number in range(len(lines) - 1, -1, -1):
        if not lines[number].strip(" \t"):
            end = number
        ends[number] = end
    return ends


# --- where the content of a block stands in the comment ---


class _Source(NamedTuple):
    """The comment, cut into lines as CommonMark does; ``starts`` are offsets in it as GitHub sent it."""

    lines: list[str]
    starts: list[int]

    @classmethod
    def cut(cls, comment: str) -> _Source:
        comment = comment.replace("\0", "\ufffd")
        lines, starts, position = [], [], 0
        for match in _LINE_END.finditer(comment):
            lines.append(comment[position : match.start()])
            starts.append(position)
            position = match.end()
        return cls([*lines, comment[position:]], [*starts, position])

    @property
    def normalised(self) -> str:
        return "\n".join(self.lines)


def _offsets(token: Token, container: Token, source: _Source) -> list[int]:
    """Return for each character of an inline token's content its offset in the comment.

    A block's content is what is left of its source lines when quote marks, list markers and indents are taken
    away on the left, space and closing marks on the right.
    """
    first, end = token.map or [0, 0]
    lines, starts = source.lines[first:end], source.starts[first:end]
    if container.type == "heading_open" and container.markup.startswith("#"):
        begin = starts[0] + max(0, lines[0].rfind(token.content))
        return list(range(begin, begin + len(token.content)))
    content = token.content.split("\n")
    # Lines of nothing but form feeds are stripped at either end as if they were blank.
    spare = range(len(lines) - len(content) + 1)
    skipped = next((n for n in spare if lines[n].rstrip(_TRIM).endswith(content[0].strip(_TRIM))), 0)
    offsets: list[int] = []
    for line, start, part in zip(lines[skipped:], starts[skipped:], content, strict=False):
        # Aligned at the right: on the left a tab may have become several spaces.
        shift = len(line.rstrip(_TRIM)) - len(part.rstrip(_TRIM))
        offsets.extend(start + max(0, shift + column) for column in range(len(part) + 1))
    return offsets[:-1]


class _Row:
    """A row of a table: the cells read so far, and where each stands in the source line."""

    def __init__(self, source: _Source, lines: list[int]) -> None:
        line = source.lines[lines[0]]
        self.start = source.starts[lines[0]]
        bounds = [-1, *(bar.start() for bar in _BAR.finditer(line)), len(line)]
        self.segments = [(a + 1, line[a + 1 : b]) for a, b in pairwise(bounds)]
        self.first = self.content = ""
        self.column = -1

    def next(self, content: str) -> None:
        self.column += 1
        self.content = content
        if self.column == 0:
            self.first = content

    def offsets(self) -> list[int]:
        """Return for each character of the cell its offset in the comment."""
        # The text before the first bar is either the first cell or nothing but the prefix of the row.
        for lead in (1, 0):
            if lead + self.column >= len(self.segments):
                continue
            begin, segment = self.segments[lead + self.column]
            unescaped = segment.replace("\\|", "|").rstrip(_TRIM)
            first = self.segments[lead][1].replace("\\|", "|").rstrip(_TRIM)
            if first.endswith(self.first) and unescaped.endswith(self.content):
                break
        else:
            return [self.start] * len(self.content)
        columns = [n for n in range(len(segment)) if segment[n : n + 2] != "\\|"]
        shift = len(unescaped) - len(self.content)
        return [self.start + begin + n for n in columns[shift : shift + len(self.content)]]


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
