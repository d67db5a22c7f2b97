"""Endpoints of the fake GitHub about repositories: settings, topics, branches, commits, checks, collaborators."""

from __future__ import annotations

from typing import Any

from .fake_github_conversations import Commit
from .fake_github_issues import Issue
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_state import FakeRepo
from .fake_github_users import iso, node_id

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
    return repo_of(context).full_json()


@routes.add("PATCH", "/repos/{owner}/{repo}")
def update_repository(context: Context) -> dict[str, Any]:
    repo, data = repo_of(context), dict(context.data)
    repo.archived = bool(data.pop("archived", repo.archived))
    visible = data.pop("visibility", "private" if data.pop("private", repo.private) else "public")
    repo.private = visible != "public"
    if "name" in data and data["name"] != repo.name:
        context.fake.rename_repo(repo.full_name, f"{repo.owner}/{data['name']}")
    data.pop("name", None)
    repo.settings |= data
    repo.updated_at = context.fake.now()
    return repo.full_json()


@routes.add("GET", "/repos/{owner}/{repo}/topics")
def topics(context: Context) -> dict[str, Any]:
    return {"names": list(repo_of(context).topics)}


@routes.add("PUT", "/repos/{owner}/{repo}/topics")
def set_topics(context: Context) -> dict[str, Any]:
    names = context.data.get("names")
    if not isinstance(names, list) or any(name != name.lower() for name in names):
        raise ApiError(
            422, "Validation Failed", errors=["Topics must start with a lowercase letter or number"]
        )
    repo_of(context).topics = list(names)
    return topics(context)


@routes.add("GET", "/repos/{owner}/{repo}/branches")
def branches(context: Context) -> Reply:
    repo = repo_of(context)
    heads = repo.heads()
    return context.page(
        [
            {"name": name, "commit": {"sha": sha, "url": f"{repo.url}/commits/{sha}"}, "protected": False}
            for name, sha in heads.items()
        ]
    )


@routes.add("GET", "/repos/{owner}/{repo}/branches/{branch:path}")
def branch(context: Context) -> dict[str, Any]:
    repo, name = repo_of(context), context.params["branch"]
    if name not in repo.heads():
        raise ApiError(404, "Branch not found")
    url = f"{repo.url}/branches/{name}"
    return {
        "name": name,
        "commit": repo.commit(repo.heads()[name]).json(),
        "_links": {"self": url, "html": f"{repo.html_url}/tree/{name}"},
        "protected": False,
        "protection": {"enabled": False},
        "protection_url": f"{url}/protection",
    }


@routes.add("GET", "/repos/{owner}/{repo}/git/ref/{ref:path}")
def git_ref(context: Context) -> dict[str, Any]:
    repo, name = repo_of(context), context.params["ref"].removeprefix("heads/")
    sha = repo.heads().get(name)
    if sha is None:
        raise ApiError(404, "Not Found")
    target = {"type": "commit", "sha": sha, "url": f"{repo.url}/git/commits/{sha}"}
    url = f"{repo.url}/git/refs/heads/{name}"
    return {"ref": f"refs/heads/{name}", "node_id": f"REF_{sha}", "url": url, "object": target}


@routes.add("GET", "/repositories/{id}")
def repository_by_id(context: Context) -> dict[str, Any]:
    for repo in context.fake.repos.values():
        if repo.id == int(context.params["id"]):
            return repo.full_json()
    raise ApiError(404, "Not Found")


@routes.add("GET", "/users/{login}")
def user(context: Context) -> dict[str, Any]:
    return context.fake.world.user(context.params["login"]).full_json()


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}")
def commit(context: Context) -> dict[str, Any]:
    return commit_of(context).json()


@routes.add("POST", "/repos/{owner}/{repo}/statuses/{sha}")
def create_status(context: Context) -> Reply:
    (state,) = context.need("state")
    if state not in ("error", "failure", "pending", "success"):
        raise ApiError(422, "Validation Failed", errors=[{"field": "state", "code": "invalid"}])
    number, now = context.fake.world.new_id(), iso(context.fake.now())
    status = {
        "url": f"{repo_of(context).url}/statuses/{context.params['sha']}",
        "avatar_url": context.user.json()["avatar_url"],
        "id": number,
        "node_id": node_id("SC", number),
        "state": state,
        "context": context.data.get("context", "default"),
        "description": context.data.get("description"),
        "target_url": context.data.get("target_url"),
        "creator": context.user.json(),
        "created_at": now,
        "updated_at": now,
    }
    repo_of(context).commit(context.params["sha"]).statuses.append(status)
    return Reply(201, status)


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}/statuses")
def statuses(context: Context) -> Reply:
    return context.page(list(reversed(commit_of(context).statuses)))


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}/status")
def combined_status(context: Context) -> dict[str, Any]:
    repo, found = repo_of(context), commit_of(context)
    newest = {status["context"]: status for status in found.statuses}
    states = {status["state"] for status in newest.values()}
    bad = states & {"failure", "error"}
    url = f"{repo.url}/commits/{found.sha}"
    return {
        "state": "failure" if bad else "success" if states == {"success"} else "pending",
        "statuses": [{k: v for k, v in status.items() if k != "creator"} for status in newest.values()],
        "sha": found.sha,
        "total_count": len(newest),
        "repository": repo.json(),
        "commit_url": url,
        "url": f"{url}/status",
    }


@routes.add("POST", "/repos/{owner}/{repo}/check-runs")
def create_check_run(context: Context) -> Reply:
    name, sha = context.need("name", "head_sha")
    number = context.fake.world.new_id()
    url = f"{repo_of(context).url}/check-runs/{number}"
    page = f"{repo_of(context).html_url}/runs/{number}"
    run = {
        "id": number,
        "node_id": node_id("CR", number),
        "url": url,
        "html_url": page,
        "details_url": page,
        "status": "queued",
        "conclusion": None,
        "started_at": iso(context.fake.now()),
        "completed_at": None,
        "external_id": "",
        "check_suite": {"id": number},
        "app": context.fake.app_json(),
        "pull_requests": [],
        "output": _output(url, None),
        "name": name,
        "head_sha": sha,
    }
    _write_check_run(context, run)
    repo_of(context).commit(sha).check_runs.append(run)
    return Reply(201, run)


@routes.add("PATCH", "/repos/{owner}/{repo}/check-runs/{id}")
def update_check_run(context: Context) -> dict[str, Any]:
    run = _check_run_of(context)
    _write_check_run(context, run)
    return run


@routes.add("GET", "/repos/{owner}/{repo}/check-runs/{id}")
def check_run(context: Context) -> dict[str, Any]:
    return _check_run_of(context)


def _check_run_of(context: Context) -> dict[str, Any]:
    for found in repo_of(context).commits.values():
        for run in found.check_runs:
            if run["id"] == int(context.params["id"]):
                return run
    raise ApiError(404, "Not Found")


def _write_check_run(context: Context, run: dict[str, Any]) -> None:
    given = {name: value for name, value in context.data.items() if name != "head_sha"}
    run |= {**given, "output": _output(run["url"], given.get("output", run["output"]))}
    if given.get("status") in ("queued", "in_progress") and "conclusion" not in given:
        run |= {"conclusion": None, "completed_at": None}  # it is begun again
    if run["conclusion"]:
        run["status"] = "completed"
        run["completed_at"] = given.get("completed_at") or run["completed_at"] or iso(context.fake.now())


def _output(url: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """Return the output of a check run with its counts; the annotations stay where a test reads them."""
    output = {"title": None, "summary": None, "text": None, **(given or {})}
    return {
        **output,
        "annotations_count": len(output.get("annotations") or ()),
        "annotations_url": f"{url}/annotations",
    }


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


@routes.add("GET", "/repos/{owner}/{repo}/collaborators")
def collaborators(context: Context) -> Reply:
    repo = repo_of(context)
    return context.page(
        [repo.collaborator_json(login) for login, role in repo.roles.items() if role != "none"]
    )


@routes.add("PUT", "/repos/{owner}/{repo}/collaborators/{login}")
def add_collaborator(context: Context) -> Reply:
    given = context.data.get("permission", "push")
    role = {"pull": "read", "push": "write"}.get(given, given)
    repo_of(context).collaborator(context.params["login"], role)
    return Reply(204)


@routes.add("DELETE", "/repos/{owner}/{repo}/collaborators/{login}")
def remove_collaborator(context: Context) -> Reply:
    repo_of(context).roles.pop(context.params["login"].lower(), None)
    return Reply(204)


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
    url = f"{context.fake.url}/orgs/{context.params['org']}/teams/{context.params['team']}"
    return {"role": "member", "state": state, "url": f"{url}/memberships/{context.params['login']}"}
