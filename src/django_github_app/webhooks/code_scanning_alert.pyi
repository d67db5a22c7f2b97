# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class Location2(TypedDict):
    end_column: NotRequired[int]
    end_line: NotRequired[int]
    path: NotRequired[str]
    start_column: NotRequired[int]
    start_line: NotRequired[int]

class Message(TypedDict):
    text: NotRequired[str]

class AlertInstance(TypedDict):
    analysis_key: str
    category: NotRequired[str]
    classifications: NotRequired[list[str]]
    commit_sha: NotRequired[str]
    environment: str
    location: NotRequired[Location2]
    message: NotRequired[Message]
    ref: str
    state: str

class Rule(TypedDict):
    description: str
    id: str
    severity: str | None

class Tool(TypedDict):
    name: str
    version: str | None

class Alert2(TypedDict):
    assignees: NotRequired[list[SimpleUser]]
    created_at: str
    dismissed_at: str | None
    dismissed_by: UserObject | None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: str | None
    fixed_at: NotRequired[None]
    html_url: str
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule
    state: str | None
    tool: Tool
    url: str

class CodeScanningAlertAppearedInBranch(TypedDict):
    action: Literal["appeared_in_branch"]
    alert: Alert2
    commit_oid: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser

class Rule2(TypedDict):
    description: str
    full_description: NotRequired[str]
    help: NotRequired[str | None]
    help_uri: NotRequired[str | None]
    id: str
    name: NotRequired[str]
    severity: str | None
    tags: NotRequired[list[str] | None]

class Tool2(TypedDict):
    guid: NotRequired[str | None]
    name: str
    version: str | None

class Alert3(TypedDict):
    assignees: NotRequired[list[SimpleUser]]
    created_at: str
    dismissed_at: str
    dismissed_by: UserObject | None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: str | None
    fixed_at: NotRequired[None]
    html_url: str
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule2
    state: str
    tool: Tool2
    url: str
    dismissal_approved_by: NotRequired[UserObject | None]

class CodeScanningAlertClosedByUser(TypedDict):
    action: Literal["closed_by_user"]
    alert: Alert3
    commit_oid: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser

class Alert4(TypedDict):
    created_at: str | None
    dismissed_at: None
    dismissed_by: None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: None
    fixed_at: NotRequired[None]
    html_url: str
    instances_url: NotRequired[str]
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule2
    state: str | None
    tool: Tool2 | None
    updated_at: NotRequired[str | None]
    url: str
    dismissal_approved_by: NotRequired[None]
    assignees: NotRequired[list[SimpleUser]]

class CodeScanningAlertCreated(TypedDict):
    action: Literal["created"]
    alert: Alert4
    commit_oid: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser

class Alert5(TypedDict):
    assignees: NotRequired[list[SimpleUser]]
    created_at: str
    dismissed_at: str | None
    dismissed_by: UserObject | None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: str | None
    fixed_at: NotRequired[None]
    html_url: str
    instances_url: NotRequired[str]
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule2
    state: str | None
    tool: Tool2
    url: str

class CodeScanningAlertFixed(TypedDict):
    action: Literal["fixed"]
    alert: Alert5
    commit_oid: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser

class Alert6(TypedDict):
    assignees: NotRequired[list[SimpleUser]]
    created_at: str
    dismissed_at: str | None
    dismissed_by: dict[str, Any] | None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: str | None
    fixed_at: NotRequired[None]
    html_url: str
    instances_url: NotRequired[str]
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule2
    state: str | None
    tool: Tool2
    updated_at: NotRequired[str | None]
    url: str
    dismissal_approved_by: NotRequired[None]

class CodeScanningAlertReopened(TypedDict):
    action: Literal["reopened"]
    alert: Alert6
    commit_oid: str | None
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str | None
    repository: RepositoryObject
    sender: SimpleUser

class Alert7(TypedDict):
    assignees: NotRequired[list[SimpleUser]]
    created_at: str
    dismissed_at: None
    dismissed_by: None
    dismissed_comment: NotRequired[str | None]
    dismissed_reason: None
    fixed_at: NotRequired[None]
    html_url: str
    most_recent_instance: NotRequired[AlertInstance | None]
    number: int
    rule: Rule
    state: str | None
    tool: Tool
    url: str

class CodeScanningAlertReopenedByUser(TypedDict):
    action: Literal["reopened_by_user"]
    alert: Alert7
    commit_oid: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser

CodeScanningAlert: TypeAlias = CodeScanningAlertAppearedInBranch | CodeScanningAlertClosedByUser | CodeScanningAlertCreated | CodeScanningAlertFixed | CodeScanningAlertReopened | CodeScanningAlertReopenedByUser
