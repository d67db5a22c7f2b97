# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Issue, OrganizationSimple, RepositoryObject, RepositoryObject2, SimpleInstallation, SimpleUser,
)

class IssueDependenciesBlockedByAdded(TypedDict):
    action: Literal["blocked_by_added"]
    blocked_issue_id: float
    blocked_issue: Issue
    blocking_issue_id: float
    blocking_issue: Issue
    blocking_issue_repo: RepositoryObject2
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    sender: SimpleUser

class IssueDependenciesBlockedByRemoved(TypedDict):
    action: Literal["blocked_by_removed"]
    blocked_issue_id: float
    blocked_issue: Issue
    blocking_issue_id: float
    blocking_issue: Issue
    blocking_issue_repo: RepositoryObject2
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    sender: SimpleUser

class IssueDependenciesBlockingAdded(TypedDict):
    action: Literal["blocking_added"]
    blocked_issue_id: float
    blocked_issue: Issue
    blocked_issue_repo: RepositoryObject2
    blocking_issue_id: float
    blocking_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    sender: SimpleUser

class IssueDependenciesBlockingRemoved(TypedDict):
    action: Literal["blocking_removed"]
    blocked_issue_id: float
    blocked_issue: Issue
    blocked_issue_repo: RepositoryObject2
    blocking_issue_id: float
    blocking_issue: Issue
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: RepositoryObject
    sender: SimpleUser

IssueDependencies: TypeAlias = IssueDependenciesBlockedByAdded | IssueDependenciesBlockedByRemoved | IssueDependenciesBlockingAdded | IssueDependenciesBlockingRemoved
