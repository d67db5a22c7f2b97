"""The fake GitHub's GraphQL: the mutations and queries that discussions need, found by their field names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .fake_github_comments import REACTIONS
from .fake_github_conversations import Comment, Commentable, Discussion, Reactable
from .fake_github_server import Context, Reply, Routes

routes = Routes()

EMOJI = {
    "THUMBS_UP": "+1",
    "THUMBS_DOWN": "-1",
    **{name.upper(): name for name in REACTIONS if name.isalpha()},
}


class _GraphQLError(Exception):
    pass


@routes.add("POST", "/graphql")
def graphql(context: Context) -> Reply:
    query: str = context.data.get("query") or ""
    variables: dict[str, Any] = context.data.get("variables") or {}
    try:
        for field, resolve in FIELDS.items():
            if re.search(rf"\b{field}\s*[({{]", query):
                return Reply(200, {"data": resolve(context, variables)})
    except _GraphQLError as error:
        return Reply(200, {"data": None, "errors": [{"type": "NOT_FOUND", "message": str(error)}]})
    message = "The fake GitHub answers only: " + ", ".join(FIELDS)
    return Reply(200, {"data": None, "errors": [{"message": message}]})


def _node(context: Context, id: Any) -> Any:
    found = context.fake.world.nodes.get(id)
    if found is None:
        raise _GraphQLError(f"Could not resolve to a node with the global id of '{id}'")
    return found


def _input(variables: dict[str, Any]) -> dict[str, Any]:
    return variables.get("input") or variables


def _comment_json(comment: Comment, siblings: list[Comment] | None = None) -> dict[str, Any]:
    viewer = comment.user.login.removesuffix("[bot]")
    answered = comment.parent.get("reply_to")
    answers = [one for one in siblings or () if one.parent.get("reply_to") == comment.node_id]
    return {
        "id": comment.node_id,
        "databaseId": comment.id,
        "body": comment.body,
        "url": comment.json()["html_url"],
        # GraphQL names a bot without the suffix that REST shows.
        "author": {"login": viewer, "__typename": comment.user.type},
        "viewerDidAuthor": comment.user.type == "Bot",
        "replyTo": {"id": answered} if answered else None,
        "replies": {"nodes": [_comment_json(one) for one in answers]},
    }


def _add_comment(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    given = _input(variables)
    discussion = _node(context, given.get("discussionId"))
    extra = {"reply_to": given["replyToId"]} if given.get("replyToId") else {}
    comment = discussion.comment(given["body"], context.actor.login, **extra)
    return {"addDiscussionComment": {"comment": _comment_json(comment)}}


def _update_comment(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    given = _input(variables)
    comment = _node(context, given.get("commentId"))
    comment.edit(given["body"])
    return {"updateDiscussionComment": {"comment": _comment_json(comment)}}


def _delete_comment(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    comment: Comment = _node(context, _input(variables).get("id"))
    comment.repo.delete_comment(comment)
    return {"deleteDiscussionComment": {"comment": {"id": comment.node_id}}}


def _add_reaction(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    given = _input(variables)
    subject: Reactable = _node(context, given.get("subjectId"))
    reaction, _ = subject.react(context.fake.world, EMOJI[given["content"]], context.user)
    return {"addReaction": {"reaction": {"id": f"REA_{reaction.id}", "content": given["content"]}}}


def _remove_reaction(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    given = _input(variables)
    subject: Reactable = _node(context, given.get("subjectId"))
    for reaction in list(subject.reactions):
        if reaction.content == EMOJI[given["content"]] and reaction.user is context.user:
            subject.reactions.remove(reaction)
    return {"removeReaction": {"reaction": {"content": given["content"]}}}


def _comments_page(subject: Commentable, variables: dict[str, Any]) -> dict[str, Any]:
    start = int(variables.get("after") or 0)
    size = int(variables.get("first") or 100)
    top = [comment for comment in subject.comments if "reply_to" not in comment.parent]
    part = top[start : start + size]
    end = start + len(part)
    return {
        "nodes": [_comment_json(comment, subject.comments) for comment in part],
        "pageInfo": {"hasNextPage": end < len(top), "endCursor": str(end)},
    }


def _node_query(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    found = _node(context, variables.get("id"))
    if isinstance(found, Comment):
        return {"node": _comment_json(found)}
    return {"node": {"id": found.node_id, "comments": _comments_page(found, variables)}}


def _repository_query(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    name = f"{variables.get('owner')}/{variables.get('repo') or variables.get('name')}"
    repo = context.fake.repos.get(name.lower())
    if repo is None:
        raise _GraphQLError(f"Could not resolve to a Repository with the name '{name}'.")
    data: dict[str, Any] = {"id": repo.node_id, "nameWithOwner": repo.full_name}
    discussion: Discussion | None = repo.discussions.get(int(variables.get("number") or 0))
    if discussion is not None:
        comments = _comments_page(discussion, variables)
        data["discussion"] = {"id": discussion.node_id, "title": discussion.title, "comments": comments}
    return {"repository": data}


def _viewer(context: Context, variables: dict[str, Any]) -> dict[str, Any]:
    return {"viewer": {"login": context.actor.login}}


FIELDS: dict[str, Callable[[Context, dict[str, Any]], dict[str, Any]]] = {
    "addDiscussionComment": _add_comment,
    "updateDiscussionComment": _update_comment,
    "deleteDiscussionComment": _delete_comment,
    "addReaction": _add_reaction,
    "removeReaction": _remove_reaction,
    "node": _node_query,
    "repository": _repository_query,
    "viewer": _viewer,
}
