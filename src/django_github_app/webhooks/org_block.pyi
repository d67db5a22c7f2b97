# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class OrgBlockBlocked(TypedDict):
    action: Literal["blocked"]
    blocked_user: UserObject | None
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class OrgBlockUnblocked(TypedDict):
    action: Literal["unblocked"]
    blocked_user: UserObject | None
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

OrgBlock: TypeAlias = OrgBlockBlocked | OrgBlockUnblocked
