"""How a callback's progress is shown on GitHub: one check run, one comment, each once however often it is tried."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import gidgethub
from gidgethub import sansio

from .client import AsyncGitHubAPI
from .threads import RestThread, repo_of, thread_of
from .writes import acheck_run, acomment_once, marker_of

__all__ = ["PREFIX", "Conclusion", "Shown", "conversation_of", "key_of", "show"]

Conclusion = Literal["success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required"]
PREFIX = "progress-"
MOST = 60_000
"""Characters of a text: GitHub takes 65,535."""


def key_of(event_id: int, handler: str, position: int, name: str) -> str:
    """Return the external id of the check run of a callback's progress: the same for each attempt."""
    named = "\n".join((str(event_id), handler, str(position), name))
    return PREFIX + hashlib.sha256(named.encode()).hexdigest()[:40]


@dataclass
class Shown:
    """What is shown, and what is known of it."""

    key: str
    name: str
    has_check: bool
    has_comment: bool
    head_sha: str = ""
    check_run_id: int | None = None
    comment_id: str = ""


async def show(
    api: AsyncGitHubAPI,
    event: sansio.Event,
    shown: Shown,
    *,
    title: str,
    summary: str,
    conclusion: Conclusion | None = None,
    begins: bool = False,
    actions: list[dict[str, str]] | None = None,
) -> None:
    """Show how far it is, or with ``conclusion`` how it ended. What is there already is edited."""
    if shown.has_check and shown.head_sha:
        fields: dict[str, Any] = {"output": {"title": title[:250], "summary": summary[:MOST] or title}}
        if actions:
            fields["actions"] = actions
        if conclusion is not None:
            fields |= {"status": "completed", "conclusion": conclusion}
        elif begins:
            fields["status"] = "in_progress"
        await _check(api, event, shown, fields)
    if shown.has_comment:
        text = f"**{shown.name}**: {title}" + (f"\n\n{summary}" if summary else "")
        await _comment(api, event, shown, text[:MOST])


async def _check(api: AsyncGitHubAPI, event: sansio.Event, shown: Shown, fields: dict[str, Any]) -> None:
    if shown.check_run_id is None:
        made = await acheck_run(api, event, shown.name, sha=shown.head_sha, external_id=shown.key, **fields)
        shown.check_run_id = made["id"]
    else:
        await api.patch(f"/repos/{repo_of(event.data)}/check-runs/{shown.check_run_id}", data=fields)


async def _comment(api: AsyncGitHubAPI, event: sansio.Event, shown: Shown, text: str) -> None:
    key = f"progress {shown.name}"
    thread = thread_of(event)
    if shown.comment_id and isinstance(thread, RestThread):
        try:
            body = f"{text}\n\n{marker_of('once', key)}"
            await api.patch(thread.edit_url.format(id=shown.comment_id), data={"body": body})
        except gidgethub.BadRequest as error:
            if error.status_code not in (404, 410):
                raise
            shown.has_comment = False  # somebody has removed it
        return
    made = await acomment_once(api, event, text, key=key)
    shown.comment_id = str(made["id"])


def conversation_of(event: sansio.Event) -> str:
    """Return what names the conversation of an event. Raises ValueError for an event without one."""
    thread = thread_of(event)
    return (thread.post_url if isinstance(thread, RestThread) else thread.discussion)[:255]
