# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, Login, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class MembershipObject(TypedDict):
    organization_url: str
    role: str
    direct_membership: NotRequired[bool]
    enterprise_teams_providing_indirect_membership: NotRequired[list[str]]
    state: str
    url: str
    user: UserObject | None

class OrganizationDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    membership: NotRequired[MembershipObject]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class OrganizationMemberAdded(TypedDict):
    action: Literal["member_added"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    membership: MembershipObject
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class Invitation(TypedDict):
    created_at: str
    email: str | None
    failed_at: str | None
    failed_reason: str | None
    id: float
    invitation_teams_url: str
    inviter: UserObject | None
    login: str | None
    node_id: str
    role: str
    team_count: float
    invitation_source: NotRequired[str]

class OrganizationMemberInvited(TypedDict):
    action: Literal["member_invited"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    invitation: Invitation
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    user: NotRequired[UserObject | None]

class OrganizationMemberRemoved(TypedDict):
    action: Literal["member_removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    membership: MembershipObject
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class Changes3(TypedDict):
    login: NotRequired[Login]

class OrganizationRenamed(TypedDict):
    action: Literal["renamed"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    membership: NotRequired[MembershipObject]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

Organization: TypeAlias = OrganizationDeleted | OrganizationMemberAdded | OrganizationMemberInvited | OrganizationMemberRemoved | OrganizationRenamed
