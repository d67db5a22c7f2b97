"""Endpoints of the fake GitHub about repositories: issues, pull requests, commits, checks, collaborators."""

from __future__ import annotations

from typing import Any

from .fake_github_conversations import Commit, Issue
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_state import FakeRepo
from .fake_github_users import iso

routes = Routes()


def repo_of(context: Context) -> FakeRepo:
    return context.fake.repos[f"{context.params['owner']}/{context.params['repo']}".lower()]


def issue_of(context: Context) -> Issue:
    issue = repo_of(context).issues.get(int(context.params["number"]))
    if issue is None:
        raise ApiError(404, "Not Found")
    return issue


def pull_of(context: Context) -> Issue:
    issue = issue_of(context)
    if not issue.is_pull:
        raise ApiError(404, "Not Found")
    return issue


def commit_of(context: Context) -> Commit:
    commit = repo_of(context).commits.get(context.params["sha"])
    if commit is None:
        raise ApiError(422, f"No commit found for SHA: {context.params['sha']}")
    return commit


@routes.add("GET", "/repos/{owner}/{repo}")
def repository(context: Context) -> dict[str, Any]:
    return repo_of(context).json()


@routes.add("GET", "/repositories/{id}")
def repository_by_id(context: Context) -> dict[str, Any]:
    for repo in context.fake.repos.values():
        if repo.id == int(context.params["id"]):
            return repo.json()
    raise ApiError(404, "Not Found")


@routes.add("GET", "/users/{login}")
def user(context: Context) -> dict[str, Any]:
    return context.fake.world.user(context.params["login"]).json()


@routes.add("GET", "/repos/{owner}/{repo}/issues")
def issues(context: Context) -> Reply:
    state = context.request.query.get("state", "open")
    found = [i for i in repo_of(context).issues.values() if state in ("all", i.state)]
    return context.page([issue.json() for issue in sorted(found, key=lambda i: -i.number)])


@routes.add("POST", "/repos/{owner}/{repo}/issues")
def create_issue(context: Context) -> Reply:
    (title,) = context.need("title")
    repo = repo_of(context)
    number = max(repo.issues, default=0) + 1
    issue = repo.issue(
        number,
        by=context.actor.login,
        title=title,
        body=context.data.get("body") or "",
        labels=list(context.data.get("labels") or []),
    )
    return Reply(201, issue.json())


@routes.add("GET", "/repos/{owner}/{repo}/issues/{number}")
def issue(context: Context) -> dict[str, Any]:
    return issue_of(context).json()


@routes.add("PATCH", "/repos/{owner}/{repo}/issues/{number}")
def update_issue(context: Context) -> dict[str, Any]:
    found = issue_of(context)
    for name in ("title", "body", "state", "labels"):
        if name in context.data:
            setattr(found, name, context.data[name])
    return found.json()


@routes.add("GET", "/repos/{owner}/{repo}/issues/{number}/labels")
def labels(context: Context) -> Reply:
    return context.page([{"name": name} for name in issue_of(context).labels])


@routes.add("POST", "/repos/{owner}/{repo}/issues/{number}/labels")
def add_labels(context: Context) -> list[dict[str, Any]]:
    found = issue_of(context)
    found.labels += [name for name in context.data.get("labels", []) if name not in found.labels]
    return [{"name": name} for name in found.labels]


@routes.add("DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}")
def remove_label(context: Context) -> list[dict[str, Any]]:
    found = issue_of(context)
    if context.params["name"] not in found.labels:
        raise ApiError(404, "Label does not exist")
    found.labels.remove(context.params["name"])
    return [{"name": name} for name in found.labels]


@routes.add("GET", "/repos/{owner}/{repo}/pulls")
def pulls(context: Context) -> Reply:
    state = context.request.query.get("state", "open")
    found = [i for i in repo_of(context).issues.values() if i.is_pull and state in ("all", i.state)]
    return context.page([pull.pull_json() for pull in found])


@routes.add("GET", "/repos/{owner}/{repo}/pulls/{number}")
def pull(context: Context) -> dict[str, Any]:
    return pull_of(context).pull_json()


@routes.add("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews")
def reviews(context: Context) -> Reply:
    return context.page(pull_of(context).reviews)


@routes.add("POST", "/repos/{owner}/{repo}/pulls/{number}/reviews")
def create_review(context: Context) -> dict[str, Any]:
    found = pull_of(context)
    review = {
        "id": context.fake.world.new_id(),
        "user": context.user.json(),
        "body": context.data.get("body", ""),
        "state": context.data.get("event", "PENDING"),
    }
    found.reviews.append(review)
    return review


@routes.add("POST", "/repos/{owner}/{repo}/pulls/{number}/requested_reviewers")
def request_reviewers(context: Context) -> Reply:
    found = pull_of(context)
    found.reviewers += [name for name in context.data.get("reviewers", []) if name not in found.reviewers]
    return Reply(201, found.pull_json())


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}")
def commit(context: Context) -> dict[str, Any]:
    return commit_of(context).json()


@routes.add("POST", "/repos/{owner}/{repo}/statuses/{sha}")
def create_status(context: Context) -> Reply:
    (state,) = context.need("state")
    if state not in ("error", "failure", "pending", "success"):
        raise ApiError(422, "Validation Failed", errors=[{"field": "state", "code": "invalid"}])
    status = {
        "id": context.fake.world.new_id(),
        "state": state,
        "context": context.data.get("context", "default"),
        "description": context.data.get("description"),
        "target_url": context.data.get("target_url"),
        "creator": context.user.json(),
        "created_at": iso(context.fake.now()),
    }
    repo_of(context).commit(context.params["sha"]).statuses.append(status)
    return Reply(201, status)


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}/statuses")
def statuses(context: Context) -> Reply:
    return context.page(list(reversed(commit_of(context).statuses)))


@routes.add("POST", "/repos/{owner}/{repo}/check-runs")
def create_check_run(context: Context) -> Reply:
    name, sha = context.need("name", "head_sha")
    run = {
        "id": context.fake.world.new_id(),
        "status": "queued",
        "conclusion": None,
        "external_id": "",
        "app": {"id": context.fake.app_id, "slug": context.fake.slug},
        **context.data,
        "name": name,
    }
    if run["conclusion"]:
        run["status"] = "completed"
    repo_of(context).commit(sha).check_runs.append(run)
    return Reply(201, run)


@routes.add("PATCH", "/repos/{owner}/{repo}/check-runs/{id}")
def update_check_run(context: Context) -> dict[str, Any]:
    for found in repo_of(context).commits.values():
        for run in found.check_runs:
            if run["id"] == int(context.params["id"]):
                run.update(context.data)
                if run["conclusion"]:
                    run["status"] = "completed"
                return run
    raise ApiError(404, "Not Found")


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}/check-runs")
def check_runs(context: Context) -> Reply:
    query = context.request.query
    runs = [
        run
        for run in repo_of(context).commit(context.params["sha"]).check_runs
        if query.get("check_name") in (None, run["name"])
        and query.get("app_id") in (None, str(context.fake.app_id))
    ]
    return context.page(list(reversed(runs)), "check_runs")


@routes.add("GET", "/repos/{owner}/{repo}/collaborators/{login}/permission")
def permission(context: Context) -> dict[str, Any]:
    return repo_of(context).permission_json(context.params["login"])


@routes.add("GET", "/repos/{owner}/{repo}/collaborators/{login}")
def is_collaborator(context: Context) -> Reply:
    if context.params["login"].lower() in repo_of(context).roles:
        return Reply(204)
    raise ApiError(404, "Not Found")


@routes.add("GET", "/orgs/{org}/teams/{team}/memberships/{login}")
def team_membership(context: Context) -> dict[str, Any]:
    team = f"{context.params['org']}/{context.params['team']}".lower()
    state = context.fake.teams.get(team, {}).get(context.params["login"].lower())
    if state is None:
        raise ApiError(404, "Not Found")
    return {"role": "member", "state": state}
