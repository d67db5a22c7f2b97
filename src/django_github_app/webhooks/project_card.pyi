# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, Note, OrganizationSimple, Owner, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject,
)

class Changes3(TypedDict):
    note: Body

class ProjectCardObject(TypedDict):
    after_id: NotRequired[int | None]
    archived: bool
    column_id: int
    column_url: str
    content_url: NotRequired[str]
    created_at: str
    creator: UserObject | None
    id: int
    node_id: str
    note: str | None
    project_url: str
    updated_at: str
    url: str

class ProjectCardConverted(TypedDict):
    action: Literal["converted"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_card: ProjectCardObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class ProjectCardCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_card: ProjectCardObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class ProjectCardObject2(TypedDict):
    after_id: NotRequired[int | None]
    archived: bool
    column_id: int | None
    column_url: str
    content_url: NotRequired[str]
    created_at: str
    creator: UserObject | None
    id: int
    node_id: str
    note: str | None
    project_url: str
    updated_at: str
    url: str

class ProjectCardDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_card: ProjectCardObject2
    repository: NotRequired[RepositoryObject | None]
    sender: SimpleUser

class Changes4(TypedDict):
    note: Note

class ProjectCardEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes4
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_card: ProjectCardObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

ColumnId = TypedDict(
    "ColumnId",
    {
        "from": int,
    },
)

class Changes5(TypedDict):
    column_id: ColumnId

class ProjectCardObject3(TypedDict):
    after_id: float | None
    archived: bool
    column_id: int
    column_url: str
    content_url: NotRequired[str]
    created_at: str
    creator: Owner | None
    id: int
    node_id: str
    note: str | None
    project_url: str
    updated_at: str
    url: str

class ProjectCardMoved(TypedDict):
    action: Literal["moved"]
    changes: NotRequired[Changes5]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    project_card: ProjectCardObject3
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

ProjectCard: TypeAlias = ProjectCardConverted | ProjectCardCreated | ProjectCardDeleted | ProjectCardEdited | ProjectCardMoved
