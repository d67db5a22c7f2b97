"""What each kind of event adds to a payload, in the shape GitHub documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from .payload_objects import NOW, Options, Payload, dated, node_id, number_of, sha, user
from .payload_runs import (
    check_run,
    check_suite,
    deployment,
    deployment_status,
    hook,
    page_build,
    status,
    workflow_job,
    workflow_run,
)
from .payload_things import (
    branch_protection_rule,
    code_scanning_alert,
    dependabot_alert,
    deploy_key,
    fork,
    label,
    merge_group,
    milestone,
    package,
    project,
    release,
    repository_ruleset,
    secret_scanning_alert,
    vulnerability_alert,
    wiki,
)

__all__ = [
    "EVENTS",
]


class _Event:
    """What one event type adds to the part that all share."""

    def __init__(
        self,
        action: str | None = None,
        make: Callable[[Options], Payload] = lambda o: {},
        *,
        repository: bool = True,
        installation: bool = True,
    ) -> None:
        self.action = action
        self.make = make
        self.repository = repository
        self.installation = installation


def _issues(o: Options) -> Payload:
    return {"issue": o.issue()}


def _issue_comment(o: Options) -> Payload:
    return {"issue": o.issue(), "comment": o.comment()}


def _pull_request(o: Options) -> Payload:
    return {"number": o.number, "pull_request": o.pull_request()}


def _review(o: Options) -> Payload:
    pull, made = o.pull_request(), o.comment("PullRequestReview", f"pulls/{o.number}/reviews")
    links = {"html": {"href": made["html_url"]}, "pull_request": {"href": pull["url"]}}
    kept = ("id", "node_id", "html_url", "user", "author_association", "body")
    review = {name: made[name] for name in kept}
    return {
        "pull_request": pull,
        "review": {
            **review,
            "state": "commented",
            "commit_id": sha("head"),
            "submitted_at": NOW,
            "updated_at": NOW,
            "pull_request_url": pull["url"],
            "_links": links,
        },
    }


def _on_diff(o: Options) -> Payload:
    made, pull = o.comment("PullRequestReviewComment", "pulls/comments"), f"{o.url}/pulls/{o.number}"
    links = {"self": made["url"], "html": made["html_url"], "pull_request": pull}
    start = dict.fromkeys(("start_line", "original_start_line", "start_side"))
    return {
        **{
            name: value
            for name, value in made.items()
            if name not in ("issue_url", "performed_via_github_app")
        },
        "pull_request_review_id": made["id"],
        "pull_request_url": pull,
        "diff_hunk": "@@ -1,3 +1,3 @@",
        "path": "README.md",
        **start,
        **dict.fromkeys(("line", "original_line", "position", "original_position"), 3),
        "side": "RIGHT",
        "subject_type": "line",
        "commit_id": sha("head"),
        "original_commit_id": sha("head"),
        "_links": {name: {"href": href} for name, href in links.items()},
    }


def _review_comment(o: Options) -> Payload:
    return {"pull_request": o.pull_request(), "comment": _on_diff(o)}


def _review_thread(o: Options) -> Payload:
    thread = {"node_id": node_id("PullRequestReviewThread", o.number), "comments": [_on_diff(o)]}
    return {"pull_request": o.pull_request(), "thread": thread}


def _commit_comment(o: Options) -> Payload:
    whole = dict.fromkeys(("path", "position", "line"))
    return {"comment": {**o.comment("CommitComment", "comments"), "commit_id": sha("head"), **whole}}


def _push(o: Options) -> Payload:
    commit = o.commit()
    return {
        "ref": o.ref,
        "before": sha("before"),
        "after": commit["id"],
        "base_ref": None,
        "created": False,
        "deleted": False,
        "forced": False,
        "compare": f"{o.html_url}/compare/{sha('before')[:12]}...{commit['id'][:12]}",
        "pusher": {"name": o.sender_login, "email": f"{o.sender_login}@users.noreply.github.com"},
        "commits": [commit],
        "head_commit": commit,
    }


def _branch(o: Options) -> Payload:
    return {
        "ref": o.ref_name(),
        "ref_type": "branch",
        "master_branch": "main",
        "description": None,
        "pusher_type": "user",
    }


def _installation(o: Options) -> Payload:
    number = o.installation or 4242
    return {
        "installation": {
            **dated("Installation", number),
            "account": user(o.owner, kind="Organization"),
            "repository_selection": "selected",
            "access_tokens_url": f"https://api.github.com/app/installations/{number}/access_tokens",
            "repositories_url": "https://api.github.com/installation/repositories",
            "html_url": f"https://github.com/organizations/{o.owner}/settings/installations/{number}",
            "app_id": 12345,
            "app_slug": "octo-app",
            "target_id": number_of(o.owner),
            "target_type": "Organization",
            "permissions": {
                "contents": "write",
                "issues": "write",
                "metadata": "read",
                "pull_requests": "write",
            },
            "events": ["issue_comment", "issues", "pull_request", "push"],
            "single_file_name": None,
            "suspended_at": None,
            "suspended_by": None,
        },
        "repositories": [_short(o)],
        "requester": None,
    }


def _installation_repositories(o: Options) -> Payload:
    payload = _installation(o)
    del payload["repositories"]
    return {
        **payload,
        "repository_selection": "selected",
        "repositories_added": [_short(o)],
        "repositories_removed": [],
    }


def _installation_target(o: Options) -> Payload:
    return {
        "account": user(o.owner, kind="Organization"),
        "changes": {"login": {"from": "old-org"}},
        "target_type": "Organization",
    }


def _short(o: Options) -> Payload:
    repository = o.repository
    return {key: repository[key] for key in ("id", "node_id", "name", "full_name", "private")}


def _discussion(o: Options) -> Payload:
    return {
        "discussion": {
            **dated("Discussion", number_of(o.full_name, "discussion", o.number)),
            "number": o.number,
            "title": o.title,
            "user": o.sender,
            "state": "open",
            "state_reason": None,
            "locked": False,
            "active_lock_reason": None,
            "comments": 0,
            "author_association": "CONTRIBUTOR",
            "body": o.body,
            **dict.fromkeys(("answer_html_url", "answer_chosen_at", "answer_chosen_by")),
            "category": {
                "id": 1,
                "node_id": node_id("DiscussionCategory", 1),
                "repository_id": number_of(o.full_name),
                "emoji": ":pray:",
                "name": "Q&A",
                "description": "Ask the community for help",
                "created_at": NOW,
                "updated_at": NOW,
                "slug": "q-a",
                "is_answerable": True,
            },
            "repository_url": o.url,
            "html_url": f"{o.html_url}/discussions/{o.number}",
        }
    }


def _discussion_comment(o: Options) -> Payload:
    comment = {
        **o.comment("DiscussionComment"),
        "discussion_id": o.number,
        "parent_id": None,
        "child_comment_count": 0,
        "repository_url": o.url,
    }
    return {**_discussion(o), "comment": comment}


def _ping(o: Options) -> Payload:
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": 987654,
        "hook": {**hook(o, "App"), "app_id": 12345},
    }


def _team(o: Options) -> Payload:
    return {
        "team": {"id": number_of("team"), "name": "Maintainers", "slug": "maintainers", "privacy": "closed"}
    }


def _membership(o: Options) -> Payload:
    return {**_team(o), "scope": "team", "member": o.sender}


# Event → its usual action and what it adds. What belongs to an organization has no repository.
EVENTS: Final[Mapping[str, _Event]] = {
    "branch_protection_rule": _Event("created", branch_protection_rule),
    "check_run": _Event("completed", check_run),
    "check_suite": _Event("completed", check_suite),
    "code_scanning_alert": _Event("created", code_scanning_alert),
    "commit_comment": _Event("created", _commit_comment),
    "create": _Event(None, _branch),
    "delete": _Event(None, _branch),
    "dependabot_alert": _Event("created", dependabot_alert),
    "deploy_key": _Event("created", deploy_key),
    "deployment": _Event("created", deployment),
    "deployment_status": _Event("created", deployment_status),
    "discussion": _Event("created", _discussion),
    "discussion_comment": _Event("created", _discussion_comment),
    "fork": _Event(None, fork),
    "github_app_authorization": _Event("revoked", repository=False, installation=False),
    "gollum": _Event(None, wiki),
    "installation": _Event("created", _installation, repository=False),
    "installation_repositories": _Event("added", _installation_repositories, repository=False),
    "installation_target": _Event("renamed", _installation_target, repository=False),
    "issue_comment": _Event("created", _issue_comment),
    "issues": _Event("opened", _issues),
    "label": _Event("created", label),
    "member": _Event("added", lambda o: {"member": o.sender}),
    "membership": _Event("added", _membership, repository=False),
    "merge_group": _Event("checks_requested", merge_group),
    "meta": _Event("deleted", lambda o: {"hook_id": 987654, "hook": hook(o, "Repository")}),
    "milestone": _Event("created", milestone),
    "organization": _Event("renamed", lambda o: {"changes": {"login": {"from": "old"}}}, repository=False),
    "package": _Event("published", package),
    "page_build": _Event(None, page_build),
    "ping": _Event(None, _ping, repository=False, installation=False),
    "project": _Event("created", project),
    "public": _Event(None),
    "pull_request": _Event("opened", _pull_request),
    "pull_request_review": _Event("submitted", _review),
    "pull_request_review_comment": _Event("created", _review_comment),
    "pull_request_review_thread": _Event("resolved", _review_thread),
    "push": _Event(None, _push),
    "release": _Event("published", release),
    "repository": _Event("edited", lambda o: {"changes": {"description": {"from": None}}}),
    "repository_dispatch": _Event("sync", lambda o: {"branch": "main", "client_payload": {"unit": False}}),
    "repository_ruleset": _Event("created", repository_ruleset),
    "repository_vulnerability_alert": _Event("create", vulnerability_alert),
    "secret_scanning_alert": _Event("created", secret_scanning_alert),
    "star": _Event("created", lambda o: {"starred_at": NOW}),
    "status": _Event(None, status),
    "team": _Event("created", _team, repository=False),
    "team_add": _Event(None, _team),
    "watch": _Event("started"),
    "workflow_dispatch": _Event(None, lambda o: {"inputs": {}, "ref": o.ref, "workflow": "ci.yml"}),
    "workflow_job": _Event("completed", workflow_job),
    "workflow_run": _Event("completed", workflow_run),
}
