"""The commit that somebody saw when they typed."""

from __future__ import annotations

from typing import Any

import pytest

from django_github_app import context as contexts
from django_github_app.context.pinned import PUSHED_SINCE
from django_github_app.routing import GitHubRouter
from tests.support.desk import Desk

Kept = list[Any]


class TestHead:
    @pytest.fixture(params=["sync", "async"])
    def kept(self, request: pytest.FixtureRequest, desk: Desk, gh: GitHubRouter) -> Kept:
        kept: Kept = []
        desk.issue = desk.repo.pull(2)
        if request.param == "async":

            @gh.command("deploy", scope="pr")
            async def deploy(context: contexts.AsyncCommandContext) -> None:
                kept.append(await context.head_sha())
        else:

            @gh.command("deploy", scope="pr")
            def deploy_(context: contexts.SyncCommandContext) -> None:
                kept.append(context.head_sha())

        return kept

    def test_it_is_the_one_that_was_there_when_the_command_was_typed(self, desk: Desk, kept: Kept) -> None:
        desk.type("@bot deploy")
        assert kept == [desk.issue.head_sha]

    @pytest.mark.parametrize("fork", ["", "stranger/widgets"])
    def test_a_push_since_then_is_refused_and_the_person_told(
        self, desk: Desk, kept: Kept, fork: str
    ) -> None:
        desk.issue.head_repo = fork
        row = desk.type("@bot deploy", process=False)
        desk.issue.push("e" * 40)
        desk.process(row)
        assert kept == []
        assert PUSHED_SINCE in desk.said[0]

    def test_a_push_before_it_is_not(self, desk: Desk, kept: Kept) -> None:
        desk.issue.push("d" * 40)
        desk.github.advance(2)
        desk.type("@bot deploy")
        assert kept == ["d" * 40]

    def test_an_edit_is_typed_when_it_is_edited(self, desk: Desk, kept: Kept) -> None:
        desk.type("@bot hello")
        desk.github.advance(5)
        desk.issue.push("d" * 40)
        desk.github.advance(5)
        desk.comment.edit("")
        desk.edit("@bot deploy")
        assert kept == ["d" * 40]

    def test_what_cannot_be_known_is_refused(self, desk: Desk, kept: Kept) -> None:
        desk.github.reply("GET", "/repos/octo/widgets/activity", [])
        shown = desk.issue.pull_json()
        del shown["head"]["repo"]["pushed_at"]
        desk.github.reply("GET", "/repos/octo/widgets/pulls/2", shown)
        desk.type("@bot deploy")
        assert kept == []

    def test_the_event_itself_says_what_the_head_was(self, desk: Desk, kept: Kept) -> None:
        comment = desk.issue.review_comment("@bot deploy", "octocat")
        desk.repo.collaborator("octocat", "write")
        payload = desk.payload_repository()
        for number, pushed in enumerate((False, True)):
            sent = {
                "action": "created",
                "comment": {**comment.json(), "id": comment.id + number, "node_id": f"PRRC_{number}"},
                "pull_request": desk.issue.pull_json(),
                "repository": payload,
                "sender": desk.github.world.user("octocat").json(),
            }
            if pushed:
                desk.issue.push("e" * 40)
            desk.receive("pull_request_review_comment", sent, delivery=f"d-{number}")
        assert len(kept) == 1
