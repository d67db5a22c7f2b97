"""The five bots of docs/examples, on the stock fake GitHub."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import EXAMPLES, Stage

PAGE = (Path(__file__).parents[2] / "docs" / "probot.md").read_text()
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
Load = Callable[[str], Any]


def visible(bodies: list[str]) -> list[str]:
    return [re.sub(r"\s*<!--.*?-->", "", body, flags=re.DOTALL) for body in bodies]


def test_there_are_five_of_less_than_sixty_lines_and_the_page_names_them() -> None:
    assert NAMES == ["no_response", "semantic_title", "settings", "stale", "welcome"]
    for name in NAMES:
        assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) < 60, name
        assert f"(examples/{name}.py)" in PAGE


class TestWelcome:
    @pytest.fixture(autouse=True)
    def bot(self, stage: Stage, load: Load) -> None:
        load("welcome")
        stage.configure(
            "config.yml",
            "newIssueWelcomeComment: First issue!\nnewPRWelcomeComment: First change!\n"
            "firstPRMergeComment: Merged!\n",
        )

    def test_a_first_issue_is_welcomed_and_a_second_is_not(self, stage: Stage) -> None:
        first = stage.repo.issue(1, by="alice")
        stage.repo.pull(7, by="alice")
        stage.repo.issue(8, by="bob")
        stage.happens("issues", "opened", first, sender="alice")
        second = stage.repo.issue(2, by="alice")
        stage.happens("issues", "opened", second, sender="alice")
        assert visible(first.bodies) == ["First issue!"]
        assert second.bodies == []

    def test_a_first_change_is_welcomed_when_it_comes_and_when_it_is_merged(self, stage: Stage) -> None:
        pull = stage.repo.pull(1, by="alice")
        stage.happens("pull_request", "opened", pull, sender="alice")
        pull.merged = True
        pull.set_state("closed")
        stage.happens("pull_request", "closed", pull, sender="maintainer")
        assert visible(pull.bodies) == ["First change!", "Merged!"]

    def test_a_change_that_was_closed_unmerged_is_not(self, stage: Stage) -> None:
        pull = stage.repo.pull(1, by="alice", state="closed")
        stage.happens("pull_request", "closed", pull, sender="alice")
        assert pull.bodies == []

    def test_a_bot_is_not(self, stage: Stage) -> None:
        issue = stage.repo.issue(1, by="renovate[bot]")
        stage.happens("issues", "opened", issue, sender="renovate[bot]")
        assert issue.bodies == []


def test_nothing_is_said_without_a_configuration(stage: Stage, load: Load) -> None:
    load("welcome")
    issue = stage.repo.issue(1, by="alice")
    stage.happens("issues", "opened", issue, sender="alice")
    assert issue.bodies == []


class TestStale:
    @pytest.fixture(autouse=True)
    def bot(self, stage: Stage, load: Load) -> None:
        load("stale")
        stage.configure(
            "stale.yml",
            "daysUntilStale: 30\ndaysUntilClose: 5\nstaleLabel: stale\nexemptLabels: [pinned]\n"
            "markComment: Still there?\ncloseComment: Closed.\nunmarkComment: Thanks!\n",
        )

    def test_what_nobody_touched_is_labelled_once(self, stage: Stage) -> None:
        old = stage.repo.issue(1, created_at=stage.days_ago(31))
        pinned = stage.repo.issue(2, labels=["pinned"], created_at=stage.days_ago(31))
        young = stage.repo.issue(3, created_at=stage.days_ago(29))
        for _ in range(2):
            stage.schedule("stale")
        assert (old.labels, old.bodies) == (["stale"], ["Still there?"])
        assert (pinned.labels, young.labels) == (["pinned"], [])

    def test_what_stays_stale_is_closed(self, stage: Stage) -> None:
        left = stage.repo.issue(1, labels=["stale"], created_at=stage.days_ago(6))
        recent = stage.repo.pull(2, labels=["stale"], created_at=stage.days_ago(4))
        stage.schedule("stale")
        assert (left.state, left.bodies) == ("closed", ["Closed."])
        assert recent.state == "open"

    def test_a_persons_comment_takes_the_label_away(self, stage: Stage) -> None:
        issue = stage.repo.issue(1, labels=["bug", "stale"])
        stage.happens("issue_comment", "created", issue, sender="robot[bot]")
        assert issue.labels == ["bug", "stale"]
        stage.happens("issue_comment", "created", issue, sender="alice")
        assert (issue.labels, visible(issue.bodies)) == (["bug"], ["Thanks!"])


class TestSemanticTitle:
    @pytest.mark.parametrize(
        ("title", "conclusion", "said"),
        [
            ("fix: a typo", "success", "Ready"),
            ("feat(api)!: another way", "success", "Ready"),
            ("Fix a typo", "failure", "is not of the form"),
            ("fixed: a typo", "failure", "`fixed` is none of the types"),
            ("fix(@octocat): a typo", "failure", "is none of the scopes api, docs"),
        ],
    )
    def test_a_title_is_checked(
        self, stage: Stage, load: Load, title: str, conclusion: str, said: str
    ) -> None:
        load("semantic_title")
        stage.configure("semantic.yml", "scopes: [api, docs]\n")
        pull = stage.repo.pull(1, title=title)
        stage.happens("pull_request", "opened", pull)
        (run,) = stage.repo.commit(pull.head_sha).check_runs
        assert (run["status"], run["conclusion"]) == ("completed", conclusion)
        assert said in run["output"]["title"]

    def test_a_new_title_changes_the_check_that_is_there(self, stage: Stage, load: Load) -> None:
        load("semantic_title")
        pull = stage.repo.pull(1, title="Fix a typo")
        stage.happens("pull_request", "opened", pull)
        pull.title = "fix: a typo"
        stage.happens("pull_request", "edited", pull)
        (run,) = stage.repo.commit(pull.head_sha).check_runs
        assert run["conclusion"] == "success"


class TestNoResponse:
    @pytest.fixture(autouse=True)
    def bot(self, stage: Stage, load: Load) -> None:
        load("no_response")
        stage.configure("no-response.yml", "daysUntilClose: 10\nresponseRequiredLabel: question\n")

    def test_a_question_without_an_answer_closes_the_issue(self, stage: Stage) -> None:
        unanswered, asked = stage.repo.issue(1), stage.repo.issue(2)
        for issue in (unanswered, asked):
            issue.label("question")
        unanswered.events[-1]["created_at"] = "2020-01-01T00:00:00Z"
        stage.schedule("no-response")
        assert (unanswered.state, unanswered.state_reason) == ("closed", "not_planned")
        assert visible(unanswered.bodies)[0].startswith("Closed because the author has not answered")
        assert (asked.state, asked.bodies) == ("open", [])

    def test_the_authors_answer_opens_it_again(self, stage: Stage) -> None:
        issue = stage.repo.issue(1, by="alice", labels=["question"], state="closed")
        stage.happens("issue_comment", "created", issue, sender="bob")
        assert (issue.state, issue.labels) == ("closed", ["question"])
        stage.happens("issue_comment", "created", issue, sender="alice")
        assert (issue.state, issue.labels) == ("open", [])


class TestSettings:
    FILE = """
repository:
  description: Small parts
  has_wiki: false
  topics: Python, bots
labels:
  - {name: bug, color: "#d73a4a", description: Something is broken}
  - {name: new, color: "000000"}
collaborators:
  - {username: alice, permission: push}
"""

    @pytest.fixture(autouse=True)
    def bot(self, stage: Stage, load: Load) -> None:
        load("settings")
        stage.repo.label("Bug", color="ffffff")
        stage.repo.label("old")
        stage.repo.collaborator("bob", "admin")
        stage.configure("settings.yml", self.FILE)

    def push(self, stage: Stage, path: str, ref: str = "refs/heads/main") -> None:
        stage.happens(
            "push", ref=ref, commits=[{"id": "a" * 40, "added": [], "modified": [path], "removed": []}]
        )

    def test_a_push_of_the_file_is_applied(self, stage: Stage) -> None:
        self.push(stage, ".github/settings.yml")
        shown = stage.repo.json()
        assert (shown["description"], shown["has_wiki"]) == ("Small parts", False)
        assert stage.repo.topics == ["python", "bots"]
        labels = {label.name: (label.color, label.description) for label in stage.repo.labels.values()}
        assert labels == {"Bug": ("d73a4a", "Something is broken"), "new": ("000000", None)}
        assert stage.repo.roles == {"alice": "write"}

    def test_other_pushes_change_nothing(self, stage: Stage) -> None:
        self.push(stage, "README.md")
        self.push(stage, ".github/settings.yml", "refs/heads/other")
        assert stage.repo.roles == {"bob": "admin"}

    def test_an_edit_by_hand_is_undone(self, stage: Stage) -> None:
        stage.repo.settings["has_wiki"] = True
        stage.happens("repository", "edited", sender="bob")
        assert stage.repo.json()["has_wiki"] is False
