"""Checks, workflows and commit statuses, in GitHub's shape and order: a function of a `World` per event."""

from __future__ import annotations

import uuid

from .objects import Object, World, moment

_RESULTS = ("success", "success", "success", "failure", "cancelled", "skipped", "neutral")


def _pulls_of_check(w: World) -> list[Object]:
    if w.chance.random() < 0.4:
        return []
    repo = {"id": w.repository()["id"], "url": w.url, "name": w.name}
    return [
        {
            "url": f"{w.url}/pulls/{w.number}",
            "id": w.id(),
            "number": w.number,
            "head": {"ref": w.branch, "sha": w.head, "repo": repo},
            "base": {"ref": w.repository()["default_branch"], "sha": w.base, "repo": repo},
        }
    ]


def _suite(w: World) -> Object:
    number = w.id() * 9
    return {
        "id": number,
        "node_id": w.node("CS", 12),
        "head_branch": w.branch,
        "head_sha": w.head,
        "status": "completed",
        "conclusion": w.chance.choice(_RESULTS),
        "url": f"{w.url}/check-suites/{number}",
        "before": w.base,
        "after": w.head,
        "pull_requests": _pulls_of_check(w),
        "app": w.app(),
        "created_at": w.time(),
        "updated_at": w.time(),
    }


def check_run(w: World) -> Object:
    number, suite = w.id() * 9, _suite(w)
    done = w.chance.random() < 0.5
    url = f"{w.url}/check-runs/{number}"
    page = f"{w.html_url}/actions/runs/{w.id() * 4}/job/{number}"
    output = {"title": None, "summary": None, "text": None, "annotations_count": 0}
    return {
        "action": "completed" if done else "created",
        "check_run": {
            "id": number,
            "name": f"{w.words(1, 3)} (3.{w.chance.randrange(10, 15)})",
            "node_id": w.node("CR", 12),
            "head_sha": w.head,
            "external_id": str(uuid.UUID(bytes=w.chance.randbytes(16))),
            "url": url,
            "html_url": page,
            "details_url": page,
            "status": "completed" if done else "queued",
            "conclusion": w.chance.choice(_RESULTS) if done else None,
            "started_at": w.time(),
            "completed_at": w.time() if done else None,
            "output": {**output, "annotations_url": f"{url}/annotations"},
            "check_suite": suite,
            "app": suite["app"],
            "pull_requests": suite["pull_requests"],
        },
    }


def _head_commit(w: World) -> Object:
    return {**w.commit(), "id": w.head, "author": w.person(), "committer": w.person()}


def check_suite(w: World) -> Object:
    suite = _suite(w)
    counts = {
        "rerequestable": True,
        "runs_rerequestable": False,
        "latest_check_runs_count": w.chance.randrange(30),
    }
    more = {**counts, "check_runs_url": f"{suite['url']}/check-runs", "head_commit": _head_commit(w)}
    return {"action": "completed", "check_suite": {**suite, **more}}


def workflow_run(w: World) -> Object:
    number, flow, suite, file = w.id() * 4, w.id(), w.id() * 9, f".github/workflows/{w.words(1, 2)}.yml"
    url, called = f"{w.url}/actions/runs/{number}", w.words(1, 3).capitalize()
    done = w.chance.random() < 0.5
    short = w.repository_in_short()
    run = {
        "id": number,
        "name": called,
        "node_id": w.node("WFR", 12),
        "head_branch": w.branch,
        "head_sha": w.head,
        "path": file,
        "display_title": w.words(4, 12).capitalize(),
        "run_number": w.chance.randrange(1, 20_000),
        "event": w.chance.choice(("push", "pull_request", "schedule")),
        "status": "completed" if done else "in_progress",
        "conclusion": w.chance.choice(_RESULTS) if done else None,
        "workflow_id": flow,
        "check_suite_id": suite,
        "check_suite_node_id": w.node("CS", 12),
        "url": url,
        "html_url": f"{w.html_url}/actions/runs/{number}",
        "pull_requests": _pulls_of_check(w),
        "created_at": w.time(),
        "updated_at": w.time(),
        "actor": w.sender,
        "run_attempt": 1,
        "referenced_workflows": [],
        "run_started_at": w.time(),
        "triggering_actor": w.sender,
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": f"{w.url}/check-suites/{suite}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{w.url}/actions/workflows/{flow}",
        "head_commit": _head_commit(w),
        "repository": short,
        "head_repository": short,
    }
    workflow = {
        "id": flow,
        "node_id": w.node("W", 9),
        "name": called,
        "path": file,
        "state": "active",
        "created_at": moment(w.chance),
        "updated_at": moment(w.chance),
        "url": run["workflow_url"],
        "html_url": f"{w.html_url}/blob/{w.repository()['default_branch']}/{file}",
        "badge_url": f"{w.html_url}/workflows/{called.replace(' ', '%20')}/badge.svg",
    }
    return {"action": "completed" if done else "in_progress", "workflow_run": run, "workflow": workflow}


def workflow_job(w: World) -> Object:
    number, run, result = w.id() * 9, w.id() * 4, w.chance.choice(_RESULTS)
    names = [
        "Set up job",
        "Run actions/checkout@v4",
        *(f"Run {w.words(1, 4)}" for _ in range(w.chance.randrange(9))),
    ]
    names += ["Post Run actions/checkout@v4", "Complete job"]
    done = w.chance.random() < 0.5
    steps = [
        {
            "name": called,
            "status": "completed",
            "conclusion": "success",
            "number": n,
            "started_at": w.time(),
            "completed_at": w.time(),
        }
        for n, called in enumerate(names, 1)
    ]
    return {
        "action": "completed" if done else "queued",
        "workflow_job": {
            "id": number,
            "run_id": run,
            "workflow_name": w.words(1, 3).capitalize(),
            "head_branch": w.branch,
            "run_url": f"{w.url}/actions/runs/{run}",
            "run_attempt": 1,
            "node_id": w.node("CR", 12),
            "head_sha": w.head,
            "url": f"{w.url}/actions/jobs/{number}",
            "html_url": f"{w.html_url}/actions/runs/{run}/job/{number}",
            "status": "completed" if done else "queued",
            "conclusion": result if done else None,
            "created_at": w.time(),
            "started_at": w.time(),
            "completed_at": w.time() if done else None,
            "name": f"{w.words(1, 3)} (ubuntu-latest)",
            "steps": steps if done else [],
            "check_run_url": f"{w.url}/check-runs/{number}",
            "labels": ["ubuntu-latest"],
            "runner_id": w.chance.randrange(1, 90_000) if done else None,
            "runner_name": f"GitHub Actions {w.chance.randrange(1, 900)}" if done else None,
            "runner_group_id": 0 if done else None,
            "runner_group_name": "GitHub Actions" if done else None,
        },
    }


def status(w: World) -> Object:
    url, when = f"{w.url}/commits/{w.head}", w.time()
    tree, parent = w.sha(), w.sha()
    commit = {
        "author": w.person(date=when),
        "committer": w.person(date=when),
        "message": w.words(4, 30).capitalize(),
        "tree": {"sha": tree, "url": f"{w.url}/git/trees/{tree}"},
        "url": f"{w.url}/git/commits/{w.head}",
        "comment_count": 0,
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }
    parents = [
        {"sha": parent, "url": f"{w.url}/commits/{parent}", "html_url": f"{w.html_url}/commit/{parent}"}
    ]
    return {
        "id": w.id() * 9,
        "sha": w.head,
        "name": w.path,
        "target_url": f"https://ci.example.com/{w.path}/builds/{w.id()}",
        "avatar_url": w.sender["avatar_url"],
        "context": f"ci/{w.words(1, 2)}",
        "description": w.words(2, 8).capitalize(),
        "state": w.chance.choice(("pending", "success", "failure")),
        "commit": {
            "sha": w.head,
            "node_id": w.node("C", 30),
            "commit": commit,
            "url": url,
            "html_url": f"{w.html_url}/commit/{w.head}",
            "comments_url": f"{url}/comments",
            "author": w.author,
            "committer": w.author,
            "parents": parents,
        },
        "branches": [{"name": w.branch, "commit": {"sha": w.head, "url": url}, "protected": False}],
        "created_at": when,
        "updated_at": when,
    }
