# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    App, Changes, EnterpriseObject, IssueDependenciesSummary, IssueFieldValue, IssueType, LabelObject,
    License, MilestoneObject2, OrganizationSimple, Owner2, Permissions, PullRequestObject, Reactions,
    Reactions2, RepositoryObject, RepositoryObject3, SimpleInstallation, SimpleUser, SubIssuesSummary,
    UserObject, UserObject2,
)

class Issue2(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[UserObject | None]
    assignees: list[UserObject | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[LabelObject]]
    labels_url: str
    locked: NotRequired[bool]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: NotRequired[str]
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    type: NotRequired[IssueType | None]
    updated_at: str
    url: str
    user: UserObject | None

class IssuesAssigned(TypedDict):
    action: Literal["assigned"]
    assignee: NotRequired[UserObject | None]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue3(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[dict[str, Any] | None]
    assignees: list[dict[str, Any] | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[dict[str, Any] | None]]
    labels_url: str
    locked: NotRequired[bool]
    milestone: dict[str, Any] | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[dict[str, Any] | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions2
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: str
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    type: NotRequired[IssueType | None]
    updated_at: str
    url: str
    user: Owner2

class IssuesClosed(TypedDict):
    action: Literal["closed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue3
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue4(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[UserObject2 | None]
    assignees: list[UserObject2 | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[LabelObject | None]]
    labels_url: str
    locked: NotRequired[bool]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: NotRequired[str]
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    type: NotRequired[IssueType | None]
    updated_at: str
    url: str
    user: UserObject | None

class IssuesDemilestoned(TypedDict):
    action: Literal["demilestoned"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue4
    milestone: NotRequired[MilestoneObject2]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue5(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[UserObject | None]
    assignees: list[UserObject2 | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[LabelObject]]
    labels_url: str
    locked: NotRequired[bool]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: NotRequired[str]
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    type: NotRequired[IssueType | None]
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class IssuesEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue5
    label: NotRequired[LabelObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesLabeled(TypedDict):
    action: Literal["labeled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue5
    label: NotRequired[LabelObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue6(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[UserObject | None]
    assignees: list[UserObject | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[LabelObject | None]]
    labels_url: str
    locked: bool
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: NotRequired[str]
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    type: NotRequired[IssueType | None]
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class IssuesLocked(TypedDict):
    action: Literal["locked"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue6
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesMilestoned(TypedDict):
    action: Literal["milestoned"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue4
    milestone: MilestoneObject2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue7(TypedDict):
    active_lock_reason: NotRequired[str | None]
    assignee: NotRequired[UserObject | None]
    assignees: NotRequired[list[UserObject | None]]
    author_association: NotRequired[str]
    body: NotRequired[str | None]
    closed_at: NotRequired[str | None]
    comments: NotRequired[int]
    comments_url: NotRequired[str]
    created_at: NotRequired[str]
    draft: NotRequired[bool]
    events_url: NotRequired[str]
    html_url: NotRequired[str]
    id: int
    labels: NotRequired[list[LabelObject]]
    labels_url: NotRequired[str]
    locked: NotRequired[bool]
    milestone: NotRequired[MilestoneObject2 | None]
    node_id: NotRequired[str]
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: NotRequired[Reactions]
    repository_url: NotRequired[str]
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: NotRequired[str]
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: NotRequired[str]
    updated_at: NotRequired[str]
    url: NotRequired[str]
    user: NotRequired[UserObject | None]
    type: NotRequired[IssueType | None]

class RepositoryObject5(TypedDict):
    allow_auto_merge: NotRequired[bool]
    allow_forking: NotRequired[bool]
    allow_merge_commit: NotRequired[bool]
    allow_rebase_merge: NotRequired[bool]
    allow_squash_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    archive_url: str
    archived: bool
    assignees_url: str
    blobs_url: str
    branches_url: str
    clone_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    created_at: int | str
    custom_properties: NotRequired[dict[str, Any]]
    default_branch: str
    delete_branch_on_merge: NotRequired[bool]
    deployments_url: str
    description: str | None
    disabled: NotRequired[bool]
    downloads_url: str
    events_url: str
    fork: bool
    forks: int
    forks_count: int
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: str
    has_discussions: NotRequired[bool]
    has_downloads: bool
    has_issues: bool
    has_pages: bool
    has_projects: bool
    has_wiki: bool
    homepage: str | None
    hooks_url: str
    html_url: str
    id: int
    is_template: NotRequired[bool]
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    language: str | None
    languages_url: str
    license: License | None
    master_branch: NotRequired[str]
    merges_url: str
    milestones_url: str
    mirror_url: str | None
    name: str
    node_id: str
    notifications_url: str
    open_issues: int
    open_issues_count: int
    organization: NotRequired[str]
    owner: UserObject | None
    permissions: NotRequired[Permissions]
    private: bool
    public: NotRequired[bool]
    pulls_url: str
    pushed_at: int | str
    releases_url: str
    role_name: NotRequired[str | None]
    size: int
    ssh_url: str
    stargazers: NotRequired[int]
    stargazers_count: int
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    svn_url: str
    tags_url: str
    teams_url: str
    topics: list[str]
    trees_url: str
    updated_at: str
    url: str
    visibility: str
    watchers: int
    watchers_count: int
    web_commit_signoff_required: NotRequired[bool]

class Changes3(TypedDict):
    old_issue: Issue7 | None
    old_repository: RepositoryObject5

class IssuesOpened(TypedDict):
    action: Literal["opened"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesPinned(TypedDict):
    action: Literal["pinned"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue8(TypedDict):
    active_lock_reason: str | None
    assignee: NotRequired[UserObject2 | None]
    assignees: list[UserObject2 | None]
    author_association: str
    body: str | None
    closed_at: str | None
    comments: int
    comments_url: str
    created_at: str
    draft: NotRequired[bool]
    events_url: str
    html_url: str
    id: int
    labels: NotRequired[list[LabelObject | None]]
    labels_url: str
    locked: NotRequired[bool]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[App | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]
    state: str
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    updated_at: str
    url: str
    user: UserObject | None
    type: NotRequired[IssueType | None]

class IssuesReopened(TypedDict):
    action: Literal["reopened"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue8
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes4(TypedDict):
    new_issue: Issue2
    new_repository: RepositoryObject3

class IssuesTransferred(TypedDict):
    action: Literal["transferred"]
    changes: Changes4
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesTyped(TypedDict):
    action: Literal["typed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    type: IssueType | None
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesUnassigned(TypedDict):
    action: Literal["unassigned"]
    assignee: NotRequired[UserObject | None]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesUnlabeled(TypedDict):
    action: Literal["unlabeled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    label: NotRequired[LabelObject]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesUnlocked(TypedDict):
    action: Literal["unlocked"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue6
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesUnpinned(TypedDict):
    action: Literal["unpinned"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssuesUntyped(TypedDict):
    action: Literal["untyped"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    type: IssueType | None
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Issues: TypeAlias = IssuesAssigned | IssuesClosed | IssuesDeleted | IssuesDemilestoned | IssuesEdited | IssuesLabeled | IssuesLocked | IssuesMilestoned | IssuesOpened | IssuesPinned | IssuesReopened | IssuesTransferred | IssuesTyped | IssuesUnassigned | IssuesUnlabeled | IssuesUnlocked | IssuesUnpinned | IssuesUntyped
