# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, Permissions4, PullRequestMinimal, RepositoryObject, SimpleCommit,
    SimpleInstallation, SimpleUser, UserObject,
)

class App2(TypedDict):
    created_at: str | None
    description: str | None
    events: NotRequired[list[str]]
    external_url: str | None
    html_url: str
    id: int | None
    client_id: NotRequired[str | None]
    name: str
    node_id: str
    owner: UserObject | None
    permissions: NotRequired[Permissions4]
    slug: NotRequired[str]
    updated_at: str | None

class CheckSuiteObject(TypedDict):
    after: str | None
    app: App2
    before: str | None
    check_runs_url: str
    conclusion: str | None
    created_at: str
    head_branch: str | None
    head_commit: SimpleCommit
    head_sha: str
    id: int
    latest_check_runs_count: int
    node_id: str
    pull_requests: list[PullRequestMinimal]
    rerequestable: NotRequired[bool]
    runs_rerequestable: NotRequired[bool]
    status: str | None
    updated_at: str
    url: str

class CheckSuiteCompleted(TypedDict):
    action: Literal["completed"]
    check_suite: CheckSuiteObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Permissions5(TypedDict):
    actions: NotRequired[str]
    administration: NotRequired[str]
    artifact_metadata: NotRequired[str]
    attestations: NotRequired[str]
    checks: NotRequired[str]
    content_references: NotRequired[str]
    contents: NotRequired[str]
    copilot_requests: NotRequired[str]
    deployments: NotRequired[str]
    discussions: NotRequired[str]
    emails: NotRequired[str]
    environments: NotRequired[str]
    issues: NotRequired[str]
    keys: NotRequired[str]
    members: NotRequired[str]
    merge_queues: NotRequired[str]
    metadata: NotRequired[str]
    models: NotRequired[str]
    organization_administration: NotRequired[str]
    organization_hooks: NotRequired[str]
    organization_packages: NotRequired[str]
    organization_plan: NotRequired[str]
    organization_projects: NotRequired[str]
    organization_secrets: NotRequired[str]
    organization_self_hosted_runners: NotRequired[str]
    organization_user_blocking: NotRequired[str]
    packages: NotRequired[str]
    pages: NotRequired[str]
    pull_requests: NotRequired[str]
    repository_hooks: NotRequired[str]
    repository_projects: NotRequired[str]
    secret_scanning_alerts: NotRequired[str]
    secrets: NotRequired[str]
    security_events: NotRequired[str]
    security_scanning_alert: NotRequired[str]
    single_file: NotRequired[str]
    statuses: NotRequired[str]
    team_discussions: NotRequired[str]
    vulnerability_alerts: NotRequired[str]
    workflows: NotRequired[str]

class App3(TypedDict):
    created_at: str | None
    description: str | None
    events: NotRequired[list[str]]
    external_url: str | None
    html_url: str
    id: int | None
    client_id: NotRequired[str | None]
    name: str
    node_id: str
    owner: UserObject | None
    permissions: NotRequired[Permissions5]
    slug: NotRequired[str]
    updated_at: str | None

class CheckSuiteObject2(TypedDict):
    after: str | None
    app: App3
    before: str | None
    check_runs_url: str
    conclusion: str | None
    created_at: str
    head_branch: str | None
    head_commit: SimpleCommit
    head_sha: str
    id: int
    latest_check_runs_count: int
    node_id: str
    pull_requests: list[PullRequestMinimal]
    rerequestable: NotRequired[bool]
    runs_rerequestable: NotRequired[bool]
    status: str | None
    updated_at: str
    url: str

class CheckSuiteRequested(TypedDict):
    action: Literal["requested"]
    check_suite: CheckSuiteObject2
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class CheckSuiteRerequested(TypedDict):
    action: Literal["rerequested"]
    check_suite: CheckSuiteObject2
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

CheckSuite: TypeAlias = CheckSuiteCompleted | CheckSuiteRequested | CheckSuiteRerequested
