# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class ProjectColumnObject(TypedDict):
    after_id: NotRequired[int | None]
    cards_url: str
    created_at: str
    id: int
    name: str
    node_id: str
    project_url: str
    updated_at: str
    url: str

class ProjectColumnCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_column: ProjectColumnObject
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class ProjectColumnDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_column: ProjectColumnObject
    repository: NotRequired[RepositoryObject | None]
    sender: NotRequired[SimpleUser]

class Changes3(TypedDict):
    name: NotRequired[Body]

class ProjectColumnEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_column: ProjectColumnObject
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class ProjectColumnMoved(TypedDict):
    action: Literal["moved"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_column: ProjectColumnObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

ProjectColumn: TypeAlias = ProjectColumnCreated | ProjectColumnDeleted | ProjectColumnEdited | ProjectColumnMoved
