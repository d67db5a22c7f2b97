"""Which commands an event brings. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from gidgethub import sansio

from django_github_app.comments.sources import Source, is_bot

from . import grammar, panels
from .grammar import Typed
from .parameters import masked
from .registry import HELP, Command, lookup, suggest

__all__ = ["MOST_COMMANDS", "Match", "match"]

MOST_COMMANDS = 20
"""Commands of one comment that are run; what comes behind them is ignored."""


@dataclass(frozen=True, slots=True)
class Match:
    """A command that somebody typed, ready to be run."""

    command: Command | None
    """None: there is no such command, but the person seems to have meant one."""
    name: str
    """As typed."""
    arguments: str
    """The text behind the name."""
    typed: Typed
    source: Source
    commands: tuple[Command, ...]
    """All commands there are: for help and suggestions."""
    ticked: str = ""
    """Of an item of a panel that somebody ticked: its marker (`panels.Item`)."""
    occasion: str = ""
    """Tells one tick of an item from the next: the delivery that brought it."""

    @property
    def position(self) -> int:
        """Where in the text the command begins."""
        return self.typed.position

    @property
    def masked_arguments(self) -> str:
        """The arguments without what looks like a secret, for the ledger."""
        return masked(self.arguments, self.command.parameters if self.command else ())

    @property
    def text(self) -> str:
        """The command as it is repeated in an answer."""
        return f"{self.typed.address}{self.name} {self.arguments}".strip()

    @property
    def identity(self) -> str:
        """Names this command in this comment: the same in every delivery and after every edit around it."""
        parts = [self.source.repo, self.source.identity, str(self.position), _normalised(self.typed)]
        if self.ticked:
            parts.append(self.occasion)
        return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def match(
    commands: Sequence[Command],
    event: sansio.Event,
    *,
    slug: str,
    prefix: str | None = None,
    bodies: bool = True,
    panel_keys: Sequence[bytes] = (),
) -> list[Match]:
    """Return the commands that a comment brings, in the order in which they stand in it.

    Of an edited comment those that the edit added. A bot's comment brings only commands that allow it. One
    unknown command is returned too, with no `Match.command`, when it looks like a mistake and not like prose:
    the first one of the comment, if a person mentioned the app by name.
    """
    if not commands:
        return []
    source = Source.from_event(event, bodies=bodies)
    if source is None:
        return []
    known = (*commands, HELP)
    if source.previous is not None and source.author == f"{slug}[bot]":
        by_ticking = _ticked(known, source, event, slug, panel_keys)
        if by_ticking:
            return by_ticking
    found: list[Match] = []
    wrong = False
    for typed in _added(source, slug, prefix):
        one = _match(known, typed, source, slug, guess=not wrong)
        if one is None:
            continue
        wrong = wrong or one.command is None
        found.append(one)
        if len(found) == MOST_COMMANDS:
            break
    return found


def _ticked(
    known: tuple[Command, ...], source: Source, event: sansio.Event, slug: str, keys: Sequence[bytes]
) -> list[Match]:
    """Return the commands of the items that a person ticked in a comment of the app's own: they are that person's."""
    place = panels.place_of(event.data)
    if place is None or is_bot(event.data.get("sender") or {}):
        return []
    own = replace(source, author=None, bot=False)
    found = []
    for item in panels.ticked(source.body, source.previous or "", place=place, slug=slug, keys=keys):
        typed = Typed(
            position=item.position,
            line=source.body.count("\n", 0, item.position) + 1,
            column=1,
            address=f"@{slug} ",
            text=item.command,
            plain_words=tuple(item.command.split()[: grammar.MOST_WORDS_OF_A_NAME]),
        )
        one = _match(known, typed, own, slug, guess=True)
        if one is not None:
            found.append(replace(one, ticked=item.marker, occasion=event.delivery_id or ""))
    return found[:MOST_COMMANDS]


def _added(source: Source, slug: str, prefix: str | None) -> list[Typed]:
    now = grammar.find(source.body, slug, prefix)
    if source.previous is None or not now:
        return now
    before = Counter(_normalised(typed) for typed in grammar.find(source.previous, slug, prefix))
    added = []
    for typed in now:
        text = _normalised(typed)
        if before[text]:
            before[text] -= 1
        else:
            added.append(typed)
    return added


def _normalised(typed: Typed) -> str:
    return " ".join(typed.text.casefold().split())


def _match(
    known: tuple[Command, ...], typed: Typed, source: Source, slug: str, *, guess: bool
) -> Match | None:
    """Return the command of a line; with ``guess`` also one that there is not, if the person meant one."""
    if not typed.plain_words:
        return None
    found = lookup(known, typed.plain_words, source.scope)
    exclaimed = _EXCLAIMED.fullmatch(typed.text)
    if found is None and exclaimed is not None:
        # "@bot claim!" is no other command; of "@bot deploy?" nobody knows whether it is one.
        bare = replace(typed, text=exclaimed[1], plain_words=_without_mark(typed.plain_words, exclaimed[1]))
        found = lookup(known, bare.plain_words, source.scope) if bare.plain_words else None
        if found is not None and found.words == len(bare.text.split()):
            typed = bare
        else:
            found = None
    if found is not None:
        if source.bot and not _accepts(found.command, source, slug):
            return None
        parts = typed.text.split(None, found.words)
        arguments = parts[found.words] if len(parts) > found.words else ""
        return Match(found.command, " ".join(parts[: found.words]), arguments, typed, source, known)
    # A slash command may be another app's.
    if not guess or source.bot or not typed.mentioned or not _looks_meant(known, typed):
        return None
    name, _, arguments = typed.text.partition(" ")
    return Match(None, name, arguments.strip(), typed, source, known)


def _accepts(command: Command, source: Source, slug: str) -> bool:
    """Say whether every machine among those who wrote the text may use a command."""
    machines = [login for login in source.people if login.casefold().endswith("[bot]")]
    if source.app is not None:
        machines.append(f"{source.app}[bot]")
    machines = machines or [source.sender]
    return all(command.accepts_bot(login, slug) for login in machines)


_EXCLAIMED = re.compile(r"(.*[^.!…\s])[.!…]+", re.DOTALL)


def _without_mark(words: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the words that a name can be made of without the mark at the end of the text."""
    wanted = text.split()
    if len(words) != len(wanted):  # longer than any name, or partly code
        return ()
    return tuple(wanted) if words[:-1] == tuple(wanted[:-1]) else ()


_NAME_LIKE = re.compile(r"[^\W_][\w+.-]*[+?]?")
# Words that begin a sentence about the app and, unless somebody registers one, no command.
_SENTENCE_START = re.compile(
    "an?|and|are|but|can|cannot|could|did|do|does|had|has|have|he|hello|hey|hi|how|i|if|in|is|it|just|let|looks"
    "|may|maybe|might|my|no|not|ok|okay|or|please|seems|she|should|so|sorry|thanks?|that|the|there|these|they"
    "|this|to|was|we|were|what|when|where|which|who|why|will|with|would|yes|you|your",
    re.IGNORECASE,
)
_PROSE_END = re.compile(r"[.!?…](?:\s|$)|[,;:](?:\s|$)")


def _looks_meant(known: Sequence[Command], typed: Typed) -> bool:
    """Tell a mistyped command from a sentence that begins with the app's name: *@app thank you for this!*"""
    name = typed.plain_words[0]
    if not _NAME_LIKE.fullmatch(name) or _SENTENCE_START.fullmatch(name):
        return False
    words = len(typed.text.split())
    prose = words > 1 and _PROSE_END.search(typed.text) is not None
    if suggest(known, name):
        return not (prose and words > 3)
    return not prose and words <= 3
