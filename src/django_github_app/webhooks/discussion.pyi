# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Category, Changes, DiscussionObject, EnterpriseObject, LabelObject, OrganizationSimple, Reactions,
    RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class Answer(TypedDict):
    author_association: str
    body: str
    child_comment_count: int
    created_at: str
    discussion_id: int
    html_url: str
    id: int
    node_id: str
    parent_id: None
    reactions: NotRequired[Reactions]
    repository_url: str
    updated_at: str
    user: UserObject | None

class DiscussionAnswered(TypedDict):
    action: Literal["answered"]
    answer: Answer
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Category2 = TypedDict(
    "Category2",
    {
        "from": Category,
    },
)

class Changes3(TypedDict):
    category: Category2

class DiscussionCategoryChanged(TypedDict):
    action: Literal["category_changed"]
    changes: Changes3
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionClosed(TypedDict):
    action: Literal["closed"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionCreated(TypedDict):
    action: Literal["created"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionDeleted(TypedDict):
    action: Literal["deleted"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionLabeled(TypedDict):
    action: Literal["labeled"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: LabelObject
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionLocked(TypedDict):
    action: Literal["locked"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionPinned(TypedDict):
    action: Literal["pinned"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionReopened(TypedDict):
    action: Literal["reopened"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes4(TypedDict):
    new_discussion: DiscussionObject
    new_repository: RepositoryObject

class DiscussionTransferred(TypedDict):
    action: Literal["transferred"]
    changes: Changes4
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionUnanswered(TypedDict):
    action: Literal["unanswered"]
    discussion: DiscussionObject
    old_answer: Answer
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class DiscussionUnlabeled(TypedDict):
    action: Literal["unlabeled"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: LabelObject
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionUnlocked(TypedDict):
    action: Literal["unlocked"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DiscussionUnpinned(TypedDict):
    action: Literal["unpinned"]
    discussion: DiscussionObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Discussion: TypeAlias = DiscussionAnswered | DiscussionCategoryChanged | DiscussionClosed | DiscussionCreated | DiscussionDeleted | DiscussionEdited | DiscussionLabeled | DiscussionLocked | DiscussionPinned | DiscussionReopened | DiscussionTransferred | DiscussionUnanswered | DiscussionUnlabeled | DiscussionUnlocked | DiscussionUnpinned
