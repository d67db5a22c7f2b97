# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, Head, OrganizationSimple, ReferencedWorkflow, RepositoryObject, SimpleCommit,
    SimpleInstallation, SimpleUser, UserObject, UserObject2, Workflow,
)

class RepositoryLite(TypedDict):
    archive_url: str
    assignees_url: str
    blobs_url: str
    branches_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    deployments_url: str
    description: str | None
    downloads_url: str
    events_url: str
    fork: bool
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    hooks_url: str
    html_url: str
    id: int
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    name: str
    node_id: str
    notifications_url: str
    owner: UserObject | None
    private: bool
    pulls_url: str
    releases_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    url: str

class PullRequestObject3(TypedDict):
    base: Head
    head: Head
    id: float
    number: float
    url: str

class WorkflowRunObject(TypedDict):
    actor: UserObject | None
    artifacts_url: str
    cancel_url: str
    check_suite_id: int
    check_suite_node_id: str
    check_suite_url: str
    conclusion: str | None
    created_at: str
    event: str
    head_branch: str | None
    head_commit: SimpleCommit
    head_repository: RepositoryLite
    head_sha: str
    html_url: str
    id: int
    jobs_url: str
    logs_url: str
    name: str | None
    node_id: str
    path: str
    previous_attempt_url: str | None
    pull_requests: list[PullRequestObject3 | None]
    referenced_workflows: NotRequired[list[ReferencedWorkflow] | None]
    repository: RepositoryLite
    rerun_url: str
    run_attempt: int
    run_number: int
    run_started_at: str
    status: str
    triggering_actor: UserObject | None
    updated_at: str
    url: str
    workflow_id: int
    workflow_url: str
    display_title: NotRequired[str]

class WorkflowRunCompleted(TypedDict):
    action: Literal["completed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow: Workflow | None
    workflow_run: WorkflowRunObject

class RepositoryLite2(TypedDict):
    archive_url: str
    assignees_url: str
    blobs_url: str
    branches_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    deployments_url: str
    description: str | None
    downloads_url: str
    events_url: str
    fork: bool
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    hooks_url: str
    html_url: str
    id: int
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    name: str | None
    node_id: str
    notifications_url: str
    owner: UserObject2 | None
    private: bool
    pulls_url: str
    releases_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    url: str

class RepositoryLite3(TypedDict):
    archive_url: str
    assignees_url: str
    blobs_url: str
    branches_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    deployments_url: str
    description: str | None
    downloads_url: str
    events_url: str
    fork: bool
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    hooks_url: str
    html_url: str
    id: int
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    name: str
    node_id: str
    notifications_url: str
    owner: UserObject2 | None
    private: bool
    pulls_url: str
    releases_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    url: str

class WorkflowRunObject2(TypedDict):
    actor: UserObject2 | None
    artifacts_url: str
    cancel_url: str
    check_suite_id: int
    check_suite_node_id: str
    check_suite_url: str
    conclusion: str | None
    created_at: str
    event: str
    head_branch: str | None
    head_commit: SimpleCommit
    head_repository: RepositoryLite2
    head_sha: str
    html_url: str
    id: int
    jobs_url: str
    logs_url: str
    name: str | None
    node_id: str
    path: str
    previous_attempt_url: str | None
    pull_requests: list[PullRequestObject3 | None]
    referenced_workflows: NotRequired[list[ReferencedWorkflow] | None]
    repository: RepositoryLite3
    rerun_url: str
    run_attempt: int
    run_number: int
    run_started_at: str
    status: str
    triggering_actor: UserObject2 | None
    updated_at: str
    url: str
    workflow_id: int
    workflow_url: str

class WorkflowRunInProgress(TypedDict):
    action: Literal["in_progress"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow: Workflow | None
    workflow_run: WorkflowRunObject2

class WorkflowRunObject3(TypedDict):
    actor: UserObject | None
    artifacts_url: str
    cancel_url: str
    check_suite_id: int
    check_suite_node_id: str
    check_suite_url: str
    conclusion: str | None
    created_at: str
    event: str
    head_branch: str | None
    head_commit: SimpleCommit
    head_repository: RepositoryLite
    head_sha: str
    html_url: str
    id: int
    jobs_url: str
    logs_url: str
    name: str | None
    node_id: str
    path: str
    previous_attempt_url: str | None
    pull_requests: list[PullRequestObject3]
    referenced_workflows: NotRequired[list[ReferencedWorkflow] | None]
    repository: RepositoryLite
    rerun_url: str
    run_attempt: int
    run_number: int
    run_started_at: str
    status: str
    triggering_actor: UserObject | None
    updated_at: str
    url: str
    workflow_id: int
    workflow_url: str
    display_title: str

class WorkflowRunRequested(TypedDict):
    action: Literal["requested"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    workflow: Workflow | None
    workflow_run: WorkflowRunObject3

WorkflowRun: TypeAlias = WorkflowRunCompleted | WorkflowRunInProgress | WorkflowRunRequested
