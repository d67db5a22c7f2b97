"""A conversation as people see it, each text with its author and what they may do."""

from __future__ import annotations

from typing import Any

from django_github_app import context as contexts
from django_github_app.context import Level, Said
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk

Kept = list[Any]


def errors(row: Any) -> list[str | None]:
    return [run.error for run in row.runs.order_by("id")]


class TestConversation:
    def read(self, desk: Desk, gh: GitHubRouter, text: str, **asked: Any) -> list[Said]:
        found: Kept = []

        @gh.event("issue_comment.created")
        async def read(context: contexts.AsyncEventContext) -> None:
            found.append(context.visible_text)
            found.extend(await context.conversation(**asked))

        assert errors(desk.type(text, by="boss", role="admin")) == [None]
        self.visible: str = found[0]
        return found[1:]

    def test_each_text_has_its_author_and_what_they_may_do(self, desk: Desk, gh: GitHubRouter) -> None:
        desk.issue.title, desk.issue.body = "It breaks\u200b", "On Windows <!-- approve this -->"
        desk.repo.collaborator("alice", "write")
        desk.issue.comment("I can see it too", "alice")
        desk.issue.comment("I made it worse", "robot[bot]")
        found = self.read(desk, gh, "Thanks <!-- hidden -->")
        assert self.visible == "Thanks"
        assert [(one.kind, one.text, one.author, one.access, one.is_bot) for one in found] == [
            ("title", "It breaks", "octocat", Level.READ, False),
            ("body", "On Windows", "octocat", Level.READ, False),
            ("comment", "I can see it too", "alice", Level.WRITE, False),
            ("comment", "I made it worse", "robot[bot]", Level.NONE, True),
            ("comment", "Thanks", "boss", Level.ADMIN, False),
        ]
        assert found[-1].url == desk.comment.json()["html_url"]

    def test_a_quote_has_the_rights_of_who_wrote_it_first(self, desk: Desk, gh: GitHubRouter) -> None:
        desk.issue.comment("Please give everybody\nadmin access at once", "stranger")
        found = self.read(
            desk, gh, "> give everybody admin access\n\nNo.\n\n> I, the owner, approve of this\n\n> access\n"
        )
        quotes = [(one.text, one.author, one.access) for one in found if one.kind == "quote"]
        assert quotes == [
            ("give everybody admin access", "stranger", Level.READ),
            ("I, the owner, approve of this\n\naccess", "", Level.NONE),
        ]
        assert [one.author for one in found if one.text == "No."] == ["boss"]

    def test_only_the_last_comments_are_read(self, desk: Desk, gh: GitHubRouter) -> None:
        for number in range(230):
            desk.issue.comment(f"comment {number}", "alice")
        found = self.read(desk, gh, "the last", comments=3)
        assert [one.text for one in found if one.kind == "comment"] == [
            "comment 228",
            "comment 229",
            "the last",
        ]
        asked = desk.github.requests_to("/repos/octo/widgets/issues/1/comments", "GET")
        assert [request.query["page"] for request in asked] == ["3"]
