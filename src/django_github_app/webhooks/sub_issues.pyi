# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Issue, OrganizationSimple, RepositoryObject, RepositoryObject2, SimpleInstallation, SimpleUser,
)

class SubIssuesParentIssueAdded(TypedDict):
    action: Literal["parent_issue_added"]
    parent_issue_id: float
    parent_issue: Issue
    parent_issue_repo: RepositoryObject2
    sub_issue_id: float
    sub_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class SubIssuesParentIssueRemoved(TypedDict):
    action: Literal["parent_issue_removed"]
    parent_issue_id: float
    parent_issue: Issue
    parent_issue_repo: RepositoryObject2
    sub_issue_id: float
    sub_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class SubIssuesSubIssueAdded(TypedDict):
    action: Literal["sub_issue_added"]
    sub_issue_id: float
    sub_issue: Issue
    sub_issue_repo: RepositoryObject2
    parent_issue_id: float
    parent_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class SubIssuesSubIssueRemoved(TypedDict):
    action: Literal["sub_issue_removed"]
    sub_issue_id: float
    sub_issue: Issue
    sub_issue_repo: RepositoryObject2
    parent_issue_id: float
    parent_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

SubIssues: TypeAlias = SubIssuesParentIssueAdded | SubIssuesParentIssueRemoved | SubIssuesSubIssueAdded | SubIssuesSubIssueRemoved
