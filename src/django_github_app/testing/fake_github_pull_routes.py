"""Endpoints of the fake GitHub about pull requests."""

from __future__ import annotations

from typing import Any

from .fake_github_issue_routes import sort_issues, update
from .fake_github_rest import commit_of, pull_of, repo_of
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_users import iso, node_id

routes = Routes()

PULLS = "/repos/{owner}/{repo}/pulls"
PULL = f"{PULLS}/{{number}}"
STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@routes.add("GET", PULLS)
def pulls(context: Context) -> Reply:
    query, repo = context.request.query, repo_of(context)
    state, base = query.get("state", "open"), query.get("base", "")
    owner, _, ref = query.get("head", "").rpartition(":")
    found = [
        pull
        for pull in repo.issues.values()
        if pull.is_pull
        and state in ("all", pull.state)
        and base in ("", pull.base_ref)
        and ref in ("", pull.head_ref)
        and owner.lower() in ("", (pull.head_repo or repo.full_name).partition("/")[0].lower())
    ]
    return context.page([pull.pull_json(full=False) for pull in sort_issues(context, found)])


@routes.add("POST", PULLS)
def create_pull(context: Context) -> Reply:
    title, head, base = context.need("title", "head", "base")
    repo = repo_of(context)
    pull = repo.pull(
        max(repo.issues, default=0) + 1,
        by=context.actor.login,
        title=title,
        body=context.data.get("body") or "",
        head_ref=head.rpartition(":")[2],
        base_ref=base,
        draft=bool(context.data.get("draft")),
    )
    return Reply(201, pull.pull_json())


@routes.add("GET", PULL)
def pull(context: Context) -> dict[str, Any]:
    return pull_of(context).pull_json()


@routes.add("PATCH", PULL)
def update_pull(context: Context) -> dict[str, Any]:
    found = pull_of(context)
    update(context, found)
    found.base_ref = context.data.get("base", found.base_ref)
    return found.pull_json()


@routes.add("GET", f"{PULL}/files")
def files(context: Context) -> Reply:
    return context.page(pull_of(context).files_json())


@routes.add("GET", f"{PULL}/commits")
def commits(context: Context) -> Reply:
    found = pull_of(context)
    return context.page([found.repo.commit(sha).json() for sha in found.commits or [found.head_sha]])


@routes.add("GET", f"{PULL}/merge")
def is_merged(context: Context) -> Reply:
    if pull_of(context).merged:
        return Reply(204)
    raise ApiError(404, "Not Found")


@routes.add("PUT", f"{PULL}/merge")
def merge(context: Context) -> dict[str, Any]:
    found = pull_of(context)
    if found.state == "closed" or found.draft:
        raise ApiError(405, "Pull Request is not mergeable")
    if context.data.get("sha") not in (None, found.head_sha):
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    found.merged = True
    found.set_state("closed", by=context.actor.login)
    found.happened("merged", context.actor.login, commit_id=found.head_sha)
    return {"sha": found.head_sha, "merged": True, "message": "Pull Request successfully merged"}


@routes.add("GET", f"{PULL}/reviews")
def reviews(context: Context) -> Reply:
    return context.page(pull_of(context).reviews)


@routes.add("POST", f"{PULL}/reviews")
def create_review(context: Context) -> dict[str, Any]:
    found, number = pull_of(context), context.fake.world.new_id()
    url, page = found.pull_json()["url"], f"{found.json()['html_url']}#pullrequestreview-{number}"
    review = {
        "id": number,
        "node_id": node_id("PRR", number),
        "user": context.user.json(),
        "body": context.data.get("body") or "",
        "state": STATES.get(context.data.get("event", ""), "PENDING"),
        "html_url": page,
        "pull_request_url": url,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": iso(context.fake.now()),
        "commit_id": context.data.get("commit_id") or found.head_sha,
        "author_association": "NONE",
    }
    found.reviews.append(review)
    found.touch()
    return review


@routes.add("GET", f"{PULL}/requested_reviewers")
def requested_reviewers(context: Context) -> dict[str, Any]:
    world = context.fake.world
    return {"users": [world.user(login).json() for login in pull_of(context).reviewers], "teams": []}


@routes.add("POST", f"{PULL}/requested_reviewers")
def request_reviewers(context: Context) -> Reply:
    found = pull_of(context)
    found.reviewers += [name for name in context.data.get("reviewers", []) if name not in found.reviewers]
    return Reply(201, found.pull_json(full=False))


@routes.add("DELETE", f"{PULL}/requested_reviewers")
def remove_reviewers(context: Context) -> dict[str, Any]:
    found, gone = pull_of(context), context.data.get("reviewers") or ()
    found.reviewers = [name for name in found.reviewers if name not in gone]
    return found.pull_json(full=False)


@routes.add("GET", "/repos/{owner}/{repo}/activity")
def activity(context: Context) -> Reply:
    """The newest push to each branch of a pull request."""
    repo, ref = repo_of(context), context.request.query.get("ref", "").removeprefix("refs/heads/")
    own = [one for one in repo.issues.values() if one.is_pull and not one.head_repo]
    pushed = sorted((one for one in own if ref in ("", one.head_ref)), key=lambda one: -one.pushed_at)
    return context.page(
        [
            {
                "id": one.id,
                "node_id": node_id("PSH", one.id),
                "before": "0" * 40,
                "after": one.head_sha,
                "ref": f"refs/heads/{one.head_ref}",
                "timestamp": iso(one.pushed_at),
                "activity_type": "push",
                "actor": one.user.json(),
            }
            for one in pushed
        ]
    )


@routes.add("GET", "/repos/{owner}/{repo}/commits/{sha}/pulls")
def pulls_of_commit(context: Context) -> Reply:
    sha = commit_of(context).sha
    found = [
        one for one in repo_of(context).issues.values() if one.is_pull and sha in (one.head_sha, *one.commits)
    ]
    return context.page([one.pull_json(full=False) for one in found])
