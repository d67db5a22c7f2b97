# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    AutoMerge, Base, Body, EnterpriseObject, Head2, Head3, Head4, LabelObject, Links, MilestoneObject,
    MilestoneObject2, OrganizationSimple, PullRequestAutoMerge, PullRequestAutoMerge2, RepositoryObject,
    RepositoryObject4, SimpleInstallation, SimpleUser, TeamObject2, TeamObject3, TeamSimple, UserObject,
    UserObject2,
)

class PullRequestObject3(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Head3
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestAssigned(TypedDict):
    action: Literal["assigned"]
    assignee: UserObject | None
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject3
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject4(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestAutoMergeDisabled(TypedDict):
    action: Literal["auto_merge_disabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject4
    reason: str
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestAutoMergeEnabled(TypedDict):
    action: Literal["auto_merge_enabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject4
    reason: NotRequired[str]
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject5(TypedDict):
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
    allow_auto_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    delete_branch_on_merge: NotRequired[bool]
    merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    squash_merge_commit_message: NotRequired[str]
    squash_merge_commit_title: NotRequired[str]
    use_squash_pr_title_as_default: NotRequired[bool]

class PullRequestClosed(TypedDict):
    action: Literal["closed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestConvertedToDraft(TypedDict):
    action: Literal["converted_to_draft"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject6(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject2 | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestDemilestoned(TypedDict):
    action: Literal["demilestoned"]
    enterprise: NotRequired[EnterpriseObject]
    milestone: NotRequired[MilestoneObject]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject6
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class PullRequestObject7(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestDequeued(TypedDict):
    action: Literal["dequeued"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject7
    reason: str
    repository: RepositoryObject
    sender: SimpleUser

class Base2(TypedDict):
    ref: Body
    sha: Body

class Changes3(TypedDict):
    base: NotRequired[Base2]
    body: NotRequired[Body]
    title: NotRequired[Body]

class PullRequestEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class PullRequestEnqueued(TypedDict):
    action: Literal["enqueued"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject7
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject8(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Head3
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestLabeled(TypedDict):
    action: Literal["labeled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: NotRequired[LabelObject]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject8
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestLocked(TypedDict):
    action: Literal["locked"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject8
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestMilestoned(TypedDict):
    action: Literal["milestoned"]
    enterprise: NotRequired[EnterpriseObject]
    milestone: NotRequired[MilestoneObject]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject6
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class PullRequestOpened(TypedDict):
    action: Literal["opened"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestReadyForReview(TypedDict):
    action: Literal["ready_for_review"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestReopened(TypedDict):
    action: Literal["reopened"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject5
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject9(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject2]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewRequestRemovedObject(TypedDict):
    action: Literal["review_request_removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject9
    repository: RepositoryObject
    requested_reviewer: UserObject | None
    sender: SimpleUser

class PullRequestReviewRequestRemovedObject2(TypedDict):
    action: Literal["review_request_removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject9
    repository: RepositoryObject
    requested_team: TeamObject2
    sender: SimpleUser

class PullRequestObject10(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewRequestedObject(TypedDict):
    action: Literal["review_requested"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject10
    repository: RepositoryObject
    requested_reviewer: UserObject | None
    sender: SimpleUser

class PullRequestObject11(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Base
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewRequestedObject2(TypedDict):
    action: Literal["review_requested"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject11
    repository: RepositoryObject
    requested_team: TeamObject3
    sender: SimpleUser

class PullRequestSynchronize(TypedDict):
    action: Literal["synchronize"]
    after: str
    before: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject4
    repository: RepositoryObject
    sender: SimpleUser

class Base3(TypedDict):
    label: str | None
    ref: str
    repo: RepositoryObject4
    sha: str
    user: UserObject | None

class PullRequestObject12(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge | None
    base: Base3
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Head3
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject2 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestUnassigned(TypedDict):
    action: Literal["unassigned"]
    assignee: NotRequired[UserObject | None]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject12
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class PullRequestUnlabeled(TypedDict):
    action: Literal["unlabeled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: NotRequired[LabelObject]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject8
    repository: RepositoryObject
    sender: SimpleUser

class PullRequestObject13(TypedDict):
    _links: Links
    active_lock_reason: str | None
    additions: NotRequired[int]
    assignee: UserObject | None
    assignees: list[UserObject2 | None]
    author_association: str
    auto_merge: PullRequestAutoMerge2 | None
    base: Base
    body: str | None
    changed_files: NotRequired[int]
    closed_at: str | None
    comments: NotRequired[int]
    comments_url: str
    commits: NotRequired[int]
    commits_url: str
    created_at: str
    deletions: NotRequired[int]
    diff_url: str
    draft: bool
    head: Head4
    html_url: str
    id: int
    issue_url: str
    labels: list[LabelObject]
    locked: bool
    maintainer_can_modify: NotRequired[bool]
    merge_commit_sha: str | None
    mergeable: NotRequired[bool | None]
    mergeable_state: NotRequired[str]
    merged: NotRequired[bool | None]
    merged_at: str | None
    merged_by: NotRequired[UserObject | None]
    milestone: MilestoneObject2 | None
    node_id: str
    number: int
    patch_url: str
    rebaseable: NotRequired[bool | None]
    requested_reviewers: list[UserObject | TeamObject3 | None]
    requested_teams: list[TeamObject3]
    review_comment_url: str
    review_comments: NotRequired[int]
    review_comments_url: str
    state: str
    statuses_url: str
    title: str
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestUnlocked(TypedDict):
    action: Literal["unlocked"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    number: int
    organization: NotRequired[OrganizationSimple]
    pull_request: PullRequestObject13
    repository: RepositoryObject
    sender: SimpleUser

PullRequestReviewRequestRemoved: TypeAlias = PullRequestReviewRequestRemovedObject | PullRequestReviewRequestRemovedObject2
PullRequestReviewRequested: TypeAlias = PullRequestReviewRequestedObject | PullRequestReviewRequestedObject2
PullRequest: TypeAlias = PullRequestAssigned | PullRequestAutoMergeDisabled | PullRequestAutoMergeEnabled | PullRequestClosed | PullRequestConvertedToDraft | PullRequestDemilestoned | PullRequestDequeued | PullRequestEdited | PullRequestEnqueued | PullRequestLabeled | PullRequestLocked | PullRequestMilestoned | PullRequestOpened | PullRequestReadyForReview | PullRequestReopened | PullRequestReviewRequestRemoved | PullRequestReviewRequested | PullRequestSynchronize | PullRequestUnassigned | PullRequestUnlabeled | PullRequestUnlocked
