# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ArchivedAt, OrganizationSimple, ProjectsV2StatusUpdateObject, SimpleInstallation, SimpleUser,
)

class ProjectsV2Project(TypedDict):
    id: float
    node_id: str
    owner: SimpleUser
    creator: SimpleUser
    title: str
    description: str | None
    public: bool
    closed_at: str | None
    created_at: str
    updated_at: str
    number: int
    short_description: str | None
    deleted_at: str | None
    deleted_by: SimpleUser | None
    state: NotRequired[str]
    latest_status_update: NotRequired[ProjectsV2StatusUpdateObject | None]
    is_template: NotRequired[bool]

class ProjectsV2Closed(TypedDict):
    action: Literal["closed"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2: ProjectsV2Project
    sender: SimpleUser

class ProjectsV2Created(TypedDict):
    action: Literal["created"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2: ProjectsV2Project
    sender: SimpleUser

class ProjectsV2Deleted(TypedDict):
    action: Literal["deleted"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2: ProjectsV2Project
    sender: SimpleUser

PublicObject = TypedDict(
    "PublicObject",
    {
        "from": NotRequired[bool],
        "to": NotRequired[bool],
    },
)

Title = TypedDict(
    "Title",
    {
        "from": NotRequired[str],
        "to": NotRequired[str],
    },
)

class Changes3(TypedDict):
    description: NotRequired[ArchivedAt]
    public: NotRequired[PublicObject]
    short_description: NotRequired[ArchivedAt]
    title: NotRequired[Title]

class ProjectsV2Edited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2: ProjectsV2Project
    sender: SimpleUser

class ProjectsV2Reopened(TypedDict):
    action: Literal["reopened"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2: ProjectsV2Project
    sender: SimpleUser

ProjectsV2: TypeAlias = ProjectsV2Closed | ProjectsV2Created | ProjectsV2Deleted | ProjectsV2Edited | ProjectsV2Reopened
