"""What each kind of event adds to a payload, in the shape GitHub documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from .payload_objects import NOW, Options, Payload, dated, node_id, number_of, sha, user

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


def _thing(key: str, **fields: Any) -> Callable[[Options], Payload]:
    """Return a maker for an event that is about one object and needs little of it."""

    def make(options: Options) -> Payload:
        number = number_of(options.full_name, key)
        return {key: {**dated(key.title().replace("_", ""), number), **fields}}

    return make


def _issues(o: Options) -> Payload:
    return {"issue": o.issue()}


def _issue_comment(o: Options) -> Payload:
    return {"issue": o.issue(), "comment": o.comment()}


def _pull_request(o: Options) -> Payload:
    return {"number": o.number, "pull_request": o.pull_request()}


def _review(o: Options) -> Payload:
    review = {**o.comment("PullRequestReview", f"pulls/{o.number}/reviews"), "state": "commented"}
    return {"pull_request": o.pull_request(), "review": review}


def _review_comment(o: Options) -> Payload:
    comment = {**o.comment("PullRequestReviewComment", "pulls/comments"), "path": "README.md", "line": 3}
    return {"pull_request": o.pull_request(), "comment": comment}


def _review_thread(o: Options) -> Payload:
    thread = {"node_id": node_id("PullRequestReviewThread", o.number), "comments": [o.comment()]}
    return {"pull_request": o.pull_request(), "thread": thread}


def _commit_comment(o: Options) -> Payload:
    return {"comment": {**o.comment("CommitComment", "comments"), "commit_id": sha("head"), "path": None}}


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


def _check(key: str) -> Callable[[Options], Payload]:
    def make(o: Options) -> Payload:
        number = number_of(o.full_name, key)
        return {
            key: {
                **dated(key.title().replace("_", ""), number),
                "head_sha": sha("head"),
                "head_branch": "changes",
                "status": "completed",
                "conclusion": "success",
                "name": "tests",
                "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
                "pull_requests": [],
            }
        }

    return make


def _status(o: Options) -> Payload:
    return {
        "id": number_of(o.full_name, "status"),
        "sha": sha("head"),
        "name": o.full_name,
        "context": "ci/tests",
        "state": "success",
        "description": "All tests passed",
        "target_url": None,
        "branches": [{"name": "main", "commit": {"sha": sha("head")}, "protected": False}],
        "created_at": NOW,
        "updated_at": NOW,
    }


def _workflow_run(o: Options) -> Payload:
    run = _check("workflow_run")(o)["workflow_run"] | {"run_number": 7, "event": "push"}
    return {
        "workflow_run": run,
        "workflow": {**dated("Workflow", 7), "name": "CI", "path": ".github/workflows/ci.yml"},
    }


def _workflow_job(o: Options) -> Payload:
    job = _check("workflow_job")(o)["workflow_job"] | {"labels": ["ubuntu-latest"], "steps": []}
    return {"workflow_job": job}


def _discussion(o: Options) -> Payload:
    return {
        "discussion": {
            **dated("Discussion", number_of(o.full_name, "discussion", o.number)),
            "number": o.number,
            "title": o.title,
            "user": o.sender,
            "state": "open",
            "body": o.body,
            "category": {"id": 1, "name": "Q&A", "slug": "q-a", "is_answerable": True},
            "html_url": f"{o.html_url}/discussions/{o.number}",
        }
    }


def _discussion_comment(o: Options) -> Payload:
    return {**_discussion(o), "comment": {**o.comment("DiscussionComment"), "discussion_id": o.number}}


def _release(o: Options) -> Payload:
    release = {
        **dated("Release", number_of(o.full_name, "release")),
        "tag_name": "v1.0.0",
        "target_commitish": "main",
        "name": "1.0.0",
        "body": o.body,
        "draft": False,
        "prerelease": False,
        "author": o.sender,
        "html_url": f"{o.html_url}/releases/tag/v1.0.0",
        "assets": [],
    }
    return {"release": release}


def _ping(o: Options) -> Payload:
    return {
        "zen": "Keep it logically awesome.",
        "hook_id": 987654,
        "hook": {
            "type": "App",
            "id": 987654,
            "name": "web",
            "active": True,
            "events": ["push"],
            "app_id": 12345,
        },
    }


def _labelled(o: Options) -> Payload:
    return {"label": {"id": number_of("label"), "name": "bug", "color": "d73a4a", "default": True}}


def _alert(o: Options) -> Payload:
    return {"alert": {"number": o.number, "state": "open", "created_at": NOW, "html_url": o.html_url}}


def _fork(o: Options) -> Payload:
    return {
        "forkee": {**o.repository, "full_name": f"{o.sender_login}/{o.name}", "owner": o.sender, "fork": True}
    }


def _wiki(o: Options) -> Payload:
    page = {"page_name": "Home", "title": "Home", "action": "edited", "sha": sha("wiki")}
    return {"pages": [page]}


def _team(o: Options) -> Payload:
    return {
        "team": {"id": number_of("team"), "name": "Maintainers", "slug": "maintainers", "privacy": "closed"}
    }


def _membership(o: Options) -> Payload:
    return {**_team(o), "scope": "team", "member": o.sender}


def _milestone(o: Options) -> Payload:
    return {"milestone": {**dated("Milestone", 5), "number": 5, "title": "1.0", "state": "open"}}


def _deployment(o: Options) -> Payload:
    return {
        "deployment": {
            **dated("Deployment", number_of("deployment")),
            "sha": sha("head"),
            "ref": "main",
            "task": "deploy",
            "environment": "production",
        }
    }


def _deployment_status(o: Options) -> Payload:
    status = {
        **dated("DeploymentStatus", number_of("status")),
        "state": "success",
        "environment": "production",
    }
    return {**_deployment(o), "deployment_status": status}


# Event → its usual action and what it adds. What belongs to an organization has no repository.
EVENTS: Final[Mapping[str, _Event]] = {
    "branch_protection_rule": _Event("created", _thing("rule", name="main", enforcement_level="everyone")),
    "check_run": _Event("completed", _check("check_run")),
    "check_suite": _Event("completed", _check("check_suite")),
    "code_scanning_alert": _Event("created", _alert),
    "commit_comment": _Event("created", _commit_comment),
    "create": _Event(None, _branch),
    "delete": _Event(None, _branch),
    "dependabot_alert": _Event("created", _alert),
    "deploy_key": _Event("created", _thing("key", title="deploy", read_only=True, verified=True)),
    "deployment": _Event("created", _deployment),
    "deployment_status": _Event("created", _deployment_status),
    "discussion": _Event("created", _discussion),
    "discussion_comment": _Event("created", _discussion_comment),
    "fork": _Event(None, _fork),
    "github_app_authorization": _Event("revoked", repository=False, installation=False),
    "gollum": _Event(None, _wiki),
    "installation": _Event("created", _installation, repository=False),
    "installation_repositories": _Event("added", _installation_repositories, repository=False),
    "installation_target": _Event("renamed", _installation_target, repository=False),
    "issue_comment": _Event("created", _issue_comment),
    "issues": _Event("opened", _issues),
    "label": _Event("created", _labelled),
    "member": _Event("added", lambda o: {"member": o.sender}),
    "membership": _Event("added", _membership, repository=False),
    "merge_group": _Event("checks_requested", _thing("merge_group", head_sha=sha("head"), base_ref="main")),
    "meta": _Event("deleted", lambda o: {"hook_id": 987654, "hook": {"type": "Repository"}}),
    "milestone": _Event("created", _milestone),
    "organization": _Event("renamed", lambda o: {"changes": {"login": {"from": "old"}}}, repository=False),
    "package": _Event("published", _thing("package", name="octo", package_type="CONTAINER")),
    "page_build": _Event(None, lambda o: {"id": 1, "build": {"status": "built", "pusher": o.sender}}),
    "ping": _Event(None, _ping, repository=False, installation=False),
    "project": _Event("created", _thing("project", name="Plan", state="open")),
    "public": _Event(None),
    "pull_request": _Event("opened", _pull_request),
    "pull_request_review": _Event("submitted", _review),
    "pull_request_review_comment": _Event("created", _review_comment),
    "pull_request_review_thread": _Event("resolved", _review_thread),
    "push": _Event(None, _push),
    "release": _Event("published", _release),
    "repository": _Event("edited", lambda o: {"changes": {"description": {"from": None}}}),
    "repository_dispatch": _Event("sync", lambda o: {"branch": "main", "client_payload": {"unit": False}}),
    "repository_ruleset": _Event("created", _thing("repository_ruleset", name="main", enforcement="active")),
    "repository_vulnerability_alert": _Event("create", _alert),
    "secret_scanning_alert": _Event("created", _alert),
    "star": _Event("created", lambda o: {"starred_at": NOW}),
    "status": _Event(None, _status),
    "team": _Event("created", _team, repository=False),
    "team_add": _Event(None, _team),
    "watch": _Event("started"),
    "workflow_dispatch": _Event(None, lambda o: {"inputs": {}, "ref": o.ref, "workflow": "ci.yml"}),
    "workflow_job": _Event("completed", _workflow_job),
    "workflow_run": _Event("completed", _workflow_run),
}
