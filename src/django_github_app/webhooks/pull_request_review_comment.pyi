# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Base, Changes2, EnterpriseObject, Head4, LabelObject, License, Links, MilestoneObject2,
    OrganizationSimple, Permissions, PullRequestAutoMerge, PullRequestReviewCommentObject,
    PullRequestReviewCommentObject2, RepositoryObject, SimpleInstallation, SimpleUser, TeamObject2,
    TeamObject3, UserObject, UserObject2,
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
    has_discussions: NotRequired[bool]
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
    merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
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
    squash_merge_commit_message: NotRequired[str]
    squash_merge_commit_title: NotRequired[str]
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
    use_squash_pr_title_as_default: NotRequired[bool]
    visibility: str
    watchers: int
    watchers_count: int
    web_commit_signoff_required: NotRequired[bool]

class Head5(TypedDict):
    label: str
    ref: str
    repo: RepositoryObject5 | None
    sha: str
    user: UserObject | None

class PullRequestObject3(TypedDict):
    _links: Links
    active_lock_reason: str | None
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: NotRequired[PullRequestAutoMerge | None]
    base: Base
    body: str | None
    closed_at: str | None
    comments_url: str
    commits_url: str
    created_at: str
    diff_url: str
    draft: NotRequired[bool]
    head: Head5
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    merge_commit_sha: str | None
    merged_at: str | None
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewCommentCreated(TypedDict):
    action: Literal["created"]
    comment: PullRequestReviewCommentObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject3
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject4(TypedDict):
    _links: Links
    active_lock_reason: str | None
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: NotRequired[PullRequestAutoMerge | None]
    base: Base
    body: str | None
    closed_at: str | None
    comments_url: str
    commits_url: str
    created_at: str
    diff_url: str
    draft: NotRequired[bool]
    head: Head4
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    merge_commit_sha: str | None
    merged_at: str | None
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    requested_reviewers: list[UserObject | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewCommentDeleted(TypedDict):
    action: Literal["deleted"]
    comment: PullRequestReviewCommentObject2
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject4
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject5(TypedDict):
    _links: Links
    active_lock_reason: str | None
    assignee: UserObject | None
    assignees: list[UserObject | None]
    author_association: str
    auto_merge: NotRequired[PullRequestAutoMerge | None]
    base: Base
    body: str | None
    closed_at: str | None
    comments_url: str
    commits_url: str
    created_at: str
    diff_url: str
    draft: NotRequired[bool]
    head: Head4
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    merge_commit_sha: str | None
    merged_at: str | None
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    requested_reviewers: list[UserObject | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewCommentEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes2
    comment: PullRequestReviewCommentObject2
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

PullRequestReviewComment: TypeAlias = PullRequestReviewCommentCreated | PullRequestReviewCommentDeleted | PullRequestReviewCommentEdited
