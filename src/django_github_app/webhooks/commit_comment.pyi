# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, Reactions, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject,
)

class Comment(TypedDict):
    author_association: str
    body: str
    commit_id: str
    created_at: str
    html_url: str
    id: int
    line: int | None
    node_id: str
    path: str | None
    position: int | None
    reactions: NotRequired[Reactions]
    updated_at: str
    url: str
    user: UserObject | None

class CommitCommentCreated(TypedDict):
    action: Literal["created"]
    comment: Comment
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

CommitComment: TypeAlias = CommitCommentCreated
