# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Changes2, EnterpriseObject, GitHubApp, IssueDependenciesSummary, IssueType, LabelObject,
    OrganizationSimple, Owner, Owner2, PullRequestObject, Reactions, Reactions2, RepositoryObject,
    SimpleInstallation, SimpleUser, SubIssuesSummary, UserObject,
)

class IssueCommentObject(TypedDict):
    author_association: str
    body: str
    created_at: str
    html_url: str
    id: int
    issue_url: str
    node_id: str
    performed_via_github_app: GitHubApp | None
    reactions: Reactions
    updated_at: str
    url: str
    user: UserObject | None

class Issue2(TypedDict):
    active_lock_reason: str | None
    assignee: UserObject | None
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
    labels: list[LabelObject]
    labels_url: str
    locked: bool
    milestone: dict[str, Any] | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[dict[str, Any] | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions2
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    state: str
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    type: NotRequired[IssueType | None]
    updated_at: str
    url: str
    user: Owner

class IssueCommentCreated(TypedDict):
    action: Literal["created"]
    comment: IssueCommentObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Issue3(TypedDict):
    active_lock_reason: str | None
    assignee: UserObject | None
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
    labels: list[LabelObject]
    labels_url: str
    locked: bool
    milestone: dict[str, Any] | None
    node_id: str
    number: int
    performed_via_github_app: NotRequired[dict[str, Any] | None]
    pull_request: NotRequired[PullRequestObject]
    reactions: Reactions2
    repository_url: str
    sub_issues_summary: NotRequired[SubIssuesSummary]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    state: str
    state_reason: NotRequired[str | None]
    timeline_url: NotRequired[str]
    title: str
    type: NotRequired[IssueType | None]
    updated_at: str
    url: str
    user: Owner2

class IssueCommentDeleted(TypedDict):
    action: Literal["deleted"]
    comment: IssueCommentObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue3
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class IssueCommentEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes2
    comment: IssueCommentObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    issue: Issue2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

IssueComment: TypeAlias = IssueCommentCreated | IssueCommentDeleted | IssueCommentEdited
