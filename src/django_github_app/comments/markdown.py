"""The visible text of a GitHub comment, line by line, with the place in the source of each character. Pure.

markdown-it-py decides what is code, quote, comment or link; this module adds what it does not keep: where
each piece of inline text stands in the source. It also bounds the work: nesting and size have limits, two
rules of markdown-it that take quadratic time have guards (`_comment_rule`, `_blockquote_rule`), and what lies
beyond a bound does not count as visible. benchmarks/bench_markdown.py measures the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import cache, lru_cache, partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt, rules_block
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from .inline import VisibleLine, _comment_rule, _Inline, _inline, _Silence, _TooMuchWork

__all__ = [
    "MAX_LENGTH",
    "VisibleLine",
    "visible_lines",
]

MAX_LENGTH: Final = 65_536
"""Characters of a comment that are looked at: GitHub accepts no longer one."""


MAX_NESTING: Final = 20
"""Levels of quotes and lists (a list item takes two); text nested deeper does not count."""


_TRIM = "\t\n\v\f\r "  # what CommonMark, and so markdown-it, strips around blocks


_LINE_END = re.compile(r"\r\n?|\n")


_BLANK_LINE = re.compile(r"(?:\r\n?|\n)[ \t]*(?=\r|\n)")


_BAR = re.compile(r"(?<!\\)\|")


MAX_MARKS: Final = 6_000
"""Marks of Markdown in the blocks that are read; each takes some 50 µs, an opening bracket five times that."""


def visible_lines(comment: str, pattern: re.Pattern[str]) -> Sequence[VisibleLine]:
    """Return, in order, the visible lines of those blocks of ``comment`` in which ``pattern`` is found.

    A line ends where the reader sees it end: at a line break in the source, outside code and comments, and at
    ``<br>``. Of a comment over `MAX_LENGTH` the part that ends at the last blank line before it is looked at,
    and no block behind `MAX_MARKS`.
    """
    if len(comment) - comment.count("\r\n") > MAX_LENGTH:
        ends = [match.start() for match in _BLANK_LINE.finditer(comment, 0, MAX_LENGTH)]
        comment = comment[: ends[-1]] if ends else ""
    if pattern.search(comment) is None:
        return ()
    return tuple(_reading(comment).lines(pattern))


@lru_cache(
    maxsize=4
)  # a comment is read once for each callback that waits for a mention, and for the commands
def _reading(comment: str) -> _Reading:
    return _Reading(comment)


class _Reading:
    """A comment cut into blocks, and the lines of those blocks that somebody has asked for."""

    def __init__(self, comment: str) -> None:
        self.blocks: list[tuple[str, Callable[[], Sequence[VisibleLine]]]] = []
        source = _Source.cut(comment)
        parser = _parser()
        tokens: list[Token] = []
        env: dict[str, Any] = {}
        try:
            parser.block.parse(source.normalised, parser, env, tokens)
        except _TooMuchWork:
            return
        silence = _Silence()
        left = MAX_MARKS
        for token, task, offsets in _blocks(tokens, source):
            if token.type == "html_block":
                silence.see(token.content)
                continue
            content = token.content
            # A tag may silence what follows, so such a block is read now and in its place.
            read = partial(_lines, content, offsets, parser, dict(env), silence.copy(), task=task)
            if "<" in content:
                left -= _marks(content)
                if left < 0:
                    return
                read = partial(_lines, content, offsets, parser, env, silence, task=task)
                lines = read()
                self.blocks.append((content, partial(tuple, lines)))
            else:
                self.blocks.append((content, cache(read)))

    def lines(self, pattern: re.Pattern[str]) -> Iterator[VisibleLine]:
        left = MAX_MARKS
        for content, read in self.blocks:
            if pattern.search(content):
                left -= _marks(content)
                if left < 0:
                    return
                yield from read()


def _marks(content: str) -> int:
    return 5 * content.count("[") + sum(map(content.count, "]*_~<&`\\!@"))


def _lines(
    content: str,
    offsets: Callable[[], list[int]],
    parser: MarkdownIt,
    env: dict[str, Any],
    silence: _Silence,
    *,
    task: bool,
) -> Sequence[VisibleLine]:
    return tuple(_inline(content, offsets(), parser, env, silence, task=task))


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
                    # The row goes on to its next cell before anybody asks for this one.
                    place = copy(row).offsets if row else partial(_offsets, token, tokens[index - 1], source)
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
