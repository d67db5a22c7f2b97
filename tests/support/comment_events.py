"""Events with a text in them."""

from __future__ import annotations

from typing import Any

from gidgethub import sansio

from django_github_app.testing import payloads


def comment(
    text: str, event: str = "issue_comment", action: str | None = None, **overrides: Any
) -> sansio.Event:
    data = payloads.build(event, action, comment=text, **overrides)
    for key in ("comment", "review"):
        if key in data:
            data[key]["id"] = 77
    return sansio.Event(data, event=event, delivery_id="1")


def edit(before: str, after: str, event: str = "issue_comment", **overrides: Any) -> sansio.Event:
    return comment(after, event, "edited", changes={"body": {"from": before}}, **overrides)
