# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, NotRequired, TypedDict

from ._common import (
    EnterpriseObject, LicenseSimple, OrganizationSimple, Permissions, RepositoryObject2,
    SecurityAndAnalysisObject, SimpleInstallation, SimpleUser,
)

class From(TypedDict):
    security_and_analysis: NotRequired[SecurityAndAnalysisObject | None]

Changes3 = TypedDict(
    "Changes3",
    {
        "from": NotRequired[From],
    },
)

class CodeOfConductSimple(TypedDict):
    url: str
    key: str
    name: str
    html_url: str | None

class FullRepository(TypedDict):
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
    git_url: str
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
    ssh_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    clone_url: str
    mirror_url: str | None
    hooks_url: str
    svn_url: str
    homepage: str | None
    language: str | None
    forks_count: int
    stargazers_count: int
    watchers_count: int
    size: int
    default_branch: str
    open_issues_count: int
    is_template: NotRequired[bool]
    topics: NotRequired[list[str]]
    has_issues: bool
    has_projects: bool
    has_wiki: bool
    has_pages: bool
    has_downloads: NotRequired[bool]
    has_discussions: bool
    archived: bool
    disabled: bool
    visibility: NotRequired[str]
    pushed_at: str
    created_at: str
    updated_at: str
    permissions: NotRequired[Permissions]
    allow_rebase_merge: NotRequired[bool]
    template_repository: NotRequired[RepositoryObject2 | None]
    temp_clone_token: NotRequired[str | None]
    allow_squash_merge: NotRequired[bool]
    allow_auto_merge: NotRequired[bool]
    delete_branch_on_merge: NotRequired[bool]
    allow_merge_commit: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    use_squash_pr_title_as_default: NotRequired[bool]
    squash_merge_commit_title: NotRequired[str]
    squash_merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    merge_commit_message: NotRequired[str]
    allow_forking: NotRequired[bool]
    web_commit_signoff_required: NotRequired[bool]
    subscribers_count: int
    network_count: int
    license: LicenseSimple | None
    organization: NotRequired[SimpleUser | None]
    parent: NotRequired[RepositoryObject2]
    source: NotRequired[RepositoryObject2]
    forks: int
    master_branch: NotRequired[str]
    open_issues: int
    watchers: int
    anonymous_access_enabled: NotRequired[bool]
    code_of_conduct: NotRequired[CodeOfConductSimple]
    security_and_analysis: NotRequired[SecurityAndAnalysisObject | None]
    custom_properties: NotRequired[dict[str, Any]]

class SecurityAndAnalysis(TypedDict):
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: FullRepository
    sender: NotRequired[SimpleUser]
