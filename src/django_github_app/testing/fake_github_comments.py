"""Endpoints of the fake GitHub about comments and reactions."""

from __future__ import annotations

from typing import Any

from .fake_github_conversations import Comment, Reactable
from .fake_github_rest import commit_of, issue_of, pull_of, repo_of
from .fake_github_server import ApiError, Context, Reply, Routes

routes = Routes()

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
REPO = "/repos/{owner}/{repo}"
COMMENT_PATHS = {
    f"{REPO}/issues/comments": "IC",
    f"{REPO}/pulls/comments": "PRRC",
    f"{REPO}/comments": "CC",
}


def _listed(context: Context, comments: list[Comment]) -> Reply:
    since = context.request.query.get("since", "")
    shown = [comment.json() for comment in comments]
    return context.page([one for one in shown if one["updated_at"] >= since])


@routes.add("GET", f"{REPO}/issues/{{number}}/comments")
def issue_comments(context: Context) -> Reply:
    return _listed(context, issue_of(context).comments)


@routes.add("POST", f"{REPO}/issues/{{number}}/comments")
def comment_on_issue(context: Context) -> Reply:
    (body,) = context.need("body")
    return Reply(201, issue_of(context).comment(body, context.actor.login).json())


@routes.add("GET", f"{REPO}/issues/comments")
def comments_of_issues(context: Context) -> Reply:
    made = [comment for comment, _ in repo_of(context).comments.values() if comment.kind == "IC"]
    return _listed(context, made)


@routes.add("GET", f"{REPO}/pulls/{{number}}/comments")
def review_comments(context: Context) -> Reply:
    return _listed(context, pull_of(context).review_comments)


@routes.add("POST", f"{REPO}/pulls/{{number}}/comments")
def comment_on_diff(context: Context) -> Reply:
    (body,) = context.need("body")
    extra: dict[str, Any] = {
        name: context.data[name] for name in ("path", "line", "commit_id") if name in context.data
    }
    if "in_reply_to" in context.data:
        extra["in_reply_to_id"] = context.data["in_reply_to"]
    return Reply(201, pull_of(context).review_comment(body, context.actor.login, **extra).json())


@routes.add("POST", f"{REPO}/pulls/{{number}}/comments/{{id}}/replies")
def reply_on_diff(context: Context) -> Reply:
    (body,) = context.need("body")
    thread = _comment(context, "PRRC")
    root = thread.parent.get("in_reply_to_id", thread.id)
    made = pull_of(context).review_comment(body, context.actor.login, in_reply_to_id=root)
    return Reply(201, made.json())


@routes.add("GET", f"{REPO}/commits/{{sha}}/comments")
def commit_comments(context: Context) -> Reply:
    return context.page([comment.json() for comment in commit_of(context).comments])


@routes.add("POST", f"{REPO}/commits/{{sha}}/comments")
def comment_on_commit(context: Context) -> Reply:
    (body,) = context.need("body")
    return Reply(201, commit_of(context).comment(body, context.actor.login).json())


def _comment(context: Context, kind: str) -> Comment:
    comment, _ = repo_of(context).comments.get(int(context.params["id"]), (None, None))
    if comment is None or comment.kind != kind:
        raise ApiError(404, "Not Found")
    return comment


def _reactions_reply(context: Context, subject: Reactable) -> Reply:
    if context.request.method == "GET":
        wanted = context.request.query.get("content")
        return context.page([r.json() for r in subject.reactions if wanted in (None, r.content)])
    (content,) = context.need("content")
    if content not in REACTIONS:
        raise ApiError(422, "Validation Failed", errors=[{"field": "content", "code": "invalid"}])
    reaction, new = subject.react(context.fake.world, content, context.user)
    return Reply(201 if new else 200, reaction.json())


def _delete_reaction(context: Context, subject: Reactable) -> Reply:
    for reaction in subject.reactions:
        if reaction.id == int(context.params["reaction"]):
            subject.reactions.remove(reaction)
            return Reply(204)
    raise ApiError(404, "Not Found")


def _register(path: str, kind: str) -> None:
    @routes.add("GET", f"{path}/{{id}}")
    def one(context: Context) -> dict[str, Any]:
        return _comment(context, kind).json()

    @routes.add("PATCH", f"{path}/{{id}}")
    def edit(context: Context) -> dict[str, Any]:
        (body,) = context.need("body")
        comment = _comment(context, kind)
        comment.edit(body)
        return comment.json()

    @routes.add("DELETE", f"{path}/{{id}}")
    def delete(context: Context) -> Reply:
        repo_of(context).delete_comment(_comment(context, kind))
        return Reply(204)

    @routes.add("GET", f"{path}/{{id}}/reactions")
    @routes.add("POST", f"{path}/{{id}}/reactions")
    def reactions(context: Context) -> Reply:
        return _reactions_reply(context, _comment(context, kind))

    @routes.add("DELETE", f"{path}/{{id}}/reactions/{{reaction}}")
    def delete_reaction(context: Context) -> Reply:
        return _delete_reaction(context, _comment(context, kind))


for _path, _kind in COMMENT_PATHS.items():
    _register(_path, _kind)


@routes.add("GET", f"{REPO}/issues/{{number}}/reactions")
@routes.add("POST", f"{REPO}/issues/{{number}}/reactions")
def issue_reactions(context: Context) -> Reply:
    return _reactions_reply(context, issue_of(context))


@routes.add("DELETE", f"{REPO}/issues/{{number}}/reactions/{{reaction}}")
def delete_issue_reaction(context: Context) -> Reply:
    return _delete_reaction(context, issue_of(context))
