# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ArchivedAt, OrganizationSimple, ProjectsV2StatusUpdateObject, SimpleInstallation, SimpleUser,
)

class ProjectsV2StatusUpdateCreated(TypedDict):
    action: Literal["created"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_status_update: ProjectsV2StatusUpdateObject
    sender: SimpleUser

class ProjectsV2StatusUpdateDeleted(TypedDict):
    action: Literal["deleted"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_status_update: ProjectsV2StatusUpdateObject
    sender: SimpleUser

class Changes3(TypedDict):
    body: NotRequired[ArchivedAt]
    status: NotRequired[ArchivedAt]
    start_date: NotRequired[ArchivedAt]
    target_date: NotRequired[ArchivedAt]

class ProjectsV2StatusUpdateEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes3]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_status_update: ProjectsV2StatusUpdateObject
    sender: SimpleUser

ProjectsV2StatusUpdate: TypeAlias = ProjectsV2StatusUpdateCreated | ProjectsV2StatusUpdateDeleted | ProjectsV2StatusUpdateEdited
