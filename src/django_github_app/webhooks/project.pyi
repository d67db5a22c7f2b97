# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class ProjectObject(TypedDict):
    body: str | None
    columns_url: str
    created_at: str
    creator: UserObject | None
    html_url: str
    id: int
    name: str
    node_id: str
    number: int
    owner_url: str
    state: str
    updated_at: str
    url: str

class ProjectClosed(TypedDict):
    action: Literal["closed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project: ProjectObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class ProjectCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project: ProjectObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class ProjectDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project: ProjectObject
    repository: NotRequired[RepositoryObject | None]
    sender: NotRequired[SimpleUser]

class Changes3(TypedDict):
    body: NotRequired[Body]
    name: NotRequired[Body]

class ProjectEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project: ProjectObject
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class ProjectReopened(TypedDict):
    action: Literal["reopened"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project: ProjectObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

Project: TypeAlias = ProjectClosed | ProjectCreated | ProjectDeleted | ProjectEdited | ProjectReopened
