# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, Owner2, PullRequestMinimal, ReferencedWorkflow, RepositoryObject,
    SimpleInstallation, SimpleUser, UserObject, UserObject2,
)

class Reviewer(TypedDict):
    reviewer: NotRequired[UserObject2 | None]
    type: NotRequired[str]

class WorkflowJobRun(TypedDict):
    conclusion: None
    created_at: str
    environment: str
    html_url: str
    id: int
    name: None
    status: str
    updated_at: str

class WorkflowJobRun2(TypedDict):
    conclusion: NotRequired[None]
    created_at: NotRequired[str]
    environment: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    name: NotRequired[str | None]
    status: NotRequired[str]
    updated_at: NotRequired[str]

class HeadRepository2(TypedDict):
    archive_url: NotRequired[str]
    assignees_url: NotRequired[str]
    blobs_url: NotRequired[str]
    branches_url: NotRequired[str]
    collaborators_url: NotRequired[str]
    comments_url: NotRequired[str]
    commits_url: NotRequired[str]
    compare_url: NotRequired[str]
    contents_url: NotRequired[str]
    contributors_url: NotRequired[str]
    deployments_url: NotRequired[str]
    description: NotRequired[str | None]
    downloads_url: NotRequired[str]
    events_url: NotRequired[str]
    fork: NotRequired[bool]
    forks_url: NotRequired[str]
    full_name: NotRequired[str]
    git_commits_url: NotRequired[str]
    git_refs_url: NotRequired[str]
    git_tags_url: NotRequired[str]
    hooks_url: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    issue_comment_url: NotRequired[str]
    issue_events_url: NotRequired[str]
    issues_url: NotRequired[str]
    keys_url: NotRequired[str]
    labels_url: NotRequired[str]
    languages_url: NotRequired[str]
    merges_url: NotRequired[str]
    milestones_url: NotRequired[str]
    name: NotRequired[str]
    node_id: NotRequired[str]
    notifications_url: NotRequired[str]
    owner: NotRequired[Owner2]
    private: NotRequired[bool]
    pulls_url: NotRequired[str]
    releases_url: NotRequired[str]
    stargazers_url: NotRequired[str]
    statuses_url: NotRequired[str]
    subscribers_url: NotRequired[str]
    subscription_url: NotRequired[str]
    tags_url: NotRequired[str]
    teams_url: NotRequired[str]
    trees_url: NotRequired[str]
    url: NotRequired[str]

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
    head_commit: NotRequired[dict[str, Any] | None]
    head_repository: NotRequired[HeadRepository2]
    head_sha: str
    html_url: str
    id: int
    jobs_url: NotRequired[str]
    logs_url: NotRequired[str]
    name: str
    node_id: str
    path: str
    previous_attempt_url: NotRequired[str | None]
    pull_requests: list[PullRequestMinimal]
    referenced_workflows: NotRequired[list[ReferencedWorkflow] | None]
    repository: NotRequired[HeadRepository2]
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

class DeploymentReviewApproved(TypedDict):
    action: Literal["approved"]
    approver: NotRequired[Owner2]
    comment: NotRequired[str]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    reviewers: NotRequired[list[Reviewer]]
    sender: SimpleUser
    since: str
    workflow_job_run: NotRequired[WorkflowJobRun]
    workflow_job_runs: NotRequired[list[WorkflowJobRun2]]
    workflow_run: DeploymentWorkflowRun | None

class WorkflowJobRun3(TypedDict):
    conclusion: NotRequired[str | None]
    created_at: NotRequired[str]
    environment: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    name: NotRequired[str | None]
    status: NotRequired[str]
    updated_at: NotRequired[str]

class DeploymentReviewRejected(TypedDict):
    action: Literal["rejected"]
    approver: NotRequired[Owner2]
    comment: NotRequired[str]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    reviewers: NotRequired[list[Reviewer]]
    sender: SimpleUser
    since: str
    workflow_job_run: NotRequired[WorkflowJobRun]
    workflow_job_runs: NotRequired[list[WorkflowJobRun3]]
    workflow_run: DeploymentWorkflowRun | None

class UserObject3(TypedDict):
    avatar_url: NotRequired[str]
    deleted: NotRequired[bool]
    email: NotRequired[str | None]
    events_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    html_url: NotRequired[str]
    id: int
    login: NotRequired[str]
    name: NotRequired[str]
    node_id: NotRequired[str]
    organizations_url: NotRequired[str]
    received_events_url: NotRequired[str]
    repos_url: NotRequired[str]
    site_admin: NotRequired[bool]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]
    user_view_type: NotRequired[str]

class Reviewer2(TypedDict):
    reviewer: NotRequired[UserObject3 | None]
    type: NotRequired[str]

class WorkflowJobRun4(TypedDict):
    conclusion: None
    created_at: str
    environment: str
    html_url: str
    id: int
    name: str | None
    status: str
    updated_at: str

class DeploymentReviewRequested(TypedDict):
    action: Literal["requested"]
    enterprise: NotRequired[EnterpriseObject]
    environment: str
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    requestor: UserObject | None
    reviewers: list[Reviewer2]
    sender: SimpleUser
    since: str
    workflow_job_run: WorkflowJobRun4
    workflow_run: DeploymentWorkflowRun | None

DeploymentReview: TypeAlias = DeploymentReviewApproved | DeploymentReviewRejected | DeploymentReviewRequested
