# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class BranchProtectionRuleObject(TypedDict):
    admin_enforced: bool
    allow_deletions_enforcement_level: str
    allow_force_pushes_enforcement_level: str
    authorized_actor_names: list[str]
    authorized_actors_only: bool
    authorized_dismissal_actors_only: bool
    create_protected: NotRequired[bool]
    created_at: str
    dismiss_stale_reviews_on_push: bool
    id: int
    ignore_approvals_from_contributors: bool
    linear_history_requirement_enforcement_level: str
    lock_branch_enforcement_level: str
    lock_allows_fork_sync: NotRequired[bool]
    merge_queue_enforcement_level: str
    name: str
    pull_request_reviews_enforcement_level: str
    repository_id: int
    require_code_owner_review: bool
    require_last_push_approval: NotRequired[bool]
    required_approving_review_count: int
    required_conversation_resolution_level: str
    required_deployments_enforcement_level: str
    required_status_checks: list[str]
    required_status_checks_enforcement_level: str
    signature_requirement_enforcement_level: str
    strict_required_status_checks_policy: bool
    updated_at: str

class BranchProtectionRuleCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    rule: BranchProtectionRuleObject
    sender: SimpleUser

class BranchProtectionRuleDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    rule: BranchProtectionRuleObject
    sender: SimpleUser

AdminEnforced = TypedDict(
    "AdminEnforced",
    {
        "from": bool | None,
    },
)

AuthorizedActorNames = TypedDict(
    "AuthorizedActorNames",
    {
        "from": list[str],
    },
)

class Changes3(TypedDict):
    admin_enforced: NotRequired[AdminEnforced]
    authorized_actor_names: NotRequired[AuthorizedActorNames]
    authorized_actors_only: NotRequired[AdminEnforced]
    authorized_dismissal_actors_only: NotRequired[AdminEnforced]
    linear_history_requirement_enforcement_level: NotRequired[Body]
    lock_branch_enforcement_level: NotRequired[Body]
    lock_allows_fork_sync: NotRequired[AdminEnforced]
    pull_request_reviews_enforcement_level: NotRequired[Body]
    require_last_push_approval: NotRequired[AdminEnforced]
    required_status_checks: NotRequired[AuthorizedActorNames]
    required_status_checks_enforcement_level: NotRequired[Body]

class BranchProtectionRuleEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    rule: BranchProtectionRuleObject
    sender: SimpleUser

BranchProtectionRule: TypeAlias = BranchProtectionRuleCreated | BranchProtectionRuleDeleted | BranchProtectionRuleEdited
