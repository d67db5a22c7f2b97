# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ArchivedAt, OrganizationSimple, SimpleInstallation, SimpleUser,
)

class Changes3(TypedDict):
    archived_at: NotRequired[ArchivedAt]

class ProjectsV2ItemObject(TypedDict):
    id: float
    node_id: NotRequired[str]
    project_node_id: NotRequired[str]
    content_node_id: str
    content_type: str
    creator: NotRequired[SimpleUser]
    created_at: str
    updated_at: str
    archived_at: str | None

class ProjectsV2ItemArchived(TypedDict):
    action: Literal["archived"]
    changes: Changes3
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

ContentType = TypedDict(
    "ContentType",
    {
        "from": NotRequired[str | None],
        "to": NotRequired[str],
    },
)

class Changes4(TypedDict):
    content_type: NotRequired[ContentType]

class ProjectsV2ItemConverted(TypedDict):
    action: Literal["converted"]
    changes: Changes4
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

class ProjectsV2ItemCreated(TypedDict):
    action: Literal["created"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

class ProjectsV2ItemDeleted(TypedDict):
    action: Literal["deleted"]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

class ProjectsV2SingleSelectOption(TypedDict):
    id: str
    name: str
    color: NotRequired[str | None]
    description: NotRequired[str | None]

class ProjectsV2IterationSetting(TypedDict):
    id: str
    title: str
    title_html: NotRequired[str]
    duration: NotRequired[float | None]
    start_date: NotRequired[str | None]
    completed: NotRequired[bool]

FieldValue = TypedDict(
    "FieldValue",
    {
        "field_node_id": NotRequired[str],
        "field_type": NotRequired[str],
        "field_name": NotRequired[str],
        "project_number": NotRequired[int],
        "from": NotRequired[str | int | ProjectsV2SingleSelectOption | ProjectsV2IterationSetting],
        "to": NotRequired[str | int | ProjectsV2SingleSelectOption | ProjectsV2IterationSetting],
    },
)

class Changes5(TypedDict):
    field_value: FieldValue

class Changes6(TypedDict):
    body: ArchivedAt

class ProjectsV2ItemEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes5 | Changes6]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

class Changes7(TypedDict):
    previous_projects_v2_item_node_id: NotRequired[ArchivedAt]

class ProjectsV2ItemReordered(TypedDict):
    action: Literal["reordered"]
    changes: Changes7
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

class ProjectsV2ItemRestored(TypedDict):
    action: Literal["restored"]
    changes: Changes3
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    projects_v2_item: ProjectsV2ItemObject
    sender: SimpleUser

ProjectsV2Item: TypeAlias = ProjectsV2ItemArchived | ProjectsV2ItemConverted | ProjectsV2ItemCreated | ProjectsV2ItemDeleted | ProjectsV2ItemEdited | ProjectsV2ItemReordered | ProjectsV2ItemRestored
