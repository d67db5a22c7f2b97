"""What events about checks, workflows, statuses and deployments add to a payload, in the shape GitHub documents."""

from __future__ import annotations

from .payload_objects import HTML, NOW, Options, Payload, dated, node_id, number_of, sha

__all__ = [
    "check_run",
    "check_suite",
    "deployment",
    "deployment_status",
    "hook",
    "page_build",
    "status",
    "workflow_job",
    "workflow_run",
]


def _run(o: Options, key: str) -> Payload:
    return {
        **dated(key.title().replace("_", ""), number_of(o.full_name, key)),
        "head_sha": sha("head"),
        "head_branch": "changes",
        "status": "completed",
        "conclusion": "success",
        "name": "tests",
        "pull_requests": [],
    }


def _commit(o: Options) -> Payload:
    commit = o.commit()
    return {name: commit[name] for name in ("id", "tree_id", "message", "timestamp", "author", "committer")}


def check_run(o: Options) -> Payload:
    run = _run(o, "check_run")
    url = f"{o.url}/check-runs/{run['id']}"
    page = f"{o.html_url}/runs/{run['id']}"
    counts = {"annotations_count": 0, "annotations_url": f"{url}/annotations"}
    suite = check_suite(o)["check_suite"]
    return {
        "check_run": {
            **run,
            "url": url,
            "html_url": page,
            "details_url": page,
            "external_id": "",
            "started_at": NOW,
            "completed_at": NOW,
            "output": {"title": None, "summary": None, "text": None, **counts},
            "app": o.app(),
            "check_suite": {name: suite[name] for name in _SHORT_SUITE},
        }
    }


_SHORT_SUITE = (
    *(
        "id",
        "node_id",
        "head_branch",
        "head_sha",
        "status",
        "conclusion",
        "url",
        "before",
        "after",
        "pull_requests",
    ),
    *("app", "created_at", "updated_at"),
)


def check_suite(o: Options) -> Payload:
    suite = {name: value for name, value in _run(o, "check_suite").items() if name != "name"}
    url = f"{o.url}/check-suites/{suite['id']}"
    return {
        "check_suite": {
            **suite,
            "url": url,
            "before": sha("before"),
            "after": sha("head"),
            "app": o.app(),
            "latest_check_runs_count": 1,
            "check_runs_url": f"{url}/check-runs",
            "head_commit": _commit(o),
        }
    }


def status(o: Options) -> Payload:
    url, tree = f"{o.url}/commits/{sha('head')}", sha("tree")
    who = {"name": o.sender_login, "email": f"{o.sender_login}@users.noreply.github.com", "date": NOW}
    signed = {
        "verified": False,
        "reason": "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": None,
    }
    return {
        "id": number_of(o.full_name, "status"),
        "sha": sha("head"),
        "name": o.full_name,
        "context": "ci/tests",
        "state": "success",
        "description": "All tests passed",
        "target_url": None,
        "branches": [{"name": "main", "commit": {"sha": sha("head"), "url": url}, "protected": False}],
        "commit": {
            "sha": sha("head"),
            "node_id": node_id("Commit", 1),
            "url": url,
            "html_url": f"{o.html_url}/commit/{sha('head')}",
            "comments_url": f"{url}/comments",
            "author": o.sender,
            "committer": o.sender,
            "parents": [],
            "commit": {
                "author": who,
                "committer": who,
                "message": o.title,
                "tree": {"sha": tree, "url": f"{o.url}/git/trees/{tree}"},
                "url": f"{o.url}/git/commits/{sha('head')}",
                "comment_count": 0,
                "verification": signed,
            },
        },
        "created_at": NOW,
        "updated_at": NOW,
    }


def workflow_run(o: Options) -> Payload:
    run = _run(o, "workflow_run")
    url, workflow = f"{o.url}/actions/runs/{run['id']}", f"{o.url}/actions/workflows/7"
    page = f"{o.html_url}/actions"
    steps = ("artifacts", "cancel", "jobs", "logs", "rerun")
    return {
        "workflow_run": {
            **run,
            "run_number": 7,
            "run_attempt": 1,
            "run_started_at": NOW,
            "event": "push",
            "display_title": o.title,
            "path": ".github/workflows/ci.yml",
            "workflow_id": 7,
            "workflow_url": workflow,
            "url": url,
            "html_url": f"{page}/runs/{run['id']}",
            "previous_attempt_url": None,
            **{f"{name}_url": f"{url}/{name}" for name in steps},
            "check_suite_id": 1,
            "check_suite_node_id": node_id("CheckSuite", 1),
            "check_suite_url": f"{o.url}/check-suites/1",
            "actor": o.sender,
            "triggering_actor": o.sender,
            "head_commit": _commit(o),
            "repository": o.repository,
            "head_repository": o.repository,
        },
        "workflow": {
            **dated("Workflow", 7),
            "name": "CI",
            "path": ".github/workflows/ci.yml",
            "state": "active",
            "url": workflow,
            "html_url": f"{o.html_url}/blob/main/.github/workflows/ci.yml",
            "badge_url": f"{o.html_url}/workflows/CI/badge.svg",
        },
    }


def workflow_job(o: Options) -> Payload:
    job, run = _run(o, "workflow_job"), workflow_run(o)["workflow_run"]
    return {
        "workflow_job": {
            **{name: value for name, value in job.items() if name not in ("updated_at", "pull_requests")},
            "run_id": run["id"],
            "run_url": run["url"],
            "run_attempt": 1,
            "url": f"{o.url}/actions/jobs/{job['id']}",
            "html_url": f"{run['html_url']}/job/{job['id']}",
            "check_run_url": f"{o.url}/check-runs/{job['id']}",
            "workflow_name": "CI",
            "started_at": NOW,
            "completed_at": NOW,
            "labels": ["ubuntu-latest"],
            "steps": [],
            "runner_id": 1,
            "runner_name": "GitHub Actions 1",
            "runner_group_id": 2,
            "runner_group_name": "GitHub Actions",
        }
    }


def _deployment(o: Options) -> Payload:
    number = number_of("deployment")
    url = f"{o.url}/deployments/{number}"
    return {
        **dated("Deployment", number),
        "sha": sha("head"),
        "ref": "main",
        "task": "deploy",
        "payload": {},
        "environment": "production",
        "original_environment": "production",
        "description": None,
        "creator": o.sender,
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": o.url,
    }


def deployment(o: Options) -> Payload:
    return {"deployment": _deployment(o), "workflow": None, "workflow_run": None}


def deployment_status(o: Options) -> Payload:
    made = _deployment(o)
    number = number_of("status")
    return {
        "deployment": made,
        "deployment_status": {
            **dated("DeploymentStatus", number),
            "state": "success",
            "environment": "production",
            "description": "",
            "target_url": "",
            "creator": o.sender,
            "url": f"{made['statuses_url']}/{number}",
            "deployment_url": made["url"],
            "repository_url": o.url,
        },
    }


def page_build(o: Options) -> Payload:
    return {
        "id": 1,
        "build": {
            "url": f"{o.url}/pages/builds/1",
            "status": "built",
            "error": {"message": None},
            "pusher": o.sender,
            "commit": sha("head"),
            "duration": 2104,
            "created_at": NOW,
            "updated_at": NOW,
        },
    }


def hook(o: Options, kind: str) -> Payload:
    """A webhook: that of an app, or of a repository."""
    return {
        "type": kind,
        "id": 987654,
        "name": "web",
        "active": True,
        "events": ["push"],
        "config": {"content_type": "json", "insecure_ssl": "0", "url": f"{HTML}/hook"},
        "created_at": NOW,
        "updated_at": NOW,
    }
