"""Whether a body can be of the event that a header names: only the body is signed, the name is not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

__all__ = ["fits"]

# What tells bodies apart: the objects at their top that an event is about.
_SUBJECTS: Final = frozenset(
    {
        "alert", "answer", "check_run", "check_suite", "comment", "commits", "deployment", "deployment_status",
        "discussion", "forkee", "issue", "label", "member", "membership", "milestone", "package", "pages",
        "pull_request", "ref_type", "release", "review", "sub_issue", "starred_at", "thread", "workflow_job",
        "workflow_run", "zen",
    }
)  # fmt: skip

# Event → what its bodies have, and what they may have beside that, as GitHub's webhook documentation says. An event
# that is not here fits every body.
_SHAPES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    event: (frozenset(has.split()), frozenset(may.split()))
    for event, has, may in (
        ("check_run", "check_run", "deployment"),
        ("check_suite", "check_suite", ""),
        ("commit_comment", "comment", ""),
        ("create", "ref_type", ""),
        ("delete", "ref_type", ""),
        ("deployment", "deployment", "workflow_run"),
        ("deployment_status", "deployment deployment_status", "check_run workflow_run"),
        ("discussion", "discussion", "answer label"),
        ("discussion_comment", "discussion comment", ""),
        ("fork", "forkee", ""),
        ("issue_comment", "issue comment", ""),
        ("issues", "issue", "label milestone"),
        ("label", "label", ""),
        ("member", "member", ""),
        ("milestone", "milestone", ""),
        ("ping", "zen", ""),
        ("pull_request", "pull_request", "label milestone"),
        ("pull_request_review", "pull_request review", ""),
        ("pull_request_review_comment", "pull_request comment", ""),
        ("pull_request_review_thread", "pull_request thread", ""),
        ("push", "commits", ""),
        ("release", "release", ""),
        ("star", "starred_at", ""),
        ("workflow_job", "workflow_job", "deployment"),
        ("workflow_run", "workflow_run", ""),
    )
}
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def fits(event: str, body: bytes) -> bool:
    """Return whether a JSON body can be of an event of this name; of one that is not known, every body can."""
    shape = _SHAPES.get(event)
    if shape is None:
        return True
    try:
        there = _SUBJECTS.intersection(_decode(body))
    except msgspec.DecodeError:
        return True  # a form, or what somebody else judges
    has, may = shape
    return has <= there <= has | may
