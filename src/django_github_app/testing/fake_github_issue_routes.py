"""Endpoints of the fake GitHub about issues, their labels and assignees, and the labels of a repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .fake_github_issues import Issue, Label
from .fake_github_rest import issue_of, repo_of
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_users import iso

routes = Routes()

REPO = "/repos/{owner}/{repo}"
ISSUE = f"{REPO}/issues/{{number}}"
REASONS = ("completed", "not_planned", "duplicate", "reopened")


@routes.add("GET", f"{REPO}/issues")
def issues(context: Context) -> Reply:
    found = sort_issues(context, filter_issues(context, repo_of(context).issues.values()))
    return context.page([issue.json() for issue in found])


def filter_issues(context: Context, issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues that the filters of the request's query leave."""
    query = context.request.query
    state, since = query.get("state", "open"), query.get("since", "")
    creator, assignee = query.get("creator", "").lower(), query.get("assignee", "").lower()
    labels = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}

    def fits(issue: Issue) -> bool:
        logins = {login.lower() for login in issue.assignees}
        return (
            state in ("all", issue.state)
            and creator in ("", issue.user.login.lower())
            and (not assignee or assignee in logins or (bool(logins) if assignee == "*" else not logins))
            and (assignee in ("", "*", "none") or assignee in logins)
            and labels <= {name.lower() for name in issue.labels}
            and iso(issue.updated_at) >= since
        )

    return [issue for issue in issues if fits(issue)]


def sort_issues(context: Context, issues: list[Issue], default: str = "created") -> list[Issue]:
    """Return issues in the order that the request asks for, newest first unless it says otherwise."""
    query = context.request.query
    keys = {
        "created": lambda issue: (issue.created_at, issue.number),
        "updated": lambda issue: (issue.updated_at, issue.number),
        "comments": lambda issue: (len(issue.comments), issue.number),
    }
    key = keys.get(query.get("sort", default), keys["created"])
    return sorted(issues, key=key, reverse=query.get("direction", query.get("order", "desc")) == "desc")


@routes.add("POST", f"{REPO}/issues")
def create_issue(context: Context) -> Reply:
    (title,) = context.need("title")
    repo, by = repo_of(context), context.actor.login
    made = repo.issue(
        max(repo.issues, default=0) + 1, by=by, title=title, body=context.data.get("body") or ""
    )
    made.label(*names_in(context.data.get("labels")), by=by)
    made.assign(*(context.data.get("assignees") or ()), by=by)
    return Reply(201, made.json())


@routes.add("GET", ISSUE)
def issue(context: Context) -> dict[str, Any]:
    return issue_of(context).json()


@routes.add("PATCH", ISSUE)
def update_issue(context: Context) -> dict[str, Any]:
    found = issue_of(context)
    update(context, found)
    return found.json()


def update(context: Context, found: Issue) -> None:
    """Change what the request's body names."""
    data, by = context.data, context.actor.login
    if data.get("state") not in (None, "open", "closed"):
        raise ApiError(422, "Validation Failed", errors=[{"field": "state", "code": "invalid"}])
    if data.get("state_reason") not in (None, *REASONS):
        raise ApiError(422, "Validation Failed", errors=[{"field": "state_reason", "code": "invalid"}])
    for name in ("title", "body"):
        if name in data and getattr(found, name) != (data[name] or ""):
            setattr(found, name, data[name] or "")
            found.touch()
    if "labels" in data:
        found.relabel(names_in(data["labels"]), by=by)
    if "assignees" in data:
        wanted = {login.lower() for login in data["assignees"] or ()}
        found.unassign(*[login for login in found.assignees if login.lower() not in wanted], by=by)
        found.assign(*(data["assignees"] or ()), by=by)
    if data.get("state"):
        found.set_state(data["state"], data.get("state_reason"), by=by)


@routes.add("PUT", f"{ISSUE}/lock")
@routes.add("DELETE", f"{ISSUE}/lock")
def lock(context: Context) -> Reply:
    found = issue_of(context)
    found.locked = context.request.method == "PUT"
    found.happened("locked" if found.locked else "unlocked", context.actor.login)
    return Reply(204)


@routes.add("GET", f"{ISSUE}/events")
@routes.add("GET", f"{ISSUE}/timeline")
def events(context: Context) -> Reply:
    return context.page(issue_of(context).events)


# Labels of an issue


def names_in(labels: Any) -> list[str]:
    """Return the names in ``["bug"]`` or ``[{"name": "bug"}]``."""
    return [one["name"] if isinstance(one, dict) else str(one) for one in labels or ()]


def _labels_json(found: Issue) -> list[dict[str, Any]]:
    return [found.repo.label(name).json() for name in found.labels]


def _labels_in(context: Context) -> list[str]:
    data = context.request.json
    return names_in(data.get("labels") if isinstance(data, dict) else data)


@routes.add("GET", f"{ISSUE}/labels")
def labels(context: Context) -> Reply:
    return context.page(_labels_json(issue_of(context)))


@routes.add("POST", f"{ISSUE}/labels")
def add_labels(context: Context) -> list[dict[str, Any]]:
    found = issue_of(context)
    found.label(*_labels_in(context), by=context.actor.login)
    return _labels_json(found)


@routes.add("PUT", f"{ISSUE}/labels")
def set_labels(context: Context) -> list[dict[str, Any]]:
    found = issue_of(context)
    found.relabel(_labels_in(context), by=context.actor.login)
    return _labels_json(found)


@routes.add("DELETE", f"{ISSUE}/labels")
def remove_labels(context: Context) -> Reply:
    issue_of(context).relabel([], by=context.actor.login)
    return Reply(204)


@routes.add("DELETE", f"{ISSUE}/labels/{{name}}")
def remove_label(context: Context) -> list[dict[str, Any]]:
    found = issue_of(context)
    if context.params["name"].lower() not in {name.lower() for name in found.labels}:
        raise ApiError(404, "Label does not exist")
    found.unlabel(context.params["name"], by=context.actor.login)
    return _labels_json(found)


# Assignees


@routes.add("POST", f"{ISSUE}/assignees")
def add_assignees(context: Context) -> Reply:
    found = issue_of(context)
    # Who cannot be assigned is left out without a word.
    known = {login for login in context.data.get("assignees") or () if _may_be_assigned(context, login)}
    found.assign(*sorted(known), by=context.actor.login)
    return Reply(201, found.json())


@routes.add("DELETE", f"{ISSUE}/assignees")
def remove_assignees(context: Context) -> dict[str, Any]:
    found = issue_of(context)
    found.unassign(*(context.data.get("assignees") or ()), by=context.actor.login)
    return found.json()


@routes.add("GET", f"{REPO}/assignees")
def assignees(context: Context) -> Reply:
    world, roles = context.fake.world, repo_of(context).roles
    return context.page([world.user(login).json() for login in roles if _may_be_assigned(context, login)])


@routes.add("GET", f"{REPO}/assignees/{{login}}")
def is_assignable(context: Context) -> Reply:
    if _may_be_assigned(context, context.params["login"]):
        return Reply(204)
    raise ApiError(404, "Not Found")


def _may_be_assigned(context: Context, login: str) -> bool:
    return repo_of(context).roles.get(login.lower(), "none") != "none"


# Labels of a repository


@routes.add("GET", f"{REPO}/labels")
def repository_labels(context: Context) -> Reply:
    return context.page([label.json() for label in repo_of(context).labels.values()])


@routes.add("POST", f"{REPO}/labels")
def create_label(context: Context) -> Reply:
    (name,) = context.need("name")
    repo = repo_of(context)
    if name.lower() in repo.labels:
        raise ApiError(422, "Validation Failed", errors=[{"field": "name", "code": "already_exists"}])
    return Reply(201, _write_label(context, repo.label(name)))


def _label_of(context: Context) -> Label:
    label = repo_of(context).labels.get(context.params["name"].lower())
    if label is None:
        raise ApiError(404, "Not Found")
    return label


@routes.add("GET", f"{REPO}/labels/{{name}}")
def one_label(context: Context) -> dict[str, Any]:
    return _label_of(context).json()


@routes.add("PATCH", f"{REPO}/labels/{{name}}")
def update_label(context: Context) -> dict[str, Any]:
    label, repo = _label_of(context), repo_of(context)
    if new := context.data.get("new_name"):
        for one in repo.issues.values():
            one.labels = [new if name.lower() == label.name.lower() else name for name in one.labels]
        del repo.labels[label.name.lower()]
        label.name = new
        repo.labels[new.lower()] = label
    return _write_label(context, label)


@routes.add("DELETE", f"{REPO}/labels/{{name}}")
def delete_label(context: Context) -> Reply:
    label = _label_of(context)
    for one in repo_of(context).issues.values():
        one.labels = [name for name in one.labels if name.lower() != label.name.lower()]
    del repo_of(context).labels[label.name.lower()]
    return Reply(204)


def _write_label(context: Context, label: Label) -> dict[str, Any]:
    label.color = context.data.get("color", label.color)
    label.description = context.data.get("description", label.description)
    if len(label.color) != 6:
        raise ApiError(422, "Validation Failed", errors=[{"field": "color", "code": "invalid"}])
    return label.json()
