# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, GitHubApp, OrganizationSimple, Permissions2, PullRequestMinimal, RepositoryObject,
    SecurityAndAnalysisObject, SimpleInstallation, SimpleUser,
)

class CodeOfConduct(TypedDict):
    key: str
    name: str
    url: str
    body: NotRequired[str]
    html_url: str | None

class License2(TypedDict):
    key: NotRequired[str]
    name: NotRequired[str]
    spdx_id: NotRequired[str]
    url: NotRequired[str]
    node_id: NotRequired[str]

class MinimalRepository(TypedDict):
    id: int
    node_id: str
    name: str
    full_name: str
    owner: SimpleUser
    private: bool
    html_url: str
    description: str | None
    fork: bool
    url: str
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
    downloads_url: str
    events_url: str
    forks_url: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: NotRequired[str]
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    notifications_url: str
    pulls_url: str
    releases_url: str
    ssh_url: NotRequired[str]
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    clone_url: NotRequired[str]
    mirror_url: NotRequired[str | None]
    hooks_url: str
    svn_url: NotRequired[str]
    homepage: NotRequired[str | None]
    language: NotRequired[str | None]
    forks_count: NotRequired[int]
    stargazers_count: NotRequired[int]
    watchers_count: NotRequired[int]
    size: NotRequired[int]
    default_branch: NotRequired[str]
    open_issues_count: NotRequired[int]
    is_template: NotRequired[bool]
    topics: NotRequired[list[str]]
    has_issues: NotRequired[bool]
    has_projects: NotRequired[bool]
    has_wiki: NotRequired[bool]
    has_pages: NotRequired[bool]
    has_downloads: NotRequired[bool]
    has_discussions: NotRequired[bool]
    archived: NotRequired[bool]
    disabled: NotRequired[bool]
    visibility: NotRequired[str]
    pushed_at: NotRequired[str | None]
    created_at: NotRequired[str | None]
    updated_at: NotRequired[str | None]
    permissions: NotRequired[Permissions2]
    role_name: NotRequired[str]
    temp_clone_token: NotRequired[str]
    delete_branch_on_merge: NotRequired[bool]
    subscribers_count: NotRequired[int]
    network_count: NotRequired[int]
    code_of_conduct: NotRequired[CodeOfConduct]
    license: NotRequired[License2 | None]
    forks: NotRequired[int]
    open_issues: NotRequired[int]
    watchers: NotRequired[int]
    allow_forking: NotRequired[bool]
    web_commit_signoff_required: NotRequired[bool]
    security_and_analysis: NotRequired[SecurityAndAnalysisObject | None]
    custom_properties: NotRequired[dict[str, Any]]

class CheckSuiteObject(TypedDict):
    after: NotRequired[str | None]
    app: NotRequired[GitHubApp | None]
    before: NotRequired[str | None]
    conclusion: NotRequired[str | None]
    created_at: NotRequired[str]
    head_branch: NotRequired[str | None]
    head_sha: NotRequired[str]
    id: NotRequired[int]
    node_id: NotRequired[str]
    pull_requests: NotRequired[list[PullRequestMinimal]]
    repository: NotRequired[MinimalRepository]
    status: NotRequired[str]
    updated_at: NotRequired[str]
    url: NotRequired[str]

class DeploymentObject2(TypedDict):
    url: str
    id: int
    node_id: str
    task: str
    original_environment: NotRequired[str]
    environment: str
    description: str | None
    created_at: str
    updated_at: str
    statuses_url: str
    repository_url: str
    transient_environment: NotRequired[bool]
    production_environment: NotRequired[bool]
    performed_via_github_app: NotRequired[GitHubApp | None]

class Output(TypedDict):
    annotations_count: int
    annotations_url: str
    summary: str | None
    text: str | None
    title: str | None

class CheckRunObject(TypedDict):
    app: GitHubApp | None
    check_suite: CheckSuiteObject
    completed_at: str | None
    conclusion: str | None
    deployment: NotRequired[DeploymentObject2]
    details_url: str
    external_id: str
    head_sha: str
    html_url: str
    id: int
    name: str
    node_id: str
    output: Output
    pull_requests: list[PullRequestMinimal]
    started_at: str
    status: str
    url: str

class CheckRunCompleted(TypedDict):
    action: Literal["completed"]
    check_run: CheckRunObject
    installation: NotRequired[SimpleInstallation]
    enterprise: NotRequired[EnterpriseObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class CheckRunCreated(TypedDict):
    action: Literal["created"]
    check_run: CheckRunObject
    installation: NotRequired[SimpleInstallation]
    enterprise: NotRequired[EnterpriseObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RequestedAction(TypedDict):
    identifier: NotRequired[str]

class CheckRunRequestedAction(TypedDict):
    action: Literal["requested_action"]
    check_run: CheckRunObject
    installation: NotRequired[SimpleInstallation]
    enterprise: NotRequired[EnterpriseObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    requested_action: NotRequired[RequestedAction]
    sender: SimpleUser

class CheckRunRerequested(TypedDict):
    action: Literal["rerequested"]
    check_run: CheckRunObject
    installation: NotRequired[SimpleInstallation]
    enterprise: NotRequired[EnterpriseObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

CheckRun: TypeAlias = CheckRunCompleted | CheckRunCreated | CheckRunRequestedAction | CheckRunRerequested
