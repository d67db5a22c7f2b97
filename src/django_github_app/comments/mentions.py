"""Who is mentioned in a comment, and where: in its visible text, as GitHub would link it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, cast

from gidgethub import sansio

from .markdown import visible_lines
from .places import PLACES, EventAction, MentionScope, is_moved, text_of

__all__ = [
    "EventAction",
    "LineInfo",
    "Mention",
    "MentionScope",
    "ParsedMention",
    "RawMention",
    "body_of",
    "extract_all_mentions",
    "extract_mentions",
    "extract_mentions_from_event",
    "matches_pattern",
]


class LineInfo(NamedTuple):
    """A line of the comment's source: its 1-based number and its text."""

    lineno: int
    text: str

    @classmethod
    def for_mention_in_comment(cls, comment: str, mention_position: int) -> LineInfo:
        """Return the line in which a position of a comment lies."""
        lines = _LINE_END.split(comment)
        number = len(_LINE_END.findall(comment, 0, mention_position)) + 1
        return cls(number, lines[number - 1])


@dataclass
class RawMention:
    """One ``@username`` as django-github-app's ``extract_all_mentions`` gives it."""

    match: re.Match[str]
    """Its group 1 is the username. For an ``@`` that is written as an entity: of the mention as it is read."""
    username: str
    position: int
    end: int


@dataclass
class ParsedMention:
    """One ``@username`` in a comment."""

    username: str
    """As typed, without the ``@`` and without ``[bot]``."""
    position: int
    """Offset of the ``@`` in the comment."""
    line_info: LineInfo
    previous_mention: ParsedMention | None = field(default=None, repr=False, compare=False)
    next_mention: ParsedMention | None = field(default=None, repr=False, compare=False)
    column: int = 1
    """1-based, in the line of the source."""
    visible_text: str = ""
    """The line as a reader sees it, without Markdown's marks."""


@dataclass
class Mention:
    """What a ``@gh.mention`` callback gets as its ``context``."""

    mention: ParsedMention
    scope: MentionScope | None

    @classmethod
    def from_event(
        cls,
        event: sansio.Event,
        *,
        username: str | re.Pattern[str] | None = None,
        scope: MentionScope | None = None,
    ) -> Iterator[Mention]:
        """Yield the mentions of ``username`` (any, if None) in the event's comment, in order.

        There are none in a text that the sender has moved: it is somebody else's, or was read before.
        """
        place = PLACES.get(event.event)
        if place is not None and event.data.get("action") == place.new and is_moved(place, event.data):
            return
        for mention in extract_mentions_from_event(event, username):
            yield cls(mention=mention, scope=scope)


_LINE_END = re.compile(r"\r\n?|\n")
_AT = re.compile("@")
# A login: letters and digits with single hyphens between them; a user managed by an enterprise has its short
# code behind an underscore. Not after a word or slash (an address), not before a slash (a team).
_MENTION = re.compile(
    r"(?<![\w@/`.+-])@"
    r"(?P<username>[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}(?:_[A-Za-z0-9]{1,20})?)"
    r"(?:\[bot\])?"
    r"(?!-?[\w/]|\.\w)"
)


def matches_pattern(text: str, pattern: str | re.Pattern[str]) -> bool:
    """Say whether a login is the wanted one: equal but for case, or matched as a whole by an expression."""
    if isinstance(pattern, re.Pattern):
        return pattern.fullmatch(text) is not None
    return text.strip().casefold() == pattern.strip().removeprefix("@").casefold()


def body_of(event: sansio.Event) -> str:
    """Return what a person wrote in this event: a comment, a review, or the body of what they opened."""
    return text_of(PLACES.get(event.event), event.data)


def extract_mentions(comment: str) -> list[ParsedMention]:
    """Return the mentions in the visible text of a comment: not in code, quotes, links or HTML comments."""
    mentions: list[ParsedMention] = []
    ends = [match.end() for match in _LINE_END.finditer(comment)] if "@" in comment else []
    starts = [0, *ends]
    number = 0
    for line in visible_lines(comment, _AT):
        for match in _MENTION.finditer(line.plain):
            position = line.offsets[match.start()]
            while number + 1 < len(starts) and starts[number + 1] <= position:
                number += 1
            end = starts[number + 1] if number + 1 < len(starts) else len(comment)
            mentions.append(
                ParsedMention(
                    username=match["username"],
                    position=position,
                    line_info=LineInfo(number + 1, comment[starts[number] : end].rstrip("\r\n")),
                    previous_mention=mentions[-1] if mentions else None,
                    column=position - starts[number] + 1,
                    visible_text=line.text.strip(),
                )
            )
    for mention, following in pairwise(mentions):
        mention.next_mention = following
    return mentions


def extract_all_mentions(text: str) -> list[RawMention]:
    """Return the mentions in the visible text of a comment: `extract_mentions` in django-github-app's shape."""
    found = []
    for mention in extract_mentions(text):
        name = re.compile(rf"@({re.escape(mention.username)})")
        match = name.match(text, mention.position)
        end = match.end() if match else mention.position + 1 + len(mention.username)
        match = match or cast("re.Match[str]", name.match(f"@{mention.username}"))
        found.append(RawMention(match, mention.username, mention.position, end))
    return found


def extract_mentions_from_event(
    event: sansio.Event, username_pattern: str | re.Pattern[str] | None = None
) -> list[ParsedMention]:
    """Return the mentions of ``username_pattern`` (any, if None or empty) in the event's comment, in order."""
    found = [
        mention
        for mention in extract_mentions(body_of(event))
        if not username_pattern or matches_pattern(mention.username, username_pattern)
    ]
    for index, mention in enumerate(found):
        mention.previous_mention = found[index - 1] if index else None
        mention.next_mention = found[index + 1] if index + 1 < len(found) else None
    return found
