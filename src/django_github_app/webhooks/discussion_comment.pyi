# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, DiscussionObject, EnterpriseObject, OrganizationSimple, Reactions, RepositoryObject,
    SimpleInstallation, SimpleUser, UserObject,
)

class Comment(TypedDict):
    author_association: str
    body: str
    child_comment_count: int
    created_at: str
    discussion_id: int
    html_url: str
    id: int
    node_id: str
    parent_id: int | None
    reactions: Reactions
    repository_url: str
    updated_at: str
    user: UserObject | None

class DiscussionCommentCreated(TypedDict):
    action: Literal["created"]
    comment: Comment
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionCommentDeleted(TypedDict):
    action: Literal["deleted"]
    comment: Comment
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes3(TypedDict):
    body: Body

class DiscussionCommentEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    comment: Comment
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

DiscussionComment: TypeAlias = DiscussionCommentCreated | DiscussionCommentDeleted | DiscussionCommentEdited
