# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, MilestoneObject2, OrganizationSimple, RepositoryObject, SimpleInstallation,
    SimpleUser, UserObject2,
)

class MilestoneObject3(TypedDict):
    closed_at: str
    closed_issues: int
    created_at: str
    creator: UserObject2 | None
    description: str | None
    due_on: str | None
    html_url: str
    id: int
    labels_url: str
    node_id: str
    number: int
    open_issues: int
    state: str
    title: str
    updated_at: str
    url: str

class MilestoneClosed(TypedDict):
    action: Literal["closed"]
    installation: NotRequired[SimpleInstallation]
    milestone: MilestoneObject3
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class MilestoneObject4(TypedDict):
    closed_at: None
    closed_issues: int
    created_at: str
    creator: UserObject2 | None
    description: str | None
    due_on: str | None
    html_url: str
    id: int
    labels_url: str
    node_id: str
    number: int
    open_issues: int
    state: str
    title: str
    updated_at: str
    url: str

class MilestoneCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    milestone: MilestoneObject4
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class MilestoneDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    milestone: MilestoneObject2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes3(TypedDict):
    description: NotRequired[Body]
    due_on: NotRequired[Body]
    title: NotRequired[Body]

class MilestoneEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    milestone: MilestoneObject2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class MilestoneOpened(TypedDict):
    action: Literal["opened"]
    installation: NotRequired[SimpleInstallation]
    milestone: MilestoneObject4
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Milestone: TypeAlias = MilestoneClosed | MilestoneCreated | MilestoneDeleted | MilestoneEdited | MilestoneOpened
