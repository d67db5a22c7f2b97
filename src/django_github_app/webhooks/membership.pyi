# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, TeamObject, UserObject,
)

class MembershipAdded(TypedDict):
    action: Literal["added"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    member: UserObject | None
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    scope: str
    sender: UserObject | None
    team: TeamObject

class MembershipRemoved(TypedDict):
    action: Literal["removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    member: UserObject | None
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    scope: str
    sender: UserObject | None
    team: TeamObject

Membership: TypeAlias = MembershipAdded | MembershipRemoved
