from __future__ import annotations

import pytest

from django_github_app.testing import payloads
from worker import triage


@pytest.mark.parametrize(
    ("title", "body", "labels"),
    [
        ("Crash on start", "Traceback follows", ["bug"]),
        ("Typo in the README", "", ["documentation"]),
        ("Please add dark mode", "The docs fail to mention it", ["documentation", "enhancement"]),
        ("Hello", None, []),
    ],
)
def test_labels_follow_the_words_of_an_issue(title: str, body: str | None, labels: list[str]) -> None:
    assert triage.suggest_labels({"title": title, "body": body}) == labels


@pytest.mark.parametrize(
    ("additions", "deletions", "label"),
    [(0, 0, "XS"), (5, 5, "S"), (49, 0, "S"), (50, 0, "M"), (200, 50, "L"), (1000, 0, "XL")],
)
def test_the_size_of_a_pull_request_counts_changed_lines(additions: int, deletions: int, label: str) -> None:
    assert triage.size_label({"additions": additions, "deletions": deletions}) == f"size/{label}"


def test_a_push_and_an_installation_are_described_in_one_line() -> None:
    assert triage.describe_push(payloads.build("push", ref="refs/heads/topic")) == "1 commit to topic"
    assert triage.describe_push({"ref": "refs/heads/main", "commits": []}) == "0 commits to main"
    installed = triage.describe_installation(payloads.build("installation", repository="acme/rockets"))
    assert installed == "installed for acme: acme/rockets"
