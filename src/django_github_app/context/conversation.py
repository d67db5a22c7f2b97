"""A conversation as people see it, each text with its author and what they may do: for what reads in their place."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from django_github_app.commands import Level
from django_github_app.comments.places import PLACES, written_in
from django_github_app.comments.sources import is_bot
from django_github_app.comments.visible import passages, with_shape
from django_github_app.github.access import level_of

if TYPE_CHECKING:
    from gidgethub import sansio

    from django_github_app.github import AsyncGitHubAPI

__all__ = ["Level", "Said", "conversation"]

PAGE = 100
_BLANK = re.compile(r"\s+")
SHORTEST_QUOTE = 12
"""Letters of a quote that has an author: shorter ones are in many texts."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text that a person sees, and whose it is."""

    text: str
    """What is visible of it."""
    author: str
    """Login of who wrote it; empty when nobody knows: a quote that is in no other text, an account that is gone."""
    access: Level
    """What the author may do in the repository; NONE when nobody knows who it is."""
    is_bot: bool
    """Whether a machine wrote it, or an app in the author's name."""
    kind: Literal["title", "body", "comment", "quote"]
    url: str | None
    """Where a person finds it."""


NOBODY = Said("", "", Level.NONE, is_bot=False, kind="quote", url=None)


async def conversation(api: AsyncGitHubAPI, event: sansio.Event, repo: str, comments: int) -> list[Said]:
    """Return the texts of an event's issue or pull request: title, body and the last ``comments``, oldest first.

    What somebody quotes is a text of its own, and its author is who wrote it in this conversation: the words of
    others do not gain the rights of who repeats them.
    """
    data: Mapping[str, Any] = event.data
    thread = _first(data, "issue", "pull_request", "discussion")
    found = [one async for one in _of(api, repo, thread, is_body=True)] if thread else []
    async for comment in _comments(api, thread, comments):
        found += [one async for one in _of(api, repo, comment, is_body=False)]
    brought = written_in(PLACES.get(event.event), data)
    if brought and brought is not thread and not any(one.url == brought.get("html_url") for one in found):
        found += [
            one async for one in _of(api, repo, brought, is_body=False)
        ]  # of a diff, a review, a commit
    return _attributed(found)


async def _comments(
    api: AsyncGitHubAPI, thread: Mapping[str, Any], most: int
) -> AsyncIterator[dict[str, Any]]:
    address, total = thread.get("comments_url"), thread.get("comments")
    if not isinstance(address, str) or most < 1:
        return
    # The pages before hold only what would be left out; comments that came since the event are on those behind.
    page = max(total - most, 0) // PAGE + 1 if isinstance(total, int) else 1
    last: deque[dict[str, Any]] = deque(maxlen=most)
    async for comment in api.getiter(f"{address}?per_page={PAGE}&page={page}"):
        last.append(comment)
    for comment in last:
        yield comment


async def _of(
    api: AsyncGitHubAPI, repo: str, written: Mapping[str, Any], *, is_body: bool
) -> AsyncIterator[Said]:
    user = written.get("user")
    account = user if isinstance(user, Mapping) else {}
    login = str(account.get("login") or "")
    machine = is_bot(account) or bool(written.get("performed_via_github_app"))
    access = await level_of(api, repo, login) if login and not is_bot(account) else Level.NONE
    url = written.get("html_url")
    said = Said(
        "", login, access, machine, "body" if is_body else "comment", url if isinstance(url, str) else None
    )
    if is_body and (title := with_shape(str(written.get("title") or ""))):
        yield replace(said, text=title, kind="title")
    for passage in passages(str(written.get("body") or "")):
        if passage.quoted:
            yield replace(said, text=passage.text, kind="quote")
        else:
            yield replace(said, text=passage.text)


def _attributed(found: Iterable[Said]) -> list[Said]:
    """Return the texts, each quote under the name of who wrote it before."""
    known: list[tuple[str, Said]] = []
    result = []
    for said in found:
        words = _BLANK.sub(" ", said.text).strip()
        if said.kind != "quote":
            known.append((words, said))
            result.append(said)
            continue
        who = next((one for text, one in known if len(words) >= SHORTEST_QUOTE and words in text), NOBODY)
        result.append(replace(said, author=who.author, access=who.access, is_bot=who.is_bot))
    return result


def _first(data: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    return next((data[key] for key in keys if isinstance(data.get(key), Mapping)), {})
