"""The bot against a GitHub of its own: what it is told, and what it then says there."""

import pytest
from django_github_app.testing import payloads
from django_github_app.testing.deliver import deliver

REPO = "octo/widgets"


@pytest.fixture
def github(fake_github, transactional_db):
    """Return a GitHub with a repository on which the app is installed."""
    fake_github.installation = fake_github.add_installation("octo", repositories=[REPO])
    fake_github.repo(REPO).roles["octocat"] = "write"
    return fake_github


def receive(github, event, payload):
    """Deliver an event and return what each callback ended with."""
    payload["installation"] = {"id": github.installation.id}
    row = deliver(event, payload=payload, worker_type="{{ kind }}")
    return [(run.handler.rpartition(".")[2], run.error or run.get_status_display()) for run in row.runs.all()]


def test_new_issues_are_welcomed(github):
    issue = github.repo(REPO).issue(1)
    payload = payloads.build("issues", "opened", repository=REPO, issue=issue.json())
    assert receive(github, "issues", payload) == [("welcome", "succeeded")]
    assert "Thanks @octocat, we will have a look." in issue.bodies[0]


@pytest.mark.parametrize(
    ("typed", "answer"), [("hello", "Hello octocat!"), ("hello --shout", "HELLO OCTOCAT!")]
)
def test_the_command_answers(github, typed, answer):
    issue = github.repo(REPO).issue(1)
    comment = issue.comment(f"@{github.slug} {typed}", "octocat")
    payload = payloads.build("issue_comment", repository=REPO, issue=issue.json())
    receive(github, "issue_comment", payload | {"comment": comment.json()})
    assert answer in issue.bodies[-1]
    assert "rocket" in comment.emoji


def test_the_schedule_labels_what_nobody_labelled(github):
    issue = github.repo(REPO).issue(1)
    payload = payloads.build("schedule", repository=REPO) | {
        "action": "triage",
        "schedule": {"name": "triage"},
        "repository": {"id": github.repo(REPO).id, "name": "widgets", "full_name": REPO},
    }
    assert receive(github, "schedule", payload) == [("triage", "succeeded")]
    assert [label["name"] for label in issue.json()["labels"]] == ["needs-triage"]
