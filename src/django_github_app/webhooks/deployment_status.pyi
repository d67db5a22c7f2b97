# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    App, EnterpriseObject, HeadRepository, OrganizationSimple, PullRequestMinimal, ReferencedWorkflow,
    RepositoryObject, SimpleInstallation, SimpleUser, UserObject, Workflow,
)

class CheckRunObject(TypedDict):
    completed_at: str | None
    conclusion: str | None
    details_url: str
    external_id: str
    head_sha: str
    html_url: str
    id: int
    name: str
    node_id: str
    started_at: str
    status: str
    url: str

class DeploymentObject2(TypedDict):
    created_at: str
    creator: UserObject | None
    description: str | None
    environment: str
    id: int
    node_id: str
    original_environment: str
    payload: str | dict[str, Any]
    performed_via_github_app: NotRequired[App | None]
    production_environment: NotRequired[bool]
    ref: str
    repository_url: str
    sha: str
    statuses_url: str
    task: str
    transient_environment: NotRequired[bool]
    updated_at: str
    url: str

class DeploymentStatusObject(TypedDict):
    created_at: str
    creator: UserObject | None
    deployment_url: str
    description: str
    environment: str
    environment_url: NotRequired[str]
    id: int
    log_url: NotRequired[str]
    node_id: str
    performed_via_github_app: NotRequired[App | None]
    repository_url: str
    state: str
    target_url: str
    updated_at: str
    url: str

class DeploymentWorkflowRun(TypedDict):
    actor: UserObject | None
    artifacts_url: NotRequired[str]
    cancel_url: NotRequired[str]
    check_suite_id: int
    check_suite_node_id: str
    check_suite_url: NotRequired[str]
    conclusion: str | None
    created_at: str
    display_title: str
    event: str
    head_branch: str
    head_commit: NotRequired[None]
    head_repository: NotRequired[HeadRepository]
    head_sha: str
    html_url: str
    id: int
    jobs_url: NotRequired[str]
    logs_url: NotRequired[str]
    name: str
    node_id: str
    path: str
    previous_attempt_url: NotRequired[None]
    pull_requests: list[PullRequestMinimal]
    referenced_workflows: NotRequired[list[ReferencedWorkflow] | None]
    repository: NotRequired[HeadRepository]
    rerun_url: NotRequired[str]
    run_attempt: int
    run_number: int
    run_started_at: str
    status: str
    triggering_actor: UserObject | None
    updated_at: str
    url: str
    workflow_id: int
    workflow_url: NotRequired[str]

class DeploymentStatusCreated(TypedDict):
    action: Literal["created"]
    check_run: NotRequired[CheckRunObject | None]
    deployment: DeploymentObject2
    deployment_status: DeploymentStatusObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow: NotRequired[Workflow | None]
    workflow_run: NotRequired[DeploymentWorkflowRun | None]

DeploymentStatus: TypeAlias = DeploymentStatusCreated
