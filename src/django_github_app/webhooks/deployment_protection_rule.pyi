# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    AutoMerge, DeploymentObject, Head2, LabelObject, Links, MilestoneObject, OrganizationSimple,
    RepositoryObject, SimpleInstallation, SimpleUser, TeamSimple,
)

class PullRequestObject3(TypedDict):
    url: str
    id: int
    node_id: str
    html_url: str
    diff_url: str
    patch_url: str
    issue_url: str
    commits_url: str
    review_comments_url: str
    review_comment_url: str
    comments_url: str
    statuses_url: str
    number: int
    state: str
    locked: bool
    title: str
    user: SimpleUser
    body: str | None
    labels: list[LabelObject]
    milestone: MilestoneObject | None
    active_lock_reason: NotRequired[str | None]
    created_at: str
    updated_at: str
    closed_at: str | None
    merged_at: str | None
    merge_commit_sha: str | None
    assignee: SimpleUser | None
    assignees: NotRequired[list[SimpleUser] | None]
    requested_reviewers: NotRequired[list[SimpleUser] | None]
    requested_teams: NotRequired[list[TeamSimple] | None]
    head: Head2
    base: Head2
    _links: Links
    author_association: str
    auto_merge: AutoMerge | None
    draft: NotRequired[bool]
    merged: bool
    mergeable: bool | None
    rebaseable: NotRequired[bool | None]
    mergeable_state: str
    merged_by: SimpleUser | None
    comments: int
    review_comments: int
    maintainer_can_modify: bool
    commits: int
    additions: int
    deletions: int
    changed_files: int

class DeploymentProtectionRuleRequested(TypedDict):
    action: Literal["requested"]
    environment: NotRequired[str]
    event: NotRequired[str]
    deployment_callback_url: NotRequired[str]
    deployment: NotRequired[DeploymentObject]
    pull_requests: NotRequired[list[PullRequestObject3]]
    repository: RepositoryObject
    organization: NotRequired[OrganizationSimple]
    installation: NotRequired[SimpleInstallation]
    sender: SimpleUser

DeploymentProtectionRule: TypeAlias = DeploymentProtectionRuleRequested
