# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    DeploymentObject, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class WorkflowJobObject(TypedDict):
    check_run_url: str
    completed_at: str
    conclusion: str
    created_at: str
    head_sha: str
    html_url: str
    id: int
    labels: list[str | None]
    name: str
    node_id: str
    run_attempt: int
    run_id: int
    run_url: str
    runner_group_id: float | None
    runner_group_name: str | None
    runner_id: float | None
    runner_name: str | None
    started_at: str
    status: str
    head_branch: str | None
    workflow_name: str | None
    steps: list[dict[str, Any] | None]
    url: str

class WorkflowJobCompleted(TypedDict):
    action: Literal["completed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow_job: WorkflowJobObject
    deployment: NotRequired[DeploymentObject]

class WorkflowStep(TypedDict):
    completed_at: str | None
    conclusion: str | None
    name: str
    number: int
    started_at: str | None
    status: str

class WorkflowJobObject2(TypedDict):
    check_run_url: str
    completed_at: str | None
    conclusion: str | None
    created_at: str
    head_sha: str
    html_url: str
    id: int
    labels: list[str]
    name: str
    node_id: str
    run_attempt: int
    run_id: int
    run_url: str
    runner_group_id: float | None
    runner_group_name: str | None
    runner_id: float | None
    runner_name: str | None
    started_at: str
    status: str
    head_branch: str | None
    workflow_name: str | None
    steps: list[WorkflowStep]
    url: str

class WorkflowJobInProgress(TypedDict):
    action: Literal["in_progress"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow_job: WorkflowJobObject2
    deployment: NotRequired[DeploymentObject]

class WorkflowJobObject3(TypedDict):
    check_run_url: str
    completed_at: str | None
    conclusion: str | None
    created_at: str
    head_sha: str
    html_url: str
    id: int
    labels: list[str]
    name: str
    node_id: str
    run_attempt: int
    run_id: float
    run_url: str
    runner_group_id: int | None
    runner_group_name: str | None
    runner_id: int | None
    runner_name: str | None
    started_at: str
    status: str
    head_branch: str | None
    workflow_name: str | None
    steps: list[WorkflowStep]
    url: str

class WorkflowJobQueued(TypedDict):
    action: Literal["queued"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow_job: WorkflowJobObject3
    deployment: NotRequired[DeploymentObject]

class WorkflowJobWaiting(TypedDict):
    action: Literal["waiting"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow_job: WorkflowJobObject3
    deployment: NotRequired[DeploymentObject]

WorkflowJob: TypeAlias = WorkflowJobCompleted | WorkflowJobInProgress | WorkflowJobQueued | WorkflowJobWaiting
