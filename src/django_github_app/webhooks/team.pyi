# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, License, OrganizationSimple, Permissions, SimpleInstallation, SimpleUser,
    TeamObject, UserObject,
)

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

class TeamAddedToRepository(TypedDict):
    action: Literal["added_to_repository"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject5]
    sender: NotRequired[SimpleUser]
    team: TeamObject

class TeamCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject5]
    sender: SimpleUser
    team: TeamObject

class TeamDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject5]
    sender: NotRequired[SimpleUser]
    team: TeamObject

class From(TypedDict):
    admin: NotRequired[bool]
    pull: NotRequired[bool]
    push: NotRequired[bool]

Permissions5 = TypedDict(
    "Permissions5",
    {
        "from": From,
    },
)

class RepositoryObject6(TypedDict):
    permissions: Permissions5

class Changes3(TypedDict):
    description: NotRequired[Body]
    name: NotRequired[Body]
    privacy: NotRequired[Body]
    notification_setting: NotRequired[Body]
    repository: NotRequired[RepositoryObject6]

class TeamEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject5]
    sender: SimpleUser
    team: TeamObject

class TeamRemovedFromRepository(TypedDict):
    action: Literal["removed_from_repository"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject5]
    sender: SimpleUser
    team: TeamObject

Team: TypeAlias = TeamAddedToRepository | TeamCreated | TeamDeleted | TeamEdited | TeamRemovedFromRepository
